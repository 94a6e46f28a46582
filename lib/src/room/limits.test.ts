/** Rooms at a server with limits: what the app is told, and that an honest one is never cut off. */
import { afterEach, expect, test } from "vitest";
import {
  createSignalingServer,
  type LimitOptions,
  type SignalingServer,
} from "../../../signaling-server/src/index.ts";
import { joinRoom, type RoomOptions, SkeinError } from "../index.ts";
import type { Room, RoomTypes } from "./types.ts";

let server: SignalingServer;
let rooms: Room<RoomTypes>[] = [];

async function listen(limits: LimitOptions): Promise<void> {
  server = createSignalingServer({ port: 0, log: () => {}, limits });
  await server.listen();
}

afterEach(async () => {
  await Promise.all(rooms.map((room) => room.leave()));
  rooms = [];
  await server.close();
});

function enter(name = "room", options: RoomOptions<RoomTypes> = {}): Room<RoomTypes> {
  const room = joinRoom<RoomTypes>(name, { server: server.url ?? "", ...options });
  rooms.push(room);
  return room;
}

test("thousands of messages at once are slowed down, and all arrive in order", async () => {
  await listen({ framesPerSecond: 1_000 });
  const [ada, bob] = [enter(), enter()];
  await Promise.all([ada.ready, bob.ready]);
  await ada.waitFor((s) => s.peers.length);
  const errors: unknown[] = [];
  ada.on("error", ({ error }) => errors.push(error));
  const heard: unknown[] = [];
  bob.onMessage("n", ({ data }) => heard.push(data));
  const all = Array.from({ length: 5_000 }, (_, index) => index);
  const sent = await Promise.all(all.map((number) => ada.send("n", number)));
  expect(heard).toEqual(all);
  expect(sent.flatMap(({ missed }) => missed)).toEqual([]);
  expect(errors).toEqual([]);
  const { refused, limited, creditsHeld } = server.stats();
  expect({ refused, limited }).toEqual({ refused: {}, limited: {} });
  expect(creditsHeld).toBeGreaterThan(0);
});

test("megabytes at once are slowed down, and all arrive", async () => {
  await listen({ bytesPerSecond: 512 * 1024 });
  const [ada, bob] = [enter(), enter()];
  await Promise.all([ada.ready, bob.ready]);
  await ada.waitFor((s) => s.peers.length);
  let bytes = 0;
  bob.onMessage("file", ({ data }) => {
    bytes += (data as Uint8Array).length;
  });
  const part = new Uint8Array(200_000);
  await Promise.all(Array.from({ length: 12 }, () => ada.send("file", part)));
  expect(bytes).toBe(12 * part.length);
  const { refused, limited, creditsHeld } = server.stats();
  expect({ refused, limited }).toEqual({ refused: {}, limited: {} });
  expect(creditsHeld).toBeGreaterThan(0);
});

test.each([
  ["too-many-members", { members: 1 }, "room"],
  ["too-many-rooms", { rooms: 1 }, "another"],
] as const)("%s is told, and tried again until there is room", async (code, limits, name) => {
  await listen(limits);
  const ada = enter();
  await ada.ready;
  const bob = enter(name);
  await bob.waitFor((s) => s.error?.code === code);
  expect(bob.getSnapshot().status).not.toBe("closed");
  await ada.leave();
  await bob.ready;
  expect(bob.getSnapshot()).toMatchObject({ status: "connected", error: null });
});

test("presence that the server does not take closes the room with a word on what it takes", async () => {
  await listen({ presenceBytes: 64 });
  const large = { note: "x".repeat(100) };
  const error = await enter("room", { presence: large }).ready.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SkeinError);
  expect(error).toMatchObject({
    code: "presence-too-large",
    message: expect.stringContaining("64 bytes"),
  });
  const ada = enter();
  await ada.ready;
  ada.setPresence(large);
  await ada.waitFor((s) => s.status === "closed");
  expect(ada.getSnapshot().error).toMatchObject({ code: "presence-too-large" });
});
