// @vitest-environment happy-dom
/** What stands beside and instead of the arrows: chat, markers at the edges, an app's own drawing. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type AttachedCursors, attachCursors } from "./attach.ts";
import type { CursorsOptions } from "./options.ts";
import type { CursorState } from "./overlay/renderer.ts";
import { aPeer, aSample, StandInRoom } from "./stand-in-room.ts";

let stand: StandInRoom;
let board: HTMLElement;
let cursors: AttachedCursors | null = null;

/** The test's DOM has no layout: a board of 400 × 300 pixels, all of it in sight. */
function attach(options: CursorsOptions<object> = {}): void {
  const numbers = { clientWidth: 400, clientHeight: 300, offsetWidth: 400, offsetHeight: 300 };
  for (const element of [board, document.documentElement])
    for (const [name, value] of Object.entries(numbers))
      Object.defineProperty(element, name, { value, configurable: true });
  board.getBoundingClientRect = () => new DOMRect(0, 0, 400, 300);
  cursors = attachCursors(stand.room, board, { coordinates: "pixels", ...options });
}

const overlay = () => board.querySelector("skein-overlay")?.shadowRoot;
const view = () => overlay()?.querySelector<HTMLElement>(".cursor");
const edges = () => [...(overlay()?.querySelectorAll<HTMLElement>(".edge:not(.none)") ?? [])];
const input = () =>
  board.querySelector("skein-cursor-chat")?.shadowRoot?.querySelector("input") ?? null;
const press = (key: string, target: Element = document.body, init: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent("keydown", {
    key,
    bubbles: true,
    cancelable: true,
    composed: true,
    ...init,
  });
  target.dispatchEvent(event);
  return event;
};
const type = (text: string) => {
  const field = input();
  if (field === null) throw new Error("the chat is not open");
  field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
};
const hover = () =>
  board.dispatchEvent(
    new PointerEvent("pointermove", { isPrimary: true, clientX: 50, clientY: 60, bubbles: true }),
  );
