/** The inspector's style sheet, in its shadow root: the page's do not reach in, nor this one out. */
import { DARK, LIGHT, variables } from "./palette.ts";

const FRAME_CSS = `
:host {
  all: initial !important;
  display: block !important;
  height: 100% !important;
  min-height: 0 !important;
}
:host(.floating) {
  position: fixed !important;
  inset: auto 0 0 auto !important;
  z-index: 2147483647 !important;
  width: 0 !important;
  height: 0 !important;
}
.panel, .pill {
  ${variables(LIGHT)}
  color-scheme: light;
  box-sizing: border-box;
  color: var(--ink);
  font: 400 13px/1.42 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  text-size-adjust: none;
  -webkit-text-size-adjust: none;
}
.panel.dark, .pill.dark { ${variables(DARK)} color-scheme: dark; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, dl, dd, ol, figure { margin: 0; padding: 0; }
h2 { font-size: 15px; font-weight: 650; letter-spacing: -0.01em; }
h3 { font-size: 13px; font-weight: 650; }
ol { list-style: none; }
button, select, textarea { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.panel {
  display: flex;
  flex-direction: column;
  height: 100%;
  container-type: inline-size;
  background: var(--ground);
}
:host(.floating) .panel {
  position: fixed;
  right: 16px;
  bottom: 16px;
  width: min(480px, calc(100vw - 32px));
  height: min(780px, calc(100dvh - 32px));
  min-width: 300px;
  min-height: 220px;
  max-width: calc(100vw - 16px);
  max-height: calc(100dvh - 16px);
  overflow: hidden;
  resize: both;
  direction: ltr;
  border: 1px solid var(--line);
  border-radius: 16px;
  box-shadow: 0 2px 6px rgb(0 0 0 / 0.14), 0 18px 50px rgb(0 0 0 / 0.24);
}
.head {
  flex: none;
  display: flex;
  align-items: center;
  gap: 4px;
  padding: 10px 12px 10px 16px;
  border-bottom: 1px solid var(--line);
}
.head h2 { flex: none; margin-right: 4px; }
:host(.floating) .head { padding-left: 8px; cursor: grab; touch-action: none; user-select: none; -webkit-user-select: none; }
:host(.floating) .head:active { cursor: grabbing; }
.grip { cursor: inherit; color: var(--soft); }
.actions { flex: 1; min-width: 0; display: flex; align-items: center; justify-content: flex-end; gap: 10px; }
.standing { color: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.icon-button {
  flex: none;
  width: 28px;
  height: 28px;
  padding: 0;
  border: 0;
  border-radius: 8px;
  background: none;
  line-height: 1;
}
.icon-button:hover, .quiet:hover { background: var(--raised); }
.quiet {
  flex: none;
  padding: 4px 10px;
  border: 1px solid var(--line);
  border-radius: 99px;
  background: none;
  font-size: 12px;
}
.body { flex: 1; min-height: 0; overflow: auto; overscroll-behavior: contain; padding: 12px 16px 16px; }
.pill {
  position: fixed;
  right: 16px;
  bottom: 16px;
  display: flex;
  align-items: center;
  gap: 8px;
  padding: 8px 14px;
  border: 1px solid var(--line);
  border-radius: 99px;
  background: var(--ground);
  box-shadow: 0 1px 3px rgb(0 0 0 / 0.14), 0 6px 20px rgb(0 0 0 / 0.16);
}
.pill .dot { width: 9px; height: 9px; border-radius: 50%; background: var(--direct); }
.pill[data-line="broken"] .dot { border-radius: 2px; background: var(--broken); transform: rotate(45deg); }
`;

