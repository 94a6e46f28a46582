/** Grants where no server is between: every peer holds every other to what the server vouched for. */
import { expect, test, vi } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import type { Link } from "../link/link.ts";
import type { Seams } from "../seams.ts";
import type { SocketHandlers } from "../signaling/connection.ts";
import type { Grant } from "../signaling/grants.ts";
import { GRANT_GRACE_MS } from "../signaling/grants.ts";
import { createTestHub, type TestHub } from "../testing/index.ts";
import { encodeEntry } from "../wire/index.ts";
import { Enforcement } from "./enforcement.ts";
import { Member } from "./member.ts";
import type { SkeinRoom } from "./room.ts";
import type { Room, RoomTypes } from "./types.ts";

/** A client that was changed to believe it may do everything, whatever the server says. */
async function lawless(hub: TestHub, room: Room<RoomTypes>): Promise<void> {
  const { seams } = room as unknown as { seams: Seams };
  const { connect } = seams;
  seams.connect = (target, request, clock, handlers, ...rest) => {
    const deaf: SocketHandlers = {
      ...handlers,
      welcome: ({ self: { grants: _, ...self }, ...welcome }) =>
        handlers.welcome({ ...welcome, self }),
    };
    return connect?.(target, request, clock, deaf, ...rest);
  };
  (room as unknown as SkeinRoom).loseSocket("to begin again");
  await hub.settle();
}

async function setup(grants: readonly Grant[], paths: "all" | "server") {
  const hub = createTestHub();
  const ada = hub.join<RoomTypes>("Ada", { paths });
  const bob = hub.join<RoomTypes>("Bob", { paths });
  const mallory = hub.join<RoomTypes>("Mallory", { paths, grants, user: { id: "m" } });
  await hub.settle();
  await lawless(hub, mallory);
  const heard: unknown[] = [];
  const name = (user: { id: string } | null) => (user?.id === "m" ? "Mallory" : "Bob");
  for (const type of ["chat", "note"]) {
    ada.onMessage(type, ({ data, peer }) =>
      heard.push(`${name(peer.user)}: ${typeof data === "string" ? data : "bytes"}`),
    );
    ada.onLatest(type, ({ data, peer }) => heard.push(`${name(peer.user)} ~ ${data}`));
  }
  ada.on("cursor", ({ peer, samples }) => heard.push(`${name(peer.user)} at ${samples[0]?.x}`));
  ada.on("presence", ({ peer }) => heard.push(`${name(peer.user)} says ${peer.presence["mood"]}`));
  const path = ada.getSnapshot().peers.find(({ user }) => user?.id === "m")?.path;
  expect(path).toBe(paths === "all" ? "direct" : "server");
  return { hub, ada, bob, mallory, heard };
}

test.each(["all", "server"] as const)(
  "a viewer that says what it may not is not heard, and holds nobody up (paths: %s)",
  async (paths) => {
    const { hub, ada, bob, mallory, heard } = await setup([], paths);
    const said = [
      mallory.send("chat", "psst"),
      mallory.send("chat", new Uint8Array(50_000)),
      mallory.send("chat", "to you", { to: ada.getSnapshot().self?.id ?? "" }),
    ];
    mallory.sendLatest("chat", "now");
    mallory.moveCursor({ x: 666, y: 0 });
    mallory.setPresence({ mood: "evil" });
    // At once: nothing of an honest peer waits for any of that.
    const honest = bob.send("chat", "hello");
    await hub.advance(200);
    expect(heard).toEqual(["Bob: hello"]);
    expect(await honest).toEqual({ missed: [] });
    // And what it says is taken off its queue in the end, unheard.
    await hub.advance(60_000);
    for (const each of said) expect(await each).toEqual({ missed: [] });
    await hub.settle();
    expect(heard).toEqual(["Bob: hello"]);
    const { refused } = ada.stats();
    expect(refused["forbidden-message"]).toBeGreaterThanOrEqual(2);
    expect(refused["forbidden-begin"]).toBe(1);
    expect(refused["forbidden-cursor"]).toBeGreaterThan(0);
    expect(refused["forbidden-latest"]).toBeGreaterThan(0);
    expect(ada.cursorOf(mallory.getSnapshot().self?.id ?? "")).toBeNull();
    await hub.close();
  },
);

test("of a peer that may send one type only that one is heard, in its order", async () => {
  const { hub, mallory, heard } = await setup(["message:chat"], "all");
  void mallory.send("chat", "one");
  void mallory.send("note", "two");
  void mallory.send("note", new Uint8Array(50_000));
  void mallory.send("chat", new Uint8Array(50_000));
  void mallory.send("chat", "three");
  await hub.advance(60_000);
  expect(heard).toEqual(["Mallory: one", "Mallory: bytes", "Mallory: three"]);
  await hub.close();
});

