/** Elements by hand: no markup is ever parsed, so that Trusted Types have nothing to refuse. */

const SVG = "http://www.w3.org/2000/svg";

export class Elements {
  readonly #document: Document;

  constructor(document: Document) {
    this.#document = document;
  }

  html<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    className = "",
    ...children: (Node | string)[]
  ): HTMLElementTagNameMap[K] {
    const element = this.#document.createElement(tag);
    if (className !== "") element.className = className;
    element.append(...children);
    return element;
  }

  svg<K extends keyof SVGElementTagNameMap>(
    tag: K,
    attributes: Readonly<Record<string, string | number>> = {},
    ...children: Node[]
  ): SVGElementTagNameMap[K] {
    const element = this.#document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) {
      element.setAttribute(name, String(value));
    }
    element.append(...children);
    return element;
  }

  button(className: string, run: () => void, ...children: (Node | string)[]): HTMLButtonElement {
    const button = this.html("button", className, ...children);
    button.type = "button";
    button.addEventListener("click", run);
    return button;
  }

  /** A line as the graph draws it, for beside words. */
  line(kind: string): SVGSVGElement {
    const svg = this.svg(
      "svg",
      { class: "sample", viewBox: "0 0 26 8", "aria-hidden": "true" },
      this.svg("path", { class: "link", d: "M1 4 H25" }),
    );
    svg.dataset["line"] = kind;
    return svg;
  }
}

/** Another person's text: its direction must not turn what is around it. */
export function named<E extends HTMLElement>(element: E): E {
  element.dir = "auto";
  return element;
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