const GRAPH_CSS = `
.verdict { min-height: 30px; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 8px; font-size: 15px; font-weight: 600; letter-spacing: -0.01em; }
.verdict-note { color: var(--soft); font-size: 12px; }
.culprits:not(:empty) { display: flex; flex-wrap: wrap; gap: 6px; padding-top: 6px; }
.culprit {
  display: inline-flex;
  align-items: center;
  gap: 7px;
  max-width: 100%;
  padding: 4px 11px 4px 9px;
  border: 0;
  border-radius: 99px;
  background: var(--wash);
  color: var(--broken);
  font-size: 13px;
  font-weight: 600;
  text-align: start;
}
.culprit:hover { text-decoration: underline; text-underline-offset: 3px; }
.graph { display: block; width: 100%; max-height: 420px; margin: 2px 0 0; overflow: visible; touch-action: manipulation; }
.link { fill: none; stroke: var(--trying); stroke-width: 1.3; stroke-linecap: butt; }
.graph .link { opacity: 0.5; }
.graph .link.own { stroke-width: 2.2; opacity: 0.95; }
[data-line="direct"].link, [data-line="direct"] > .link { stroke: var(--direct); }
[data-line="relay"].link, [data-line="relay"] > .link { stroke: var(--relay); stroke-dasharray: 9 3; }
[data-line="server"].link, [data-line="server"] > .link { stroke: var(--server); stroke-dasharray: 2 3; }
[data-line="trying"].link, [data-line="trying"] > .link { stroke: var(--trying); stroke-dasharray: 1 6; stroke-linecap: round; stroke-width: 2; }
[data-line="broken"].link, [data-line="broken"] > .link { stroke: var(--broken); stroke-dasharray: 6 4; }
.graph .link:not([data-line="direct"]) { opacity: 0.95; stroke-width: 2; }
.graph.alarmed .link { opacity: 0.2; }
.graph.alarmed .link.own { opacity: 0.42; }
.graph.alarmed .link:not([data-line="direct"]) { opacity: 0.62; }
.graph.alarmed .link[data-line="broken"] { stroke-width: 3.6; stroke-dasharray: 8 5; opacity: 1; }
.graph.chosen .link:not(.meant):not([data-line="broken"]) { opacity: 0.1; }
.graph.chosen .link.meant.meant { opacity: 1; stroke-width: 2.4; }
.graph.chosen .link.selected.selected { stroke-width: 4.4; }
.graph .link.pointed.pointed.pointed { opacity: 1; stroke-width: 3.6; }
.badge circle { fill: var(--broken); stroke: var(--ground); stroke-width: 2; }
.badge path { fill: none; stroke: var(--ground); stroke-width: 2.6; stroke-linecap: round; }
.member { cursor: pointer; }
.disc { stroke: var(--ground); stroke-width: 2.5; }
.self .disc { stroke: var(--ink); stroke-width: 2; }
.letter { fill: #fff; font-size: 11px; font-weight: 650; pointer-events: none; }
.label { fill: var(--ink); font-size: 12.5px; }
.self .label { font-weight: 700; }
.alarm { fill: var(--ground); stroke: none; opacity: 0; }
.hurt .alarm { stroke: var(--broken); stroke-width: 2.6; opacity: 1; }
.hurt .label { fill: var(--broken); font-weight: 700; }
.silent .disc { stroke-dasharray: 2.5 2.5; stroke: var(--soft); }
.away .disc { fill: var(--soft); }
.away .label { fill: var(--soft); font-style: italic; }
.pointed-text { min-height: 18px; color: var(--soft); font-size: 12px; text-align: center; font-variant-numeric: tabular-nums; }
.legend { display: flex; flex-wrap: wrap; justify-content: center; gap: 2px 14px; margin: 0 0 10px; font-size: 12px; color: var(--soft); font-variant-numeric: tabular-nums; }
.legend span { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; }
.sample { flex: none; width: 26px; height: 8px; overflow: visible; }
.sample .link { stroke-width: 2.4; }
`;

