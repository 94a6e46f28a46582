// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { capturePointer, LIFTED_VISIBLE_MS, type PointerCapture } from "./capture.ts";

/** What a surface was told, in words: "in", "out", or a place such as "5,5" ("*" for pressed). */
interface Surface {
  readonly element: HTMLElement;
  readonly told: string[];
  readonly capture: PointerCapture;
}

const surfaces: Surface[] = [];
const room = {};

function surface(parent: Element = document.body, owner: object = room): Surface {
  const element = document.createElement("div");
  parent.append(element);
  const told: string[] = [];
  const capture = capturePointer(element, owner, {
    onEnter: () => told.push("in"),
    onSamples: (samples) => {
      for (const { clientX, clientY, pressed } of samples)
        told.push(`${clientX},${clientY}${pressed ? "*" : ""}`);
    },
    onLeave: () => told.push("out"),
  });
  const made = { element, told, capture };
  surfaces.push(made);
  return made;
}

/** An event of a mouse that hovers, unless `init` says otherwise. */
function point(on: Element, type: string, x = 0, init: PointerEventInit = {}): void {
  on.dispatchEvent(
    new PointerEvent(type, {
      isPrimary: true,
      pointerId: 1,
      pointerType: "mouse",
      bubbles: type !== "pointerleave",
      composed: true,
      clientX: x,
      clientY: x,
      ...init,
    }),
  );
}
const down = { buttons: 1 };
const finger = { pointerType: "touch", pointerId: 7 };
const pen = { pointerType: "pen", pointerId: 9 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const { capture, element } of surfaces.splice(0)) {
    capture.stop();
    element.remove();
  }
  vi.useRealTimers();
});

describe("a mouse", () => {
  test("shows where it comes in, and is gone when it leaves", () => {
    const { element, told } = surface();
    point(element, "pointerover", 1);
    point(element, "pointermove", 2);
    point(element, "pointerleave");
    expect(told).toEqual(["in", "1,1", "2,2", "out"]);
  });

  test("that rests stays", () => {
    const { element, told } = surface();
    point(element, "pointermove", 1);
    vi.advanceTimersByTime(3_600_000);
    expect(told).toEqual(["in", "1,1"]);
  });

  test("pressed goes on outside the surface until it is released", () => {
    const { element, told } = surface();
    point(element, "pointerdown", 5, down);
    point(element, "pointerleave", 9, down);
    point(document.body, "pointermove", 99, down);
    point(document.body, "pointerup", 99);
    point(document.body, "pointermove", 120);
    expect(told).toEqual(["in", "5,5*", "99,99*", "99,99", "out"]);
  });

  test("pressed elsewhere and dragged in shows, and hides when dragged out", () => {
    const { element, told } = surface();
    point(element, "pointermove", 5, down);
    point(element, "pointerleave", 9, down);
    point(document.body, "pointermove", 99, down);
    expect(told).toEqual(["in", "5,5*", "out"]);
  });

  test("is seen where the app stops its events", () => {
    const { element, told } = surface();
    const shape = document.createElement("button");
    element.append(shape);
    shape.addEventListener("pointermove", (event) => event.stopPropagation());
    point(shape, "pointermove", 3);
    expect(told).toEqual(["in", "3,3"]);
  });

  test("is released when the window loses the keyboard, whose end may never be told", () => {
    const { element, told } = surface();
    point(element, "pointerdown", 5, down);
    window.dispatchEvent(new Event("blur"));
    expect(told).toEqual(["in", "5,5*", "5,5"]);
    point(document.body, "pointermove", 99);
    expect(told).toHaveLength(3);
  });

  test("is gone with the tab", () => {
    const { element, told } = surface();
    point(element, "pointermove", 5);
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    document.dispatchEvent(new Event("visibilitychange"));
    hidden.mockRestore();
    expect(told).toEqual(["in", "5,5", "out"]);
  });

  test("says anew where it points when something scrolls, and nothing while it is elsewhere", () => {
    const { element, told, capture } = surface();
    window.dispatchEvent(new Event("scroll"));
    capture.resample();
    point(element, "pointermove", 4);
    window.dispatchEvent(new Event("scroll"));
    capture.resample();
    point(element, "pointerleave");
    window.dispatchEvent(new Event("scroll"));
    expect(told).toEqual(["in", "4,4", "4,4", "4,4", "out"]);
  });
});

