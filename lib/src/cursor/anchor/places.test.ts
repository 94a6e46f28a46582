// @vitest-environment happy-dom
/** The test's DOM has no layout: text is set in boxes of 10 by 20 pixels, so many to a line. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Area } from "../area.ts";
import type { Places } from "../coordinates.ts";
import { placesOf } from "./places.ts";

const [WIDTH, HEIGHT] = [10, 20];

/** One page with its own number of characters in a line. */
interface Page {
  readonly element: HTMLElement;
  readonly places: Places;
  readonly columns: number;
}

const pages: Page[] = [];
let stop = new AbortController();
function clear(): void {
  stop.abort();
  stop = new AbortController();
  for (const { element } of pages.splice(0)) element.remove();
}
/** On which of the pages the pointer is; they lie over one another. */
let pointed: Page | undefined;

function pageWith(html: string, columns: number): Page {
  const element = document.createElement("article");
  element.innerHTML = html;
  document.body.append(element);
  element.getBoundingClientRect = () => new DOMRect(0, 0, columns * WIDTH, 2_000);
  for (const [name, value] of Object.entries({ clientWidth: columns * WIDTH, clientHeight: 2_000 }))
    Object.defineProperty(element, name, { value });
  const area = new Area(element);
  area.measure();
  const places = placesOf("anchor", element, area, "s");
  places.watch?.(() => {}, stop.signal);
  const page = { element, places, columns };
  pages.push(page);
  return page;
}