const frame = () => vi.advanceTimersByTime(200);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  vi.spyOn(window, "requestAnimationFrame").mockImplementation((run) =>
    Number(setTimeout(() => run(performance.now()), 16)),
  );
  vi.spyOn(window, "cancelAnimationFrame").mockImplementation((id) => clearTimeout(id));
  vi.spyOn(document, "hasFocus").mockReturnValue(true);
  stand = new StandInRoom();
  board = document.createElement("section");
  document.body.append(board);
});
afterEach(() => {
  cursors?.();
  cursors = null;
  board.remove();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function show(id: string, x: number, y: number, rest = {}) {
  const peer = aPeer(id, rest);
  stand.setPeers(...stand.room.getSnapshot().peers, peer);
  const sample = aSample(x, y, { time: performance.now() });
  stand.cursors.set(id, sample);
  stand.cursor(peer, sample);
  frame();
  return peer;
}

describe("a cursor", () => {
  test("rests after a while, and wakes when it moves; it never vanishes", () => {
    attach();
    const ada = show("a", 50, 50);
    expect(view()?.classList.contains("resting")).toBe(false);
    vi.advanceTimersByTime(60_000);
    expect(view()?.classList.contains("resting")).toBe(true);
    expect(view()?.classList.contains("hidden")).toBe(false);
    stand.cursor(ada, aSample(60, 50, { time: performance.now() }));
    expect(view()?.classList.contains("resting")).toBe(false);
  });

  test("of a finger has no arrow's look, and a pressed one shows it", () => {
    attach();
    const ada = show("a", 50, 50);
    stand.cursor(
      ada,
      aSample(50, 50, { time: performance.now(), pressed: true, pointerType: "touch" }),
    );
    frame();
    expect([...(view()?.classList ?? [])]).toEqual(expect.arrayContaining(["touch", "pressed"]));
  });

  test("shows what the peer says here, until it ends or some time after it was finished", () => {
    attach({ surface: "s" });
    const ada = aPeer("a");
    stand.setPeers(ada);
    stand.cursor(ada, aSample(9, 9, { frame: "s", time: performance.now() }));
    const said = () => view()?.querySelector(".said")?.textContent;
    const say = (text: string, rest = {}) =>
      stand.latest(ada, "skein:chat", { text, surface: "s", ...rest });
    say("hi");
    expect(said()).toBe("hi");
    say("elsewhere", { surface: "t" });
    expect(said()).toBe("");
    say("done", { kept: true });
    vi.advanceTimersByTime(4_900);
    expect(said()).toBe("done");
    vi.advanceTimersByTime(200);
    expect(said()).toBe("");
    say("left open");
    vi.advanceTimersByTime(61_000);
    expect(said()).toBe("");
  });
});

describe("a name that nobody vouches for", () => {
  const marks = () => [...(overlay()?.querySelectorAll(".mark:not(.none)") ?? [])];

  test("is marked where the server vouches for others, and only there", () => {
    attach();
    show("a", 50, 50);
    expect(marks()).toHaveLength(0);
    show("b", 60, 60, { user: { id: "u", name: "Bob" } });
    expect(marks().map((mark) => mark.closest(".cursor"))).toEqual([view()]);
    stand.setPeers(...stand.room.getSnapshot().peers.filter(({ id }) => id === "a"));
    expect(marks(), "who vouched-for names belong to has left").toHaveLength(0);
  });

  test("is told to an app's own drawing", () => {
    const states: CursorState[] = [];
    const render = () => ({
      element: document.createElement("b"),
      update: (_: object, state: CursorState) => states.push(state),
    });
    attach({ render });
    show("a", 50, 50);
    expect(states.at(-1)?.unvouched).toBe(false);
    stand.setPeers(...stand.room.getSnapshot().peers, aPeer("b", { user: { id: "u", name: "B" } }));
    expect(states.at(-1)?.unvouched).toBe(true);
  });
});

describe("a page that fills the surface anew", () => {
  test("does not take the cursors and the chat away", async () => {
    attach({ chat: true });
    const ada = show("a", 50, 50);
    hover();
    press("/");
    board.innerHTML = "<p>another page</p>";
    await vi.waitFor(() => expect(overlay()?.querySelectorAll(".cursor")).toHaveLength(1));
    expect(input()).not.toBeNull();
    stand.cursor(ada, aSample(70, 50, { time: performance.now() }));
    frame();
    expect(view()?.style.transform).toBe("translate(70px, 50px)");
    cursors?.();
    cursors = null;
    await Promise.resolve();
    expect(board.querySelector("skein-overlay"), "detached, it stays away").toBeNull();
  });
});

describe("the side a name stands on", () => {
  /** Tells the sizes of names, as a browser does once it has laid them out. */
  let measure: (width: number) => void;
  beforeEach(() => {
    const told: [ResizeObserverCallback, Set<Element>][] = [];
    vi.stubGlobal(
      "ResizeObserver",
      class {
        readonly #seen = new Set<Element>();
        constructor(run: ResizeObserverCallback) {
          told.push([run, this.#seen]);
        }
        observe(element: Element) {
          this.#seen.add(element);
        }
        unobserve(element: Element) {
          this.#seen.delete(element);
        }
        disconnect() {
          this.#seen.clear();
        }
      },
    );
    measure = (width) => {
      for (const [run, seen] of told) {
        const tags = [...seen].filter((element) => element.classList.contains("tag"));
        const size = [{ inlineSize: width, blockSize: 22 }];
        const entries = tags.map((target) => ({ target, borderBoxSize: size }));
        if (entries.length > 0) run(entries as never, null as never);
      }
    };
  });
  afterEach(() => vi.unstubAllGlobals());

  test("is the right one as long as it fits there, and does not change with a trembling hand", () => {
    attach();
    const ada = show("a", 300, 100);
    measure(60);
    const flips = (x: number) => {
      stand.cursor(ada, aSample(x, 100, { time: performance.now() }));
      frame();
      return view()?.classList.contains("flip-x");
    };
    expect(flips(328)).toBe(false);
    expect(flips(331)).toBe(true);
    expect(flips(326)).toBe(true);
    expect(flips(305)).toBe(true);
    expect(flips(295)).toBe(false);
    measure(100);
    expect(flips(296), "another name takes more room").toBe(true);
  });
});

describe("an app's own drawing", () => {
  test("stands in a slot, is told of changes, and goes with its peer", () => {
    const states: CursorState[] = [];
    const destroy = vi.fn();
    const element = document.createElement("b");
    attach({ render: () => ({ element, update: (_, state) => states.push(state), destroy }) });
    const ada = show("a", 50, 50);
    expect(element.isConnected).toBe(true);
    expect(view()?.querySelector("slot")?.assignedElements()).toEqual([element]);
    stand.latest(ada, "skein:chat", { text: "hi", surface: "" });
    expect(states.at(-1)).toMatchObject({ chat: "hi", pressed: false, activity: "active" });
    stand.setPeers();
    expect(destroy).toHaveBeenCalledOnce();
    expect(element.isConnected).toBe(false);
  });

  test("that fails is reported, and the cursor looks as usual", () => {
    const reported = vi.fn();
    vi.stubGlobal("reportError", reported);
    attach({ render: () => ({ element: "text" as unknown as HTMLElement }) });
    show("a", 50, 50);
    expect(reported).toHaveBeenCalledOnce();
    expect(view()?.querySelector(".arrow")).not.toBeNull();
    vi.unstubAllGlobals();
  });
});

describe("out of sight", () => {
  test("has a marker, which asks the app to go there, and not the board", () => {
    const reveal = vi.fn();
    const clicks = vi.fn();
    board.addEventListener("click", clicks);
    attach({ edges: { reveal } });
    const ada = show("a", 900, 100);
    expect(edges()).toHaveLength(1);
    edges()[0]?.click();
    expect(reveal).toHaveBeenCalledExactlyOnceWith(ada, { x: 900, y: 100 });
    expect(clicks).not.toHaveBeenCalled();
    show("b", 905, 110);
    expect(edges().map((edge) => edge.dataset["count"])).toEqual(["2"]);
    stand.setPeers();
    frame();
    expect(overlay()?.querySelectorAll(".edge")).toHaveLength(0);
  });

  test("begins where nothing of the arrow is left, and then the marker has the name", () => {
    attach();
    const ada = show("a", 412, 100);
    const move = (x: number) => {
      stand.cursor(ada, aSample(x, 100, { time: performance.now() }));
      frame();
      return [edges().length, view()?.classList.contains("marked")];
    };
    expect(edges()).toHaveLength(0);
    expect(move(430)).toEqual([1, true]);
    expect(move(418), "it does not flutter").toEqual([1, true]);
    expect(move(405)).toEqual([0, false]);
    expect(move(-30)).toEqual([1, true]);
  });

  test("has markers clear of what the app has along the edges", () => {
    attach({ edges: { inset: { right: 50, top: 30 } } });
    show("a", 900, -400);
    expect(edges()[0]?.style.transform).toBe("translate(326px, 54px)");
    expect(edges()[0]?.classList.contains("inert"), "nothing leads there").toBe(true);
  });

  test("a marker's name is there under the pointer", () => {
    attach({ edges: { reveal: () => {} } });
    show("a", 900, 100, { presence: { name: "Ada" } });
    show("b", 900, 110, { presence: { name: "Bob" } });
    edges()[0]?.dispatchEvent(new PointerEvent("pointerenter"));
    expect(edges()[0]?.querySelector(".label")?.textContent).toBe("Ada +1");
  });

  test("has none where the app wants none; nothing to click where nothing leads there", () => {
    attach({ edges: false });
    show("a", 900, 100);
    expect(edges()).toHaveLength(0);
    cursors?.();
    attach();
    expect(edges()).toHaveLength(0);
    show("b", 900, 100);
    expect(edges()[0]?.classList.contains("inert")).toBe(true);
  });
});

describe("one's own chat", () => {
  test("opens over the surface only, and not in a field", () => {
    attach({ chat: { label: "Sag etwas", placeholder: "…" } });
    expect(press("/").defaultPrevented).toBe(false);
    hover();
    const field = document.createElement("input");
    board.append(field);
    press("/", field);
    press("/", document.body, { ctrlKey: true });
    expect(input()).toBeNull();
    expect(press("/").defaultPrevented).toBe(true);
    expect(input()?.getAttribute("aria-label")).toBe("Sag etwas");
    expect(input()?.closest("[aria-hidden]")).toBeNull();
  });

  test("says what is typed, in order, and ends with Escape", () => {
    attach({ chat: true, surface: "s" });
    hover();
    press("/");
    type("h");
    type("hi ");
    type("hi");
    press("Escape", input() as Element);
    expect(input()).toBeNull();
    expect(stand.sent.map(({ data }) => data)).toEqual([
      { text: "h", kept: false, surface: "s" },
      { text: "hi", kept: false, surface: "s" },
      { text: "", kept: false, surface: "s" },
    ]);
  });

  test("is finished by Enter, then ends by itself", () => {
    attach({ chat: true });
    hover();
    press("/");
    type("hi");
    press("Enter", input() as Element);
    expect(stand.sent.at(-1)?.data).toEqual({ text: "hi", kept: true, surface: "" });
    vi.advanceTimersByTime(5_100);
    expect(input()).toBeNull();
    expect(stand.sent.at(-1)?.data).toEqual({ text: "", kept: false, surface: "" });
  });

  test("leaves nothing behind when the cursors are taken off", () => {
    attach({ chat: true });
    hover();
    press("/");
    type("hi");
    cursors?.();
    cursors = null;
    expect(board.childElementCount).toBe(0);
    expect(board.style.position).toBe("");
    expect(stand.sent.at(-1)?.data).toMatchObject({ text: "" });
    press("/");
    expect(board.childElementCount).toBe(0);
  });
});
