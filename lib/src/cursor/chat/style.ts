import { PLANE_CSS } from "../overlay/style.ts";

export const CHAT_CSS = `${PLANE_CSS}
.bubble {
  position: absolute;
  top: 0;
  left: 0;
  will-change: transform;
}
.field {
  position: absolute;
  top: 18px;
  left: 12px;
  display: inline-grid;
  box-sizing: border-box;
  width: max-content;
  min-width: 72px;
  max-width: 264px;
  padding: 9px 15px;
  border-radius: 4px 20px 20px 20px;
  background: var(--color);
  box-shadow: 0 0 0 1.5px rgb(255 255 255 / 0.9), 0 2px 10px rgb(0 0 0 / 0.32);
  font-size: 14px;
  font-weight: 500;
  line-height: 20px;
  transform-origin: 0 0;
  animation: open 160ms cubic-bezier(0.2, 0.9, 0.3, 1.2);
}
@keyframes open { from { opacity: 0; transform: scale(0.7); } }
.field > * { grid-area: 1 / 1; min-width: 0; }
.mirror { visibility: hidden; white-space: pre; overflow: hidden; padding-inline-end: 2px; }
input {
  all: unset;
  width: 0;
  min-width: 100% !important;
  font: inherit;
  color: #fff;
  caret-color: #fff;
  text-align: start;
  unicode-bidi: plaintext;
  user-select: text;
  -webkit-user-select: text;
}
input::placeholder { color: #fff; opacity: 0.78; }
input::selection { background: rgb(255 255 255 / 0.35); color: #fff; }
.kept input::placeholder { opacity: 1; }
.kept .field { opacity: 0.92; }
.left {
  position: absolute;
  top: calc(100% + 4px);
  right: 8px;
  padding: 0 6px;
  border-radius: 8px;
  background: var(--color);
  font-size: 11px;
  font-variant-numeric: tabular-nums;
}
.left:empty { display: none; }
/* The pointer is to the right of the tip and below it: on the other sides the corner is at the tip. */
.flip-x .field { left: auto; right: 4px; top: 5px; border-radius: 20px 4px 20px 20px; transform-origin: 100% 0; }
.flip-y .field { top: auto; bottom: 5px; left: 5px; border-radius: 20px 20px 20px 4px; transform-origin: 0 100%; }
.flip-x.flip-y .field { left: auto; right: 3px; bottom: 3px; border-radius: 20px 20px 4px 20px; transform-origin: 100% 100%; }
/* Fields with smaller letters make a phone zoom in; a finger has no tip, and covers more. */
@media (pointer: coarse) {
  .field { font-size: 16px; line-height: 22px; }
}
@media (prefers-reduced-motion: reduce) {
  .field { animation: none; }
}
@media (forced-colors: active) {
  .field { border: 1px solid; }
}
`;
