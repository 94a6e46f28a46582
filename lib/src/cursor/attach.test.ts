// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type AttachedCursors, attachCursors } from "./attach.ts";
import { StandInFrames } from "./stand-in-frames.ts";
import { aPeer, aSample, StandInRoom } from "./stand-in-room.ts";

/** The test's DOM has no layout; the few numbers that are read are given here. */
interface Layout {
  left?: number;
  top?: number;
  width: number;
  height: number;
  scrollWidth?: number;
  scrollHeight?: number;
  overflow?: string;
  scale?: number;
}

function lay(element: HTMLElement, layout: Layout): void {
  const { left = 0, top = 0, width, height, scale = 1 } = layout;
  const numbers = {
    clientWidth: width,
    clientHeight: height,
    offsetWidth: width,
    offsetHeight: height,
    scrollWidth: layout.scrollWidth ?? width,
    scrollHeight: layout.scrollHeight ?? height,
  };
  for (const [name, value] of Object.entries(numbers))
    Object.defineProperty(element, name, { value, configurable: true });
  element.getBoundingClientRect = () => new DOMRect(left, top, width * scale, height * scale);
  if (layout.overflow !== undefined) element.style.overflow = layout.overflow;
}

const frames = new StandInFrames();
const play = (ms: number) => frames.play(ms);

const attached: AttachedCursors[] = [];
let stand: StandInRoom;
let element: HTMLElement;

function attach(layout: Layout, options?: Parameters<typeof attachCursors>[2]): AttachedCursors {
  lay(element, layout);
  const cursors = attachCursors(stand.room, element, options);
  attached.push(cursors);
  return cursors;
}

const root = (of = element) => of.querySelector("skein-overlay")?.shadowRoot ?? undefined;
const all = (of = element) => [...(root(of)?.querySelectorAll<HTMLElement>(".cursor") ?? [])];
const seen = (of = element) => all(of).filter((cursor) => !cursor.classList.contains("hidden"));
const place = (cursor = seen()[0]) => cursor?.style.transform;
const label = (cursor = seen()[0]) => cursor?.querySelector(".name")?.textContent;

function point(type: string, init: PointerEventInit, on: Element = element): PointerEvent {
  const event = new PointerEvent(type, {
    isPrimary: true,
    pointerType: "mouse",
    bubbles: !type.endsWith("leave"),
    ...init,
  });
  on.dispatchEvent(event);
  return event;
}

beforeEach(() => {
  frames.install();
  vi.spyOn(performance, "now").mockImplementation(() => frames.now);
  stand = new StandInRoom();
  element = document.createElement("section");
  document.body.append(element);
});

afterEach(() => {
  for (const detach of attached.splice(0)) detach();
  element.remove();
  vi.restoreAllMocks();
});