const textNodes = (page: Page): Text[] => {
  const walker = document.createTreeWalker(page.element, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
    nodes.push(node as Text);
  return nodes;
};

/** The box of a code unit: every one has a place in the row of all text, white space too. */
function boxAt(page: Page, node: Text, index: number): DOMRect {
  let before = index;
  for (const other of textNodes(page)) {
    if (other === node) break;
    before += other.length;
  }
  const { columns } = page;
  return new DOMRect(
    (before % columns) * WIDTH,
    Math.floor(before / columns) * HEIGHT,
    WIDTH,
    HEIGHT,
  );
}

function under(page: Page, x: number, y: number): { node: Text; index: number } | null {
  let index = Math.floor(y / HEIGHT) * page.columns + Math.floor(x / WIDTH);
  for (const node of textNodes(page)) {
    if (index < node.length) return { node, index };
    index -= node.length;
  }
  return null;
}

/** How often the place of a character was asked for. */
let reads = 0;
/** How far the text lies further down than it did. */
let moved = 0;

beforeEach(() => {
  reads = moved = 0;
  vi.spyOn(Range.prototype, "getClientRects").mockImplementation(function (this: Range) {
    const node = this.startContainer as Text;
    const page = pages.find(({ element }) => element.contains(node));
    const box = page && boxAt(page, node, this.startOffset);
    reads += 1;
    if (box !== undefined) box.y += moved;
    return (box ? [box] : []) as unknown as DOMRectList;
  });
  vi.spyOn(Element.prototype, "getClientRects").mockReturnValue([
    new DOMRect(0, 0, 1, 1),
  ] as unknown as DOMRectList);
  Object.assign(document, {
    elementFromPoint: (x: number, y: number) =>
      (pointed && under(pointed, x, y)?.node.parentElement) ?? pointed?.element ?? null,
    caretPositionFromPoint(x: number, y: number) {
      const found = pointed && under(pointed, x, y);
      return found && { offsetNode: found.node, offset: found.index };
    },
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  clear();
});

/** Points at the middle of a code unit of the page's first text. */
function share(page: Page, index: number, node = textNodes(page)[0]) {
  if (node === undefined) throw new Error("no text");
  pointed = page;
  const { x, y } = boxAt(page, node, index);
  const place = page.places.toShared(x + WIDTH / 2, y + HEIGHT / 2);
  if (place === null) throw new Error("every character has a place");
  return place;
}

/** What lies at a place on a page. */
function shownAt(page: Page, place: { x: number; y: number; frame: string }): string | null {
  page.places.settle?.();
  const at = page.places.toLocal(place);
  const found = at && under(page, at.x, at.y);
  return found ? (found.node.data[found.index] ?? null) : null;
}

test("the same character lies under the cursor, however both pages break their lines", () => {
  const columns = fc.integer({ min: 1, max: 60 });
  const text = "The quick brown fox jumps over the lazy dog 0123456789";
  fc.assert(
    fc.property(columns, columns, fc.nat(text.length - 1), (here, there, index) => {
      clear();
      const page = pageWith(text, here);
      const other = pageWith(`<b>${text.slice(0, 9)}</b>${text.slice(9)}`, there);
      const place = share(page, index);
      expect(place.frame).toBe("s\u001e");
      const at = other.places.toLocal(place);
      const found = at && under(other, at.x, at.y);
      const unbroken = (found?.index ?? 0) + (found?.node === textNodes(other)[0] ? 0 : 9);
      // Between words, where a line can end, the character before is as near as there is.
      if (text[index] === " ") expect([index, index - 1, index + 1]).toContain(unbroken);
      else expect(unbroken).toBe(index);
    }),
    { numRuns: 100 },
  );
});

test("an anchor names the place, and what stands before it does not count", () => {
  const page = pageWith('<p data-skein-anchor="p">one two</p>', 40);
  const other = pageWith('<h1>A title</h1>\n<p>more</p><p data-skein-anchor="p">one two</p>', 7);
  const place = share(page, 4);
  expect(place).toEqual({ x: 3 * 32 + 8, y: 16, frame: "s\u001ep" });
  expect(shownAt(other, place)).toBe("t");
});

test("a text that changed is pointed at in its new length", () => {
  const page = pageWith("one two three", 40);
  const other = pageWith("one", 40);
  expect(shownAt(other, share(page, 12))).toBe("e");
  for (const node of textNodes(other)) node.data = "one, and much more of it";
  expect(shownAt(other, share(page, 4))).toBe(",");
});

test("what a peer makes up has a place in sight or none", () => {
  const page = pageWith('<p data-skein-anchor="p">one two</p>', 40);
  for (const n of [0, -1, 0.3, 1e9, 3e38, -3e38, 1e308, -1e308]) {
    for (const frame of ["s\u001e", "s\u001ep", "s\u001fp", "s\u001f"]) {
      const at = page.places.toLocal({ x: n, y: -n, frame });
      if (at === null) continue;
      expect(Math.abs(at.x)).toBeLessThanOrEqual(2 * 400);
      expect(Math.abs(at.y)).toBeLessThanOrEqual(2 * 2_000);
    }
  }
  for (const frame of ["", "t", "s2", "s\u001eq", "s\u001f*", 's\u001e"]', "\u001ep", "S\u001ep"])
    expect(page.places.toLocal({ x: 0, y: 0, frame })).toBe(null);
});

describe("the layout", () => {
  let page: Page;
  const words = (...of: number[]) =>
    of.map((n) => page.places.toLocal({ x: n * 32, y: 0, frame: "s\u001ep" }));

  beforeEach(() => {
    page = pageWith('<p data-skein-anchor="p">one two</p><aside>three</aside>', 40);
    words(0, 1, 2);
    page.places.settle?.();
    reads = 0;
  });

  test("is read once for each character, however many cursors pass it in however many frames", () => {
    for (let frame = 0; frame < 10; frame++) {
      expect(page.places.settle?.()).toBe(false);
      words(0, 1, 2);
    }
    expect(reads).toBe(0);
    words(3);
    expect(reads).toBeGreaterThan(0);
  });

  test("is looked at once a frame where something moves elsewhere, and places hold", () => {
    for (let frame = 0; frame < 10; frame++) {
      page.element.querySelector("aside")?.setAttribute("style", `opacity: 0.${frame}`);
      expect(page.places.settle?.()).toBe(false);
      words(0, 1, 2);
    }
    // One of the paragraph's characters stands for all of them; it is followed by white space.
    expect(reads).toBeLessThanOrEqual(20);
  });

  test("is read anew where what moves elsewhere moved the text", () => {
    const before = words(0, 1)[1];
    moved = 30;
    page.element.querySelector("aside")?.setAttribute("class", "large");
    expect(page.places.settle?.()).toBe(true);
    expect(words(0, 1)[1]).toEqual({ x: before?.x, y: (before?.y ?? 0) + 30 });
  });

  test("is read anew after scrolling that moved the text, and after a change of its own look", () => {
    moved = 5;
    window.dispatchEvent(new Event("scroll"));
    expect(page.places.settle?.()).toBe(true);
    words(0);
    reads = 0;
    page.element.querySelector("p")?.setAttribute("class", "narrow");
    expect(page.places.settle?.()).toBe(true);
    words(0);
    expect(reads).toBeGreaterThan(0);
  });

  test("does not change with what is drawn over the page", () => {
    const layer = document.createElement("skein-overlay");
    page.element.append(layer);
    layer.append(document.createElement("b"), "text of a cursor");
    layer.setAttribute("style", "left: 1px");
    expect(page.places.settle?.()).toBe(false);
    words(0, 1, 2);
    expect(reads).toBe(0);
  });

  test("is not kept for every place that a peer makes up", () => {
    for (let n = 0; n < 5_000; n++) words(n);
    reads = 0;
    words(4_999);
    expect(reads).toBe(0);
    words(0);
    expect(reads, "the oldest was forgotten").toBeGreaterThan(0);
  });
});
