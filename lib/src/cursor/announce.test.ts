// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type AnnounceOptions, announcePeers } from "./announce.ts";
import { aPeer, StandInRoom } from "./stand-in-room.ts";

let stand: StandInRoom;
let stop: () => void = () => {};

function start(options?: AnnounceOptions): void {
  stop = announcePeers(stand.room, options);
}

const region = () => document.querySelector<HTMLElement>("[aria-live=polite]");
const spoken = () => region()?.textContent;
const named = (name: string) => aPeer(name, { presence: { name } });

beforeEach(() => {
  vi.useFakeTimers();
  stand = new StandInRoom();
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe("announcements", () => {
  test("one who joins is said after a moment, and not for ever", () => {
    start();
    stand.join(named("Ada"));
    expect(spoken()).toBe("");
    vi.advanceTimersByTime(2_000);
    expect(spoken()).toBe("Ada joined");
    vi.advanceTimersByTime(6_000);
    expect(spoken()).toBe("");
  });

  test("five joins within two seconds are one sentence", () => {
    start();
    for (const name of ["Ada", "Bob", "Carl", "Dora", "Eve"]) {
      stand.join(named(name));
      vi.advanceTimersByTime(300);
    }
    vi.advanceTimersByTime(500);
    expect(spoken()).toBe("Ada, Bob and 3 others joined");
  });

  test("three are all named, and leaves have a sentence of their own", () => {
    start();
    stand.join(named("Ada"), named("Bob"), aPeer("nobody", { presence: {} }));
    stand.leave(named("Eve"));
    vi.advanceTimersByTime(2_000);
    expect(spoken()).toBe("Ada, Bob and Somebody joined. Eve left");
  });

  test("who comes and goes, or goes and comes, is not worth a word", () => {
    start();
    stand.join(named("Ada"));
    stand.leave(named("Ada"), named("Bob"));
    stand.join(named("Bob"));
    vi.advanceTimersByTime(2_000);
    expect(spoken()).toBe("");
  });

  test("who is not worth a word is left out", () => {
    start({ who: ({ id }) => id !== "Bot" });
    stand.join(named("Ada"), named("Bot"));
    stand.leave(named("Bot"));
    vi.advanceTimersByTime(2_000);
    expect(spoken()).toBe("Ada joined");
  });

  test("finished chat is said, unfinished and hostile is not", () => {
    start();
    const ada = named("Ada");
    for (const data of [{ text: "hel", surface: "" }, null, { text: 7, surface: "", kept: true }])
      stand.latest(ada, "skein:chat", data);
    stand.latest(ada, "skein:chat", { text: "hello\u202e\n<b>", surface: "", kept: true });
    vi.advanceTimersByTime(2_000);
    expect(spoken()).toBe("Ada: hello <b>");
    expect(region()?.childElementCount).toBe(0);
  });

  test("in other words", () => {
    start({
      texts: {
        joined: (names, more) => `${names.join(" und ")}${more > 0 ? " …" : ""} ist da`,
        left: () => {
          throw new Error("the app's own");
        },
      },
      chat: false,
    });
    const reported = vi.fn();
    vi.stubGlobal("reportError", reported);
    stand.join(named("Ada"));
    stand.leave(named("Bob"));
    stand.latest(named("Ada"), "skein:chat", { text: "x", surface: "", kept: true });
    vi.advanceTimersByTime(2_000);
    expect(spoken()).toBe("Ada ist da");
    expect(reported).toHaveBeenCalledOnce();
    vi.unstubAllGlobals();
  });

  test("is out of sight, and leaves nothing behind", () => {
    start();
    expect(region()?.style.position).toBe("absolute");
    expect(region()?.style.width).toBe("1px");
    stand.join(named("Ada"));
    stop();
    vi.advanceTimersByTime(5_000);
    expect(region()).toBeNull();
    expect(stand.listeners).toBe(0);
  });

  test("misuse says what to do", () => {
    expect(() => start({ chats: true } as AnnounceOptions)).toThrow(/no option "chats"/);
    expect(() => start({ container: "#x" as unknown as HTMLElement })).toThrow(/a container/);
    expect(region()).toBeNull();
  });
});
