/**
 * The overlay's own style sheet, inside its shadow root: the page's styles do not reach in, and these
 * do not reach out. Adopted rather than written into the page, so that a content security policy
 * without `unsafe-inline` allows it.
 *
 * `!important` on the host: rules of the page could otherwise style it as any other element.
 */
const CSS = `
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
  font: 500 12px/16px system-ui, sans-serif;
  user-select: none;
  -webkit-user-select: none;
}
.cursor {
  position: absolute;
  top: 0;
  left: 0;
  width: 20px;
  height: 22px;
  will-change: transform;
  transition: opacity 150ms ease-out;
}
.cursor.hidden { opacity: 0; }
.cursor.away { opacity: 0.4; }
.cursor.hidden.away { opacity: 0; }
.arrow {
  position: absolute;
  top: -2px;
  left: -2px;
  width: 100%;
  height: 100%;
  overflow: visible;
  filter: drop-shadow(0 1px 2px rgb(0 0 0 / 0.3));
}
.arrow path {
  fill: var(--color);
  stroke: #fff;
  stroke-width: 1.5;
  stroke-linejoin: round;
  transform-origin: 2px 2px;
  transition: transform 120ms ease-out;
}
.cursor.pressed .arrow path { transform: scale(0.85); }
.name {
  position: absolute;
  top: 18px;
  left: 12px;
  box-sizing: border-box;
  width: max-content;
  max-width: 160px;
  padding: 3px 9px;
  border-radius: 3px 11px 11px 11px;
  background: var(--color);
  color: #fff;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  unicode-bidi: isolate;
  box-shadow: 0 1px 3px rgb(0 0 0 / 0.25);
}
.name:empty { display: none; }
.cursor.flip-x .name { left: auto; right: 24px; border-radius: 11px 3px 11px 11px; }
.cursor.flip-y .name { top: auto; bottom: 28px; border-radius: 11px 11px 11px 3px; }
.cursor.flip-x.flip-y .name { border-radius: 11px 11px 3px 11px; }
@media (prefers-reduced-motion: reduce) {
  .cursor, .arrow path { transition: none; }
}
@media (forced-colors: active) {
  .name { border: 1px solid; }
}
@media print {
  .plane { display: none; }
}
`;

/** One sheet for all overlays of a document; a sheet cannot be adopted by another document's roots. */
const sheets = new WeakMap<Document, CSSStyleSheet>();

export function overlaySheet(document: Document): CSSStyleSheet {
  let sheet = sheets.get(document);
  if (sheet === undefined) {
    sheet = new (document.defaultView ?? globalThis).CSSStyleSheet();
    sheet.replaceSync(CSS);
    sheets.set(document, sheet);
  }
  return sheet;
}
