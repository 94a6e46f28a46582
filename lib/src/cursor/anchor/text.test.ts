// @vitest-environment happy-dom
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { isSpaceAt, TextRows } from "./text.ts";

let rows: TextRows;
let root: HTMLElement;

beforeEach(() => {
  rows = new TextRows();
  root = document.createElement("div");
});

/** The text around what `find` gives: the character and those after it in its node. */
function at(n: number, length = 1): string | undefined {
  const found = rows.find(root, n);
  return found?.node.data.slice(found.index, found.index + length);
}

function fill(html: string): void {
  root.innerHTML = html;
  rows.forget(root);
}

/** Where in `root` this text begins. */
function placeOf(text: string): { node: Text; index: number } {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const index = (node as Text).data.indexOf(text);
    if (index >= 0) return { node: node as Text, index };
  }
  throw new Error(`no text "${text}"`);
}

describe("a word has one number, however", () => {
  const pages = {
    "it is written in one piece": "<p>one two three</p>",
    "it is indented": "<p>\n      one\n      two\n      three\n    </p>",
    "it is marked up": "<p><b>one</b> <i>t</i>wo<!-- note --> <a>thr<em>ee</em></a></p>",
    "a script stands in it": "<script>var x</script><p>one two <style>a {}</style>three</p>",
    "cursors are drawn over it":
      "one <skein-overlay><b>A name</b></skein-overlay>two three<skein-cursor-chat>…</skein-cursor-chat>",
    "blocks divide it": "<p>one</p><p>two</p><ul><li>three</li></ul>",
  };
  for (const [name, html] of Object.entries(pages)) {
    test(name, () => {
      fill(html);
      expect(at(6, 3)).toBe("thr");
      expect(rows.before(root, placeOf("thr"))).toBe(6);
    });
  }
});

test("every character is found again by its number, in any split of any text", () => {
  const text = fc.array(fc.string({ unit: fc.constantFrom("a", "é", "😀", " ", "\n", "\u00a0") }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(text, (parts) => {
      root.replaceChildren(...parts.map((part) => document.createTextNode(part)));
      rows = new TextRows();
      let n = 0;
      for (const node of [...root.childNodes] as Text[]) {
        for (let index = 0; index < node.data.length; index++) {
          if (isSpaceAt({ node, index })) continue;
          expect(rows.before(root, { node, index })).toBe(n);
          expect(rows.find(root, n)).toEqual({ node, index });
          n++;
        }
      }
    }),
  );
});

test("a megabyte in one node is counted in pieces, right to its end", () => {
  root.textContent = "ab cd ".repeat(180_000);
  const node = root.firstChild as Text;
  const index = node.data.length - 3;
  expect(rows.before(root, { node, index })).toBe(180_000 * 4 - 2);
  expect(rows.find(root, 180_000 * 4 - 2)).toEqual({ node, index });
});

test("numbers that the text does not have end at its end", () => {
  fill("<p>one two</p>\n");
  for (const n of [6, 1e9, 1e308, Number.MAX_VALUE]) expect(at(n)).toBe("o");
  for (const n of [-1, -1e308]) expect(at(n)).toBe("o");
  expect(at(-1, 3)).toBe("one");
  fill(" \n ");
  expect(at(0)).toBe(undefined);
  fill("");
  expect(at(5)).toBe(undefined);
});

test("what changed is counted anew", () => {
  fill("<p>one</p><p>two</p>");
  expect(at(3, 3)).toBe("two");
  const first = placeOf("one").node;
  first.data = "once more";
  rows.forget(first);
  expect(at(8, 3)).toBe("two");
  first.parentElement?.remove();
  rows.forget(root);
  expect(at(0, 3)).toBe("two");
});
