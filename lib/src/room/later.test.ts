/** A room while what it needs only once it is joined is not there yet, at a real server. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  createSignalingServer,
  type SignalingServer,
} from "../../../signaling-server/src/index.ts";
import type { Grant } from "../signaling/grants.ts";
import { deferred } from "./deferred.ts";
import { SkeinRoom } from "./room.ts";
import type { RoomOptions } from "./types.ts";

let server: SignalingServer;
let rooms: SkeinRoom[];

/** A token is `user grant,grant`; `*` for all grants. */
beforeEach(async () => {
  rooms = [];
  server = createSignalingServer({
    port: 0,
    log: () => {},
    authenticate: ({ token = "" }) => {
      const [id = "", grants = ""] = token.split(" ");
      return { user: { id }, ...(grants === "*" ? {} : { grants: grants.split(",") as Grant[] }) };
    },
  });
  await server.listen();
});

afterEach(async () => {
  await Promise.all(rooms.map((room) => room.leave()));
  await server.close();
});

function enter(token: RoomOptions["token"] & {}, loaded: Promise<void> = Promise.resolve()) {
  const room = new SkeinRoom(
    "room",
    { server: server.url ?? "", token },
    { fetchLater: () => loaded.then(() => import("./later.ts")) },
  );
  rooms.push(room);
  room.connect();
  return room;
}

test("everybody is there and messages pass; who may not do everything waits, and nothing is lost", async () => {
  const loaded = deferred();
  const ada = enter("ada *", loaded.promise);
  await ada.ready;
  const bob = enter("bob *");
  const vic = enter("vic message:chat");
  await Promise.all([bob.ready, vic.ready]);
  await vi.waitFor(() => expect(ada.getSnapshot().peers).toHaveLength(2));
  await vi.waitFor(() => expect(bob.getSnapshot().peers).toHaveLength(2));
  const heard: unknown[] = [];
  ada.onMessage("chat", ({ data }) => heard.push(data));
  const seen: unknown[] = [];
  bob.on("cursor", ({ samples }) => seen.push(...samples.map(({ x }) => x)));
  bob.onLatest("drag", ({ data }) => seen.push(data));

  const held = vic.send("chat", "from Vic");
  expect(await bob.send("chat", "from Bob")).toEqual({ missed: [] });
  expect(await bob.send("chat", "again")).toEqual({ missed: [] });
  expect(heard).toEqual(["from Bob", "again"]);
  expect(await ada.send("chat", "from Ada")).toEqual({ missed: [] });
  ada.moveCursor({ x: 1, y: 1 });
  ada.moveCursor({ x: 2, y: 2 });
  ada.sendLatest("drag", "half");
  ada.sendLatest("drag", "whole");
  expect(await server.sendMessage("room", "notice", 7, { to: "ada" })).toBe(1);
  ada.onMessage("notice", ({ data }) => heard.push(data), { from: "server" });

  loaded.resolve();
  expect(await held).toEqual({ missed: [] });
  await vi.waitFor(() => expect(heard).toEqual(expect.arrayContaining(["from Vic", 7])));
  expect(heard).toHaveLength(4);
  await vi.waitFor(() => expect(seen).toEqual(expect.arrayContaining([2, "whole"])));
  expect(seen).not.toContain(1);
  expect(seen).not.toContain("half");
});

test("a token that must be asked for waits for what asks, and whoever leaves meanwhile is not asked", async () => {
  const loaded = deferred();
  const asked = vi.fn(() => "ada *");
  const ada = enter(asked, loaded.promise);
  const gone = vi.fn(() => "gone *");
  const left = enter(gone, loaded.promise);
  const notReady = expect(left.ready).rejects.toMatchObject({ code: "room-closed" });
  await left.leave();
  expect(asked).not.toHaveBeenCalled();
  loaded.resolve();
  await ada.ready;
  expect(asked).toHaveBeenCalledTimes(1);
  await notReady;
  expect(gone).not.toHaveBeenCalled();
});
