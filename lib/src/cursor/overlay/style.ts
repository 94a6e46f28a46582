/**
 * The overlay's own style sheet, inside its shadow root: the page's styles do not reach in, and these
 * do not reach out.
 *
 * `!important` on the host: rules of the page could otherwise style it as any other element.
 */
export const PLANE_CSS = `
:host {
  all: initial !important;
  direction: ltr !important;
  position: absolute !important;
  inset: 0 !important;
  z-index: 2147483647 !important;
  pointer-events: none !important;
}
.plane {
  position: absolute;
  top: 0;
  overflow: clip;
  contain: strict;
  font: 600 12px/16px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  color: #fff;
  text-size-adjust: none;
  -webkit-text-size-adjust: none;
  user-select: none;
  -webkit-user-select: none;
}
@media print {
  .plane { display: none; }
}
`;

const CURSOR_CSS = `
.cursor {
  position: absolute;
  top: 0;
  left: 0;
  width: 20px;
  height: 22px;
  will-change: transform;
  transition: opacity 160ms ease-out;
}
.cursor.custom { width: max-content; height: max-content; }
.cursor.hidden { opacity: 0; }
.arrow {
  position: absolute;
  top: -2.3px;
  left: -2.3px;
  width: 23px;
  height: 25.3px;
  overflow: visible;
  filter: drop-shadow(0 1px 2px rgb(0 0 0 / 0.35));
  transform-origin: 2.3px 2.3px;
  transition: transform 120ms ease-out;
}
.arrow path {
  fill: var(--color);
  stroke: #fff;
  stroke-width: 1.4;
  stroke-linejoin: round;
  transition: fill-opacity 400ms ease-out;
}
/* Not the path: what transforms inside an SVG is laid out again. */
.pressed .arrow { transform: scale(0.84); }
.ring {
  position: absolute;
  top: -20px;
  left: -20px;
  box-sizing: border-box;
  width: 40px;
  height: 40px;
  border: 2px solid var(--color);
  border-radius: 50%;
  opacity: 0;
  transform: scale(0.3);
  transition: transform 220ms ease-out, opacity 220ms ease-out;
}
.ring::before {
  content: "";
  position: absolute;
  inset: 0;
  border-radius: inherit;
  background: var(--color);
  opacity: 0.25;
}
.pressed .ring { opacity: 0.6; transform: scale(0.6); }
.touch .arrow { display: none; }
.touch .ring { opacity: 0.9; transform: scale(1); box-shadow: 0 0 0 1.5px #fff; }
.touch.pressed .ring { opacity: 1; transform: scale(0.78); }
.touch.pressed .ring::before { opacity: 0.5; }
/* Where it stands is all in translate: turned to the other side it is not laid out again. */
.tag {
  position: absolute;
  top: 0;
  left: 0;
  translate: calc(11px + var(--shift, 0px)) 14px;
  box-sizing: border-box;
  width: max-content;
  max-width: 160px;
  padding: 3px 9px;
  border-radius: 4px 12px 12px 12px;
  background: var(--color);
  box-shadow: 0 0 0 1px rgb(255 255 255 / 0.3), 0 1px 4px rgb(0 0 0 / 0.28);
  transform-origin: 0 0;
  transition: transform 260ms cubic-bezier(0.3, 0.7, 0.3, 1), opacity 260ms ease-out;
}
.touch .tag { translate: calc(15px + var(--shift, 0px)) 17px; }
.who { display: flex; align-items: center; gap: 5px; }
.name {
  min-width: 0;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  unicode-bidi: isolate;
}
.mark {
  flex: none;
  width: 13px;
  height: 13px;
  margin-right: -3px;
  fill: none;
  stroke: currentcolor;
  stroke-width: 1.6;
  stroke-linecap: round;
  opacity: 0.85;
}
.mark.none, .nameless .who, .said:empty { display: none; }
.nameless:not(.chatting) .tag { display: none; }
.initial {
  position: absolute;
  top: 0;
  left: 0;
  translate: 10px 14px;
  width: 20px;
  height: 20px;
  border-radius: 50%;
  background: var(--color);
  box-shadow: 0 0 0 1.5px #fff, 0 1px 3px rgb(0 0 0 / 0.28);
  font-size: 10.5px;
  line-height: 20px;
  text-align: center;
  overflow: hidden;
  opacity: 0;
  transform: scale(0.4);
  transition: transform 260ms cubic-bezier(0.3, 0.7, 0.3, 1), opacity 260ms ease-out;
}
.nameless .initial { display: none; }
/* The outline stays: on something dark it is what one sees. */
.resting .arrow path, .absent .arrow path { fill-opacity: 0.6; }
.resting .tag, .absent:not(.chatting) .tag { opacity: 0; transform: scale(0.5); }
.resting .initial, .absent:not(.chatting) .initial { opacity: 1; transform: none; }
.marked .tag, .marked .initial { opacity: 0 !important; }
.away { --color: #696e78 !important; }
.cursor.chatting { z-index: 1; }
.chatting .tag {
  max-width: 264px;
  padding: 7px 13px 9px;
  border-radius: 4px 18px 18px 18px;
}
.chatting .who { font-size: 11px; line-height: 14px; opacity: 0.85; }
.chatting .name { max-width: 200px; }
.said {
  max-height: 120px;
  margin-top: 1px;
  overflow: hidden;
  font-size: 14px;
  font-weight: 500;
  line-height: 20px;
  overflow-wrap: anywhere;
  text-wrap: pretty;
  unicode-bidi: isolate;
  text-align: start;
}
/* The arrow is to the right of the tip and below it: on the other sides the corner is at the tip. */
.flip-x .tag { translate: calc(-100% - 4px) 6px; border-radius: 12px 4px 12px 12px; transform-origin: 100% 0; }
.flip-y .tag { translate: calc(4px + var(--shift, 0px)) calc(-100% - 5px); border-radius: 12px 12px 12px 4px; transform-origin: 0 100%; }
.flip-x.flip-y .tag { translate: calc(-100% - 3px) calc(-100% - 3px); border-radius: 12px 12px 4px 12px; transform-origin: 100% 100%; }
.touch.flip-x .tag { translate: calc(-100% - 15px) 17px; }
.touch.flip-y .tag { translate: calc(15px + var(--shift, 0px)) calc(-100% - 17px); }
.touch.flip-x.flip-y .tag { translate: calc(-100% - 15px) calc(-100% - 17px); }
.flip-x.chatting .tag { border-radius: 18px 4px 18px 18px; }
.flip-y.chatting .tag { border-radius: 18px 18px 18px 4px; }
.flip-x.flip-y.chatting .tag { border-radius: 18px 18px 4px 18px; }
.flip-x .initial { translate: -23px 3px; }
.flip-y .initial { translate: 3px -23px; }
.flip-x.flip-y .initial { translate: -21px -21px; }
.touch .initial { translate: 13px 14px; }
.touch.flip-x .initial { translate: -33px 14px; }
.touch.flip-y .initial { translate: 13px -34px; }
.touch.flip-x.flip-y .initial { translate: -33px -34px; }
`;

