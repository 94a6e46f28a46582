/** The page's own elements, found once and typed. */

const SVG = "http://www.w3.org/2000/svg";

type Kind<E extends Element> = abstract new (...args: never[]) => E;

/** The one element that `selector` finds. A page without it is a mistake of ours, so it throws. */
export function find<E extends Element>(selector: string, kind: Kind<E>, within?: ParentNode): E {
  const found = (within ?? document).querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The page has no ${selector}.`);
  return found;
}

export function html<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
  ...children: Node[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

export const prefersStillness = matchMedia("(prefers-reduced-motion: reduce)");