const LIST_CSS = `
.tabs { position: sticky; top: -12px; z-index: 1; display: flex; gap: 2px; margin: 0 -16px; padding: 6px 12px 0; background: var(--ground); border-bottom: 1px solid var(--line); }
.tab { padding: 6px 9px 7px; border: 0; border-bottom: 2px solid transparent; border-radius: 6px 6px 0 0; background: none; color: var(--soft); font-weight: 560; white-space: nowrap; }
.tab[aria-selected="true"] { color: var(--ink); border-color: var(--focus); }
.tab .count { font-weight: 400; font-variant-numeric: tabular-nums; }
.links { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.links thead th { white-space: nowrap; padding: 7px 6px 4px; color: var(--soft); font-size: 11.5px; font-weight: 500; text-align: start; }
.links td, .links .row th { padding: 3px 6px; border-top: 1px solid var(--line); font-weight: 400; text-align: start; vertical-align: middle; }
.links thead th:first-child, .links .row th { padding-left: 0; }
.links tbody tr:first-child > * { border-top-color: transparent; }
.row { cursor: pointer; }
.row:hover td, .row:hover th { background: var(--raised); }
.row th { max-width: 0; width: 30%; }
.row-name { display: block; max-width: 100%; padding: 3px 0; border: 0; background: none; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: start; font-weight: 560; }
.row-name[aria-expanded="true"] { text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: 4px; }
.row-path > * { vertical-align: middle; }
.row-path { white-space: nowrap; }
.row-path .sample { margin-right: 6px; width: 22px; }
.row[data-line="broken"] .row-name, .row[data-line="broken"] .row-path { color: var(--broken); font-weight: 650; }
.row-rtt, .row-rate { white-space: nowrap; }
.figure { display: inline-block; min-width: 46px; }
.row-rate .figure { min-width: 60px; }
.row .sparkline { display: none; height: 16px; vertical-align: middle; border-bottom: 1px solid var(--line); }
@container (min-width: 400px) {
  .row-rtt .sparkline { display: inline-block; width: 48px; }
}
@container (min-width: 460px) {
  .row-rate .sparkline { display: inline-block; width: 48px; }
}
@container (min-width: 1000px) {
  .row .sparkline.sparkline { width: 96px; }
}
.detail { margin: 4px 0 12px; padding: 10px 12px 12px; border-radius: 12px; background: var(--raised); }
.detail[data-line="broken"] { background: var(--wash); }
.detail-head { display: flex; align-items: center; gap: 8px; }
.detail-title { flex: 1; min-width: 0; font-size: 14px; overflow: hidden; text-overflow: ellipsis; }
.why, .advice { margin-top: 3px; text-wrap: pretty; overflow-wrap: anywhere; }
.advice { color: var(--soft); }
.advice:empty { display: none; }
.flag { white-space: nowrap; }
.help { color: inherit; text-underline-offset: 3px; }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; margin-top: 10px; }
.charts figcaption { color: var(--soft); font-size: 12px; white-space: nowrap; }
.charts b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
.charts .sparkline { display: block; width: 100%; height: 44px; border-bottom: 1px solid var(--line); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(118px, 1fr)); gap: 8px 12px; margin-top: 10px; font-variant-numeric: tabular-nums; }
.figures dt { color: var(--soft); font-size: 11.5px; }
.time-line { padding-top: 10px; }
.strip { display: block; width: 100%; height: 26px; overflow: hidden; }
.strip .base { stroke: var(--line); fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; }
.mark { stroke: var(--soft); stroke-width: 2; fill: none; vector-effect: non-scaling-stroke; }
.mark[data-line="direct"] { stroke: var(--direct); }
.mark[data-line="relay"] { stroke: var(--relay); }
.mark[data-line="server"] { stroke: var(--server); }
.mark[data-line="broken"] { stroke: var(--broken); stroke-width: 3; }
.mark[data-line="plain"] { stroke: var(--line); }
.strip-ends { display: flex; justify-content: space-between; color: var(--soft); font-size: 11.5px; }
.happening { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 8px; padding: 5px 0; border-top: 1px solid var(--line); }
.happening time { color: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.happening .who { min-width: 0; font-weight: 560; overflow-wrap: anywhere; }
.happening .what { display: inline-flex; flex-wrap: wrap; align-items: baseline; gap: 0 5px; }
.happening .sample { align-self: center; width: 20px; }
.because { color: var(--soft); }
.happening[data-line="broken"] .because { color: var(--broken); font-weight: 600; }
.empty { padding: 10px 0; color: var(--soft); }
.faults { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 14px; margin: 0 0 12px; }
.faults h3 { flex: 1 0 100%; }
.switch { display: inline-flex; align-items: center; gap: 8px; padding: 3px 0; border: 0; background: none; }
.switch i { position: relative; flex: none; width: 34px; height: 20px; border: 2px solid var(--soft); border-radius: 99px; }
.switch i::before { content: ""; position: absolute; inset: 2px auto 2px 2px; width: 12px; border-radius: 50%; background: var(--soft); transition: transform 140ms ease-out; }
.switch[aria-checked="true"] i { border-color: var(--broken); background: var(--broken); }
.switch[aria-checked="true"] i::before { background: var(--ground); transform: translateX(14px); }
.choice { display: inline-flex; align-items: center; gap: 6px; }
.choice select { padding: 2px 6px; border: 1px solid var(--soft); border-radius: 6px; background: var(--ground); }
.report { width: 100%; min-height: 180px; margin-top: 10px; padding: 8px; border: 1px solid var(--line); border-radius: 8px; background: var(--raised); font: 11.5px/1.5 ui-monospace, monospace; resize: vertical; }
@container (min-width: 760px) {
  .view { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.1fr); gap: 0 28px; align-items: start; }
  .graph { max-height: none; }
}
@media (max-width: 520px) {
  :host(.floating) .panel { right: 0; bottom: 0; width: 100vw; max-width: 100vw; height: min(88dvh, 760px); border-radius: 16px 16px 0 0; resize: none; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
@media (forced-colors: active) {
  .disc, .letter, .link, .badge *, .mark { forced-color-adjust: none; }
  .switch[aria-checked="true"] i { forced-color-adjust: none; }
}
@media print { :host(.floating) { display: none !important; } }
`;

export const INSPECTOR_CSS = `${FRAME_CSS}${GRAPH_CSS}${LIST_CSS}`;