const EDGE_CSS = `
.edges { position: sticky; z-index: 2; pointer-events: none; }
.edge {
  position: absolute;
  top: -17px;
  left: -17px;
  width: 34px;
  height: 34px;
  pointer-events: auto;
  cursor: pointer;
  touch-action: manipulation;
  transition: transform 120ms linear, opacity 200ms ease-out, visibility 200ms;
}
.edge.absent { opacity: 0.85; }
.edge.none { opacity: 0; visibility: hidden; }
.edge.fresh { transition: opacity 200ms ease-out, visibility 200ms; }
.edge.fresh .pin { transition: none; }
.edge.inert, .edge.none { pointer-events: none; }
.pin {
  position: absolute;
  inset: 3px;
  border-radius: 50% 50% 50% 3px;
  background: var(--color);
  box-shadow: 0 0 0 1.5px #fff, 0 1px 5px rgb(0 0 0 / 0.35);
  transition: transform 120ms linear;
}
.many .pin { box-shadow: 0 0 0 1.5px #fff, 0 0 0 3.5px var(--color), 0 0 0 4.5px #fff, 0 1px 6px rgb(0 0 0 / 0.35); }
.letter, .counter {
  position: absolute;
  inset: 3px;
  overflow: hidden;
  font-size: 12px;
  line-height: 28px;
  text-align: center;
}
.reel { white-space: pre; }
.many .letter, .edge:not(.many) .counter { visibility: hidden; }
.letter:empty::before { content: "\\2022"; }
.label {
  position: absolute;
  top: 5px;
  left: 40px;
  translate: 0 0;
  box-sizing: border-box;
  width: max-content;
  max-width: 160px;
  padding: 4px 10px;
  border-radius: 12px;
  background: var(--color);
  box-shadow: 0 0 0 1px rgb(255 255 255 / 0.3), 0 1px 4px rgb(0 0 0 / 0.28);
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  unicode-bidi: isolate;
  pointer-events: none;
  opacity: 0;
  transform: translateX(-4px);
  transition: transform 140ms ease-out, opacity 140ms ease-out;
}
.label-left .label { translate: calc(-100% - 46px) 0; transform: translateX(4px); }
.label:empty { display: none; }
@media (hover: hover) {
  .edge:hover .label { opacity: 1; transform: none; }
}
.target { position: absolute; top: 0; left: 0; width: 0; height: 0; }
`;

export const OVERLAY_CSS = `${PLANE_CSS}${CURSOR_CSS}${EDGE_CSS}
@media (prefers-reduced-motion: reduce) {
  * { transition: none !important; animation: none !important; }
}
@media (forced-colors: active) {
  .tag, .label { border: 1px solid; }
  .initial, .pin, .ring { forced-color-adjust: none; }
  .letter, .counter { forced-color-adjust: none; color: #fff; }
}
`;