describe("drawing", () => {
  test("a peer's cursor shows at the same fraction of a board of any size, with name and colour", () => {
    const ada = aPeer("a", { presence: { name: "Ada" }, color: "#123456" });
    stand.setPeers(ada);
    attach({ width: 400, height: 200 });
    stand.cursor(ada, aSample(0.5, 0.25));
    play(16);
    expect(place()).toBe("translate(200px, 50px)");
    expect(label()).toBe("Ada");
    expect(seen()[0]?.style.getPropertyValue("--color")).toBe("#123456");

    lay(element, { width: 1_000, height: 600 });
    attached[0]?.refresh();
    play(16);
    expect(place()).toBe("translate(500px, 150px)");
  });

  test("who is here and still is drawn at once", () => {
    stand.setPeers(aPeer("a"));
    stand.cursors.set("a", aSample(1, 1));
    attach({ width: 40, height: 20 });
    play(16);
    expect(place()).toBe("translate(40px, 20px)");
  });

  test("moves on smoothly, arrives exactly, then draws no more frames", () => {
    const ada = aPeer("a");
    stand.setPeers(ada);
    attach({ width: 1_000, height: 1_000 }, { coordinates: "pixels" });
    const way: number[] = [];
    for (let x = 0; x <= 100; x += 10) {
      stand.cursor(ada, aSample(x, 0, { time: frames.now }));
      play(16);
      way.push(Number(/translate\(([\d.]+)px/.exec(place() ?? "")?.[1]));
    }
    expect(way).toEqual([...way].sort((a, b) => a - b));
    expect(new Set(way).size).toBeGreaterThan(5);
    play(1_000);
    expect(place()).toBe("translate(100px, 0px)");
    expect(play(1_000)).toBe(0);
  });

  test("jumps where reduced motion is asked for", () => {
    vi.spyOn(window, "matchMedia").mockReturnValue({ matches: true } as MediaQueryList);
    const ada = aPeer("a");
    stand.setPeers(ada);
    attach({ width: 100, height: 100 }, { coordinates: "pixels" });
    stand.cursor(ada, aSample(0, 0));
    stand.cursor(ada, aSample(90, 0));
    play(16);
    expect(place()).toBe("translate(90px, 0px)");
  });

  test("hides when the peer hides, and appears where it comes back, not on the way there", () => {
    const ada = aPeer("a");
    stand.setPeers(ada);
    attach({ width: 100, height: 100 }, { coordinates: "pixels" });
    stand.cursor(ada, aSample(0, 0));
    play(16);
    stand.cursor(ada);
    play(16);
    expect(seen()).toHaveLength(0);
    stand.cursor(ada, aSample(80, 80));
    play(16);
    expect(place()).toBe("translate(80px, 80px)");
  });

  test("follows a new name, dims who is away, and forgets who left", () => {
    const ada = aPeer("a", { presence: { name: "Ada" } });
    const bob = aPeer("b");
    stand.setPeers(ada, bob);
    attach({ width: 100, height: 100 });
    stand.cursor(ada, aSample(0.1, 0.1));
    stand.cursor(bob, aSample(0.2, 0.2));
    play(16);
    stand.setPeers(aPeer("a", { presence: { name: "Countess" }, activity: "away" }), bob);
    expect(label()).toBe("Countess");
    expect(seen()[0]?.classList.contains("away")).toBe(true);
    stand.setPeers(bob);
    expect(all()).toHaveLength(1);
  });

  test("markup in a name shows as text", () => {
    const name = "<img src=x onerror=alert(1)>";
    const eve = aPeer("e", { presence: { name } });
    stand.setPeers(eve);
    attach({ width: 100, height: 100 });
    stand.cursor(eve, aSample(0.5, 0.5));
    play(16);
    expect(label()).toBe(name);
    expect(root()?.querySelector("img")).toBeNull();
  });

  test("numbers that are no place hide, absurd ones stay within what a style can hold", () => {
    const eve = aPeer("e");
    stand.setPeers(eve);
    attach({ width: 100, height: 100 });
    stand.cursor(eve, aSample(Number.NaN, 0));
    play(16);
    expect(seen()).toHaveLength(0);
    stand.cursor(eve, aSample(1e30, -1e30));
    play(16);
    expect(place()).toBe("translate(100000px, -100000px)");
  });

  test("surfaces of one room do not mix", () => {
    const ada = aPeer("a");
    stand.setPeers(ada);
    attach({ width: 100, height: 100 }, { surface: "left" });
    const right = document.createElement("div");
    document.body.append(right);
    lay(right, { width: 100, height: 100 });
    attached.push(attachCursors(stand.room, right, { surface: "right" }));
    stand.cursor(ada, aSample(0.5, 0.5, { frame: "left" }));
    play(16);
    expect([seen().length, seen(right).length]).toEqual([1, 0]);
    stand.cursor(ada, aSample(0.5, 0.5, { frame: "right" }));
    play(16);
    expect([seen().length, seen(right).length]).toEqual([0, 1]);
    point("pointermove", { clientX: 50, clientY: 50 }, right);
    expect(stand.moved.at(-1)?.frame).toBe("right");
    right.remove();
  });

  test("is invisible to assistive technology", () => {
    attach({ width: 100, height: 100 });
    expect(element.querySelector("skein-overlay")?.getAttribute("aria-hidden")).toBe("true");
  });
});

describe("sending", () => {
  test("where the pointer is, as a fraction, with its kind and whether it is pressed", () => {
    attach({ left: 100, top: 50, width: 400, height: 200 });
    point("pointermove", { clientX: 200, clientY: 100 });
    point("pointerdown", { clientX: 300, clientY: 150, buttons: 1, pointerType: "pen" });
    expect(stand.moved).toMatchObject([
      { x: 0.25, y: 0.25, pressed: false, pointerType: "mouse", frame: "" },
      { x: 0.5, y: 0.5, pressed: true, pointerType: "pen" },
    ]);
  });

  test("in pixels of the content, scrolled-away parts included", () => {
    attach(
      { left: 10, width: 100, height: 100, scrollHeight: 900, overflow: "auto" },
      { coordinates: "pixels" },
    );
    point("pointermove", { clientX: 30, clientY: 40 });
    element.scrollTop = 250;
    element.dispatchEvent(new Event("scroll"));
    expect(stand.moved).toMatchObject([
      { x: 20, y: 40 },
      { x: 20, y: 290 },
    ]);
    point("pointerleave", {});
    element.dispatchEvent(new Event("scroll"));
    expect(stand.moved).toHaveLength(2);
  });

  test("in the app's own units; said anew after its own pan, and only if it is elsewhere", () => {
    let pan = 0;
    const cursors = attach(
      { width: 100, height: 100 },
      {
        coordinates: {
          toShared: ({ x, y }) => ({ x: x + pan, y }),
          fromShared: ({ x, y }) => ({ x: x - pan, y }),
        },
      },
    );
    const ada = aPeer("a");
    stand.setPeers(ada);
    stand.cursor(ada, aSample(60, 50, { time: frames.now }));
    point("pointermove", { clientX: 30, clientY: 40 });
    cursors.refresh();
    play(1_000);
    expect([stand.moved.length, place()]).toEqual([1, "translate(60px, 50px)"]);
    pan = 25;
    cursors.refresh();
    play(16);
    expect(place()).toBe("translate(35px, 50px)");
    expect(stand.moved).toMatchObject([
      { x: 30, y: 40 },
      { x: 55, y: 40 },
    ]);
  });

  describe("a board that pans", () => {
    let pan: number;
    let reads: number;
    let cursors: AttachedCursors;
    const ada = aPeer("a");
    beforeEach(() => {
      pan = 0;
      cursors = attach(
        { width: 100, height: 100 },
        {
          coordinates: {
            toShared: ({ x, y }) => ({ x: x + pan, y }),
            fromShared: ({ x, y }) => ({ x: x - pan, y }),
          },
        },
      );
      stand.setPeers(ada);
      stand.cursor(ada, aSample(60, 50, { time: frames.now }));
      point("pointermove", { clientX: 30, clientY: 40 });
      play(1_000);
      reads = 0;
      const box = element.getBoundingClientRect();
      element.getBoundingClientRect = () => {
        reads += 1;
        return box;
      };
      const { getComputedStyle } = window;
      vi.spyOn(window, "getComputedStyle").mockImplementation((...of) => {
        reads += 1;
        return getComputedStyle.apply(window, of);
      });
      const { clientWidth } = element;
      const get = () => {
        reads += 1;
        return clientWidth;
      };
      Object.defineProperty(element, "clientWidth", { get, configurable: true });
    });

    test("draws and says everything anew before the page is painted, and reads no layout", async () => {
      for (let i = 0; i < 20; i++) {
        pan += 1;
        cursors.remap();
        if (i % 2 === 0) await Promise.resolve();
      }
      await Promise.resolve();
      expect(place()).toBe("translate(40px, 50px)");
      expect(stand.moved.at(-1)).toMatchObject({ x: 50, y: 40 });
      play(100);
      expect(place()).toBe("translate(40px, 50px)");
      expect(reads).toBe(0);
    });

    test("reads it once a frame where the app says that it changed, however often", () => {
      cursors.refresh();
      play(16);
      const once = reads;
      for (let i = 0; i < 20; i++) cursors.refresh();
      play(16);
      expect(reads).toBe(2 * once);
      expect(once).toBeGreaterThan(0);
    });

    test("and moves in the page is found again with the next sample", () => {
      element.getBoundingClientRect = () => new DOMRect(10, 0, 100, 100);
      point("pointermove", { clientX: 31, clientY: 40 });
      expect(stand.moved.at(-1)).toMatchObject({ x: 21, y: 40 });
    });

    test("leaves alone what was taken off meanwhile", async () => {
      cursors.remap();
      cursors();
      await Promise.resolve();
      expect(play(100)).toBe(0);
    });
  });

  test("a tab that is changed to another takes the pointer with it", () => {
    attach({ width: 100, height: 100 });
    point("pointermove", { clientX: 5, clientY: 5 });
    vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(stand.hides).toBe(1);
  });

  test("no place where the app's functions give none", () => {
    attach(
      { width: 100, height: 100 },
      { coordinates: { toShared: () => ({ x: Number.NaN, y: 0 }), fromShared: () => null } },
    );
    point("pointermove", { clientX: 30, clientY: 40 });
    const eve = aPeer("e");
    stand.setPeers(eve);
    stand.cursor(eve, aSample(5, 5, { time: frames.now }));
    play(1_000);
    expect([stand.moved.length, seen().length]).toEqual([0, 0]);
  });

  test("in the content's own pixels under a CSS scale", () => {
    attach({ left: 10, width: 100, height: 100, scale: 0.5 }, { coordinates: "pixels" });
    point("pointermove", { clientX: 30, clientY: 40 });
    expect(stand.moved).toMatchObject([{ x: 40, y: 80 }]);
  });

  test("every sample between two frames, in order of time", () => {
    attach({ width: 100, height: 100 }, { coordinates: "pixels" });
    const event = new PointerEvent("pointermove", { isPrimary: true, clientX: 3 });
    const between = [1, 2, 3].map((clientX) => new PointerEvent("pointermove", { clientX }));
    [300, 200, 400].forEach((timeStamp, index) => {
      Object.defineProperty(between[index], "timeStamp", { value: timeStamp });
    });
    Object.assign(event, { getCoalescedEvents: () => between });
    element.dispatchEvent(event);
    expect(stand.moved.map(({ x }) => x)).toEqual([1, 2, 3]);
    expect(stand.moved.map(({ time }) => time)).toEqual([300, 300, 400]);
  });

  test("nothing of a second finger", () => {
    attach({ width: 100, height: 100 });
    point("pointerdown", { clientX: 5, clientY: 5, pointerType: "touch", isPrimary: false });
    point("pointerleave", { pointerType: "touch", isPrimary: false });
    expect([stand.moved.length, stand.hides]).toEqual([0, 0]);
  });

  test("leaving and a cancelled gesture hide once", () => {
    attach({ width: 100, height: 100 });
    point("pointermove", { clientX: 5, clientY: 5 });
    point("pointerleave", {});
    point("pointerleave", {});
    expect(stand.hides).toBe(1);
    point("pointerdown", { clientX: 5, clientY: 5, pointerType: "touch" });
    point("pointercancel", { pointerType: "touch" });
    point("pointerleave", { pointerType: "touch" });
    expect(stand.hides).toBe(2);
  });

  test("nothing where the server grants no cursor, and without a fuss; again once it does", () => {
    stand.self = aPeer("me", { isSelf: true, can: () => false });
    attach({ width: 100, height: 100 }, { chat: true });
    point("pointermove", { clientX: 10, clientY: 10 });
    point("pointermove", { clientX: 20, clientY: 20 });
    expect(stand.moved).toEqual([]);
    // Whoever may not say anything gets no field to say it in.
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true }));
    expect(document.querySelector("input")).toBeNull();
    stand.self = aPeer("me", { isSelf: true, can: (ability) => ability === "cursor" });
    point("pointermove", { clientX: 30, clientY: 30 });
    expect(stand.moved.map(({ x }) => x)).toEqual([expect.closeTo(0.3, 3)]);
  });

  test("the inner of two nested surfaces has the pointer", () => {
    attach({ width: 100, height: 100 }, { surface: "page" });
    const inner = document.createElement("div");
    element.append(inner);
    lay(inner, { width: 50, height: 50 });
    attached.push(attachCursors(stand.room, inner, { surface: "card" }));
    point("pointermove", { clientX: 5, clientY: 5 }, inner);
    expect(stand.moved.map(({ frame }) => frame)).toEqual(["card"]);
  });

  test("nothing while the element has no size", () => {
    attach({ width: 0, height: 0 });
    point("pointermove", { clientX: 5, clientY: 5 });
    expect(stand.moved).toHaveLength(0);
  });
});

