// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Room, RoomTypes } from "../room/types.ts";
import { createTestHub, type TestHub } from "../testing/index.ts";
import { type AnnounceOptions, announcePeers } from "./announce.ts";
import { StandInRoom } from "./stand-in-room.ts";

let hub: TestHub;
let room: Room<RoomTypes>;
let stop: () => void = () => {};

function start(options?: AnnounceOptions): void {
  stop = announcePeers(room, options);
}

const region = () => document.querySelector<HTMLElement>("[aria-live=polite]");
const spoken = () => region()?.textContent;
const join = (name: string) => hub.join<RoomTypes>(name);

beforeEach(async () => {
  vi.useFakeTimers();
  // What is said is said by the page's timers.
  hub = createTestHub({ clock: "real" });
  room = join("Me");
  await hub.settle();
});
afterEach(async () => {
  stop();
  await hub.close();
  vi.useRealTimers();
});

describe("announcements", () => {
  test("one who joins is said after a moment, and not for ever", async () => {
    start();
    join("Ada");
    await hub.advance(10);
    expect(spoken()).toBe("");
    await hub.advance(2_000);
    expect(spoken()).toBe("Ada joined");
    await hub.advance(6_000);
    expect(spoken()).toBe("");
  });

  test("five joins within two seconds are one sentence", async () => {
    start();
    for (const name of ["Ada", "Bob", "Carl", "Dora", "Eve"]) {
      join(name);
      await hub.advance(300);
    }
    await hub.advance(600);
    expect(spoken()).toBe("Ada, Bob and 3 others joined");
  });

  test("three are all named, and leaves have a sentence of their own", async () => {
    const eve = join("Eve");
    await hub.settle();
    start();
    for (const name of ["Ada", "Bob"]) {
      join(name);
      await hub.advance(10);
    }
    hub.join();
    await eve.leave();
    await hub.advance(2_000);
    expect(spoken()).toBe("Ada, Bob and Somebody joined. Eve left");
  });

  test("who comes and goes, or goes and comes, is not worth a word", async () => {
    const bob = join("Bob");
    await hub.settle();
    start();
    const ada = join("Ada");
    await hub.advance(100);
    await Promise.all([ada.leave(), bob.leave()]);
    await hub.advance(100);
    bob.connect();
    await hub.advance(2_000);
    expect(room.getSnapshot().peers.map(({ presence }) => presence)).toEqual([{ name: "Bob" }]);
    expect(spoken()).toBe("");
  });

  test("who is not worth a word is left out", async () => {
    start({ who: ({ presence }) => presence["name"] !== "Bot" });
    join("Ada");
    const bot = join("Bot");
    await hub.advance(100);
    await bot.leave();
    await hub.advance(2_000);
    expect(spoken()).toBe("Ada joined");
  });

  test("finished chat is said, unfinished and hostile is not", async () => {
    const ada = join("Ada");
    await hub.settle();
    start();
    for (const data of [{ text: "hel", surface: "" }, null, { text: 7, surface: "", kept: true }]) {
      ada.sendLatest("skein:chat", data);
      await hub.advance(200);
    }
    ada.sendLatest("skein:chat", { text: "hello\u202e\n<b>", surface: "", kept: true });
    await hub.advance(2_300);
    expect(spoken()).toBe("Ada: hello <b>");
    expect(region()?.childElementCount).toBe(0);
  });

  test("in other words", async () => {
    const bob = join("Bob");
    await hub.settle();
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
    const ada = join("Ada");
    await hub.advance(10);
    ada.sendLatest("skein:chat", { text: "x", surface: "", kept: true });
    await bob.leave();
    await hub.advance(2_000);
    expect(spoken()).toBe("Ada ist da");
    expect(reported).toHaveBeenCalledOnce();
    vi.unstubAllGlobals();
  });

  test("is out of sight, and leaves nothing behind", async () => {
    start();
    expect(region()?.style.position).toBe("absolute");
    expect(region()?.style.width).toBe("1px");
    join("Ada");
    await hub.advance(100);
    stop();
    await hub.advance(5_000);
    expect(region()).toBeNull();
    // One whose listeners can be counted.
    const stand = new StandInRoom();
    announcePeers(stand.room)();
    expect(stand.listeners).toBe(0);
  });

  test("misuse says what to do", () => {
    expect(() => start({ chats: true } as AnnounceOptions)).toThrow(/no option "chats"/);
    expect(() => start({ container: "#x" as unknown as HTMLElement })).toThrow(/a container/);
    expect(region()).toBeNull();
  });
});