const INFO = {
  id: "m",
  handle: 1,
  join: 1,
  features: 0,
  webrtc: true,
  seat: true,
  away: false,
  presence: { version: 1, state: {} },
};

/** A member of few rights, and what becomes of what it says reliably. */
function member(grants: readonly string[], isInformed = () => true) {
  const clock = new FakeClock();
  const heard: unknown[] = [];
  const peer = new Member({ ...INFO, grants }, clock, undefined, {
    changed() {},
    cursor() {},
    latest() {},
    message: (_, type) => heard.push(type),
    refused: (kind) => heard.push(kind),
    limited: (use) => use((former) => new Enforcement(clock, former, isInformed)),
  });
  let rightsChanged = 0;
  peer.link = {
    path: "direct",
    reason: null,
    rightsChanged: () => rightsChanged++,
  } as unknown as Link;
  const chat = encodeEntry({
    kind: "message",
    type: "chat",
    value: { encoding: 2, bytes: new Uint8Array() },
  });
  return { clock, heard, peer, chat, changes: () => rightsChanged };
}

test("while what looks at it is not loaded, nothing passes of a peer that may not do everything", () => {
  const clock = new FakeClock();
  const heard: string[] = [];
  const loaded: (() => void)[] = [];
  const peer = new Member({ ...INFO, grants: ["message"] }, clock, undefined, {
    changed() {},
    cursor() {},
    latest: (_, type) => heard.push(`~ ${type}`),
    message: (_, type) => heard.push(type),
    refused: (kind) => heard.push(kind),
    limited: (use) =>
      loaded.push(() => use((former) => new Enforcement(clock, former, () => true))),
  });
  const rightsChanged = vi.fn();
  peer.link = { path: "direct", reason: null, rightsChanged } as unknown as Link;
  const value = { encoding: 2, bytes: new Uint8Array() };
  const chat = encodeEntry({ kind: "message", type: "chat", value });
  const latest = { kind: "latest", number: 1, type: "drag", key: "", value } as const;
  expect(peer.mayDeliver(chat)).toBe(false);
  peer.state(latest);
  clock.advance(60_000);
  expect(peer.mayDeliver(chat)).toBe(false);
  for (const use of loaded) use();
  expect(rightsChanged).toHaveBeenCalledTimes(1);
  expect(peer.mayDeliver(chat)).toBe(true);
  peer.entry(chat);
  peer.state(latest);
  expect(heard).toEqual(["forbidden-latest", "chat", "~ drag"]);
});

test("a peer that hears of its new rights before we do loses nothing of what it says", () => {
  const { clock, heard, peer, chat, changes } = member([]);
  expect(peer.mayDeliver(chat)).toBe(false);
  clock.advance(GRANT_GRACE_MS - 1);
  expect(peer.mayDeliver(chat)).toBe(false);
  peer.vouched({ grants: ["message"] });
  expect(changes()).toBe(1);
  expect(peer.mayDeliver(chat)).toBe(true);
  peer.entry(chat);
  expect(heard).toEqual(["chat"]);
});

test("whoever had no such right at all is waited for once, and then is refused at once", () => {
  const { clock, heard, peer, chat } = member([]);
  expect(peer.mayDeliver(chat)).toBe(false);
  clock.advance(GRANT_GRACE_MS);
  for (let i = 0; i < 3; i++) {
    expect(peer.mayDeliver(chat)).toBe(true);
    peer.entry(chat);
  }
  expect(heard).toEqual(["forbidden-message", "forbidden-message", "forbidden-message"]);
});

test("while the server tells nothing, nobody is taken for lawless", () => {
  let informed = false;
  const { clock, peer, chat } = member([], () => informed);
  expect(peer.mayDeliver(chat)).toBe(false);
  clock.advance(10 * GRANT_GRACE_MS);
  expect(peer.mayDeliver(chat)).toBe(false);
  informed = true;
  expect(peer.mayDeliver(chat)).toBe(true);
});

test("what was on its way when rights were narrowed is heard, and what comes later is not", () => {
  const { clock, heard, peer, chat } = member(["message"]);
  peer.vouched({ grants: [] });
  expect(peer.mayDeliver(chat)).toBe(true);
  peer.entry(chat);
  clock.advance(GRANT_GRACE_MS);
  peer.entry(chat);
  expect(heard).toEqual(["chat", "forbidden-message"]);
});