describe("detaching", () => {
  test("leaves nothing behind: listeners, elements, frames, styles, the own cursor", () => {
    const before = document.documentElement.outerHTML;
    const ada = aPeer("a");
    stand.setPeers(ada);
    const detach = attach({ width: 100, height: 100 });
    point("pointermove", { clientX: 5, clientY: 5 });
    stand.cursor(ada, aSample(0.5, 0.5));
    detach();
    detach();
    detach.refresh();
    point("pointermove", { clientX: 9, clientY: 9 });
    expect(stand.moved).toHaveLength(1);
    expect(stand.hides).toBe(1);
    expect(stand.listeners).toBe(0);
    expect(frames.waiting).toHaveLength(0);
    expect(document.documentElement.outerHTML.replace(' style=""', "")).toBe(before);
  });

  test("a position of the app's own is left alone", () => {
    element.style.position = "sticky";
    attach({ width: 100, height: 100 })();
    expect(element.style.position).toBe("sticky");
  });
});

describe("misuse says what to do", () => {
  const code = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return (error as { code?: string }).code;
    }
    return "nothing thrown";
  };

  test("elements that cannot hold children", () => {
    const canvas = document.createElement("canvas");
    expect(() => attachCursors(stand.room, canvas)).toThrow(/<canvas> cannot. Wrap it/);
    expect(code(() => attachCursors(stand.room, null as unknown as HTMLElement))).toBe(
      "bad-argument",
    );
  });

  test("options", () => {
    const options = (value: object) => () => attachCursors(stand.room, element, value);
    expect(code(options({ coordinates: "percent" }))).toBe("bad-argument");
    expect(code(options({ coordinates: "toString" }))).toBe("bad-argument");
    expect(code(options({ coordinates: { toShared: () => null } }))).toBe("bad-argument");
    expect(code(options({ coordinates: null }))).toBe("bad-argument");
    expect(code(options({ surface: "a\u001eb" }))).toBe("bad-argument");
    expect(code(options({ surface: "s".repeat(50), coordinates: "anchor" }))).toBe("bad-argument");
    expect(code(options({ surface: "ü".repeat(33) }))).toBe("bad-argument");
    expect(code(options({ chats: true }))).toBe("not-supported");
    expect(code(options({ chat: "on" }))).toBe("bad-argument");
    expect(code(options({ chat: { label: 7 } }))).toBe("bad-argument");
    expect(code(options({ edges: { reveal: true } }))).toBe("bad-argument");
    expect(code(options({ edges: { inset: -1 } }))).toBe("bad-argument");
    expect(code(options({ edges: { inset: { left: "1em" } } }))).toBe("bad-argument");
    expect(code(options({ edges: { insets: 8 } }))).toBe("bad-argument");
    expect(code(options({ edges: null }))).toBe("bad-argument");
    expect(code(options({ render: {} }))).toBe("bad-argument");
    expect(element.querySelector("skein-overlay")).toBeNull();
  });
});
