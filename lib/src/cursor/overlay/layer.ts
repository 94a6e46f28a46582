/** One element laid over the content of another, with a shadow root and a plane of the content's size. */
import type { Size } from "../coordinates.ts";

/** One sheet per document and text; a sheet cannot be adopted by another document's roots. */
const sheets = new WeakMap<Document, Map<string, CSSStyleSheet>>();

/**
 * Adopted rather than written into the page, so that a content security policy without
 * `unsafe-inline` allows it, and so that the page's styles stay as they are.
 */
function sheetOf(document: Document, css: string): CSSStyleSheet {
  const known = sheets.get(document) ?? new Map<string, CSSStyleSheet>();
  sheets.set(document, known);
  let sheet = known.get(css);
  if (sheet === undefined) {
    sheet = new (document.defaultView ?? globalThis).CSSStyleSheet();
    sheet.replaceSync(css);
    known.set(css, sheet);
  }
  return sheet;
}

/** Names of the elements that layers are, which are no part of the page's own text. */
export const LAYERS = "skein-overlay, skein-cursor-chat";

/** As large as the element. */
const WHOLE = "100%";

/** How many layers an element made `position: relative` for has. */
const positioned = new WeakMap<HTMLElement, number>();

export class Layer {
  readonly host: HTMLElement;
  readonly plane: HTMLElement;
  readonly #element: HTMLElement;
  readonly #positions: boolean;
  readonly #removals: MutationObserver;

  constructor(element: HTMLElement, name: string, css: string) {
    const document = element.ownerDocument;
    this.#element = element;
    this.host = document.createElement(name);
    const root = this.host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheetOf(document, css)];
    this.plane = document.createElement("div");
    this.plane.className = "plane";
    root.append(this.plane);
    // The layer is placed against the element, so the element has to be one to be placed against.
    const { position } = document.defaultView?.getComputedStyle(element) ?? {};
    const layers = positioned.get(element) ?? 0;
    this.#positions = layers > 0 || (position === "static" && element !== document.documentElement);
    if (this.#positions) {
      positioned.set(element, layers + 1);
      element.style.position = "relative";
    }
    element.append(this.host);
    // A page that fills the element anew, by `innerHTML` or a template, throws this out as well.
    this.#removals = new MutationObserver(() => {
      if (this.host.parentNode !== element) element.append(this.host);
    });
    this.#removals.observe(element, { childList: true });
  }

  /**
   * Makes itself small, until the next `resize`: it must not be part of what is measured. Whatever has
   * the focus in it keeps it. Where it is as large as the element it is no part of it anyway, and stays:
   * Firefox balances columns anew, and otherwise, whenever something placed in them changes its size,
   * which would be a change to measure again, for ever.
   */
  shrink(): void {
    const { style } = this.plane;
    if (style.width !== WHOLE) style.width = "0";
    if (style.height !== WHOLE) style.height = "0";
  }

  resize(size: Size, left: number): void {
    const { style } = this.plane;
    // Sizes read from the layout are whole pixels. Where the content fits, percentages keep the
    // layer from being the fraction of a pixel larger that brings scroll bars.
    const { clientWidth, clientHeight } = this.#element;
    style.width = size.width > clientWidth ? `${size.width}px` : WHOLE;
    style.height = size.height > clientHeight ? `${size.height}px` : WHOLE;
    style.left = `${left}px`;
  }

  remove(): void {
    this.#removals.disconnect();
    this.host.remove();
    if (!this.#positions) return;
    const layers = (positioned.get(this.#element) ?? 1) - 1;
    positioned.set(this.#element, layers);
    if (layers === 0) this.#element.style.removeProperty("position");
  }
}
