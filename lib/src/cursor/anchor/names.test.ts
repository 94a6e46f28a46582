// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AnchorNames, keyOf, MAX_ANCHORED_SURFACE_BYTES } from "./names.ts";

let root: HTMLElement;
let names: AnchorNames;

beforeEach(() => {
  root = document.createElement("div");
  names = new AnchorNames(root);
  vi.spyOn(Element.prototype, "getClientRects").mockReturnValue([
    new DOMRect(0, 0, 1, 1),
  ] as unknown as DOMRectList);
});
afterEach(() => vi.restoreAllMocks());

function anchor(name: string, parent: Element = root): HTMLElement {
  const element = document.createElement("p");
  element.setAttribute("data-skein-anchor", name);
  parent.append(element);
  return element;
}

test("a short name travels as it is, a longer one as its FNV-1a hash", () => {
  expect(keyOf("intro")).toBe("intro");
  expect(keyOf("fourteen-bytes")).toBe("fourteen-bytes");
  expect(keyOf("ü".repeat(7))).toBe("ü".repeat(7));
  // A published value of the 64-bit hash, in base 36.
  const published = 0x46810940eff5f915n;
  expect(keyOf("chongo was here!\n")).toBe(`#${published.toString(36)}`);
  // Nobody can name an anchor by another one's hash.
  expect(keyOf("#abc")).not.toBe("#abc");
});

test("no name makes a frame too long for the wire", () => {
  const surface = "s".repeat(MAX_ANCHORED_SURFACE_BYTES);
  for (const name of ["x".repeat(10_000), "ü".repeat(8), "#", "fourteen-bytes"]) {
    const { length } = new TextEncoder().encode(`${surface}\u001f${keyOf(name)}`);
    expect(length).toBeLessThanOrEqual(64);
  }
});

test("the nearest anchor around an element, or the surface itself", () => {
  const outer = anchor("outer");
  const inner = anchor("inner", outer);
  const leaf = document.createElement("b");
  inner.append(leaf);
  expect(names.around(leaf)).toEqual({ anchor: inner, key: "inner" });
  expect(names.around(inner)).toEqual({ anchor: inner, key: "inner" });
  expect(names.around(root)).toEqual({ anchor: root, key: "" });
  expect(names.around(null)).toEqual({ anchor: root, key: "" });
  inner.setAttribute("data-skein-anchor", "");
  expect(names.around(leaf)).toEqual({ anchor: outer, key: "outer" });
});

test("an anchor is found by its name only, whatever a peer sends", () => {
  const first = anchor("a");
  anchor("a");
  const odd = anchor('x"] *, [y="');
  const long = anchor("a name that is longer than fourteen bytes");
  expect(names.find("a")).toBe(first);
  expect(names.find(keyOf('x"] *, [y="'))).toBe(odd);
  expect(names.find(keyOf("a name that is longer than fourteen bytes"))).toBe(long);
  for (const hostile of ["__proto__", "constructor", "", "*", 'a"]', "#", "A"]) {
    expect(names.find(hostile)).toBe(undefined);
  }
});

test("names that came later are found once it is told", () => {
  expect(names.find("late")).toBe(undefined);
  const late = anchor("late");
  names.forget();
  expect(names.find("late")).toBe(late);
});