describe("a finger", () => {
  test("drags the cursor; lifted it stays for a moment, so that a tap is seen", () => {
    const { element, told } = surface();
    point(element, "pointerdown", 1, { ...finger, ...down });
    point(element, "pointermove", 2, { ...finger, ...down });
    point(element, "pointerup", 2, finger);
    point(element, "pointerleave", 2, finger);
    expect(told).toEqual(["in", "1,1*", "2,2*", "2,2"]);
    vi.advanceTimersByTime(LIFTED_VISIBLE_MS - 1);
    expect(told).toHaveLength(4);
    vi.advanceTimersByTime(1);
    expect(told.at(-1)).toBe("out");
  });

  test("tapping again at once does not hide in between", () => {
    const { element, told } = surface();
    for (const x of [1, 50]) {
      point(element, "pointerdown", x, { ...finger, ...down });
      point(element, "pointerup", x, finger);
      vi.advanceTimersByTime(LIFTED_VISIBLE_MS / 2);
    }
    expect(told).toEqual(["in", "1,1*", "1,1", "50,50*", "50,50"]);
  });

  test("joined by a second one is a gesture, and points nowhere until all begins again", () => {
    const { element, told } = surface();
    const second = { ...finger, pointerId: 8, isPrimary: false, ...down };
    point(element, "pointerdown", 1, { ...finger, ...down });
    point(document.body, "pointerdown", 300, second);
    point(element, "pointermove", 2, { ...finger, ...down });
    point(element, "pointermove", 290, second);
    point(element, "pointerup", 290, { ...second, buttons: 0 });
    point(element, "pointermove", 3, { ...finger, ...down });
    point(element, "pointerup", 3, finger);
    vi.advanceTimersByTime(LIFTED_VISIBLE_MS);
    expect(told).toEqual(["in", "1,1*", "out"]);
    point(element, "pointerdown", 4, { ...finger, ...down });
    expect(told.slice(3)).toEqual(["in", "4,4*"]);
  });

  test("that the browser takes for scrolling is gone at once", () => {
    const { element, told } = surface();
    point(element, "pointerdown", 1, { ...finger, ...down });
    point(element, "pointercancel", 1, finger);
    expect(told).toEqual(["in", "1,1*", "out"]);
  });
});

describe("a pen", () => {
  test("hovers, draws, and stays for a moment when it is lifted out of reach", () => {
    const { element, told } = surface();
    point(element, "pointermove", 1, pen);
    point(element, "pointerdown", 2, { ...pen, ...down });
    point(element, "pointerup", 3, pen);
    point(element, "pointerleave", 3, pen);
    expect(told).toEqual(["in", "1,1", "2,2*", "3,3"]);
    vi.advanceTimersByTime(LIFTED_VISIBLE_MS);
    expect(told.at(-1)).toBe("out");
  });

  test("that draws is not disturbed by the palm", () => {
    const { element, told } = surface();
    point(element, "pointerdown", 2, { ...pen, ...down });
    point(element, "pointerdown", 200, { ...finger, ...down });
    point(element, "pointercancel", 200, finger);
    point(element, "pointermove", 3, { ...pen, ...down });
    expect(told).toEqual(["in", "2,2*", "3,3*"]);
  });
});

describe("two surfaces of one room", () => {
  test("inside one another: the inner one has the pointer, and gives it back", () => {
    const outer = surface();
    const inner = surface(outer.element);
    point(outer.element, "pointermove", 1);
    point(inner.element, "pointermove", 2);
    // The outer one has no pointer now: nothing to say anew.
    outer.capture.resample();
    point(inner.element, "pointerleave");
    point(outer.element, "pointerover", 3);
    expect(outer.told).toEqual(["in", "1,1", "in", "3,3"]);
    expect(inner.told).toEqual(["in", "2,2", "out"]);
  });

  test("side by side: a drag belongs to where it began", () => {
    const [left, right] = [surface(), surface()];
    point(left.element, "pointerdown", 1, down);
    point(right.element, "pointermove", 2, down);
    point(right.element, "pointerup", 3);
    expect(left.told).toEqual(["in", "1,1*", "2,2*", "3,3", "out"]);
    expect(right.told).toEqual(["in", "3,3"]);
  });

  test("of different rooms: each room is told", () => {
    const outer = surface();
    const inner = surface(outer.element, {});
    point(inner.element, "pointermove", 1);
    expect([outer.told, inner.told]).toEqual([
      ["in", "1,1"],
      ["in", "1,1"],
    ]);
  });
});

test("stopped while pressed, it lets go of the pointer and hears no more", () => {
  const [first, second] = [surface(), surface()];
  point(first.element, "pointerdown", 1, down);
  first.capture.stop();
  point(first.element, "pointermove", 2, down);
  point(second.element, "pointermove", 3, down);
  expect(first.told).toEqual(["in", "1,1*", "out"]);
  expect(second.told).toEqual(["in", "3,3*"]);
});
