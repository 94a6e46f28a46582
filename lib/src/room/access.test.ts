/** Who one is and what one may do: whole rooms at a real server that asks. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import {
  AccessError,
  createSignalingServer,
  type SignalingServer,
} from "../../../signaling-server/src/index.ts";
import { joinRoom, type Peer, type Room, type RoomOptions, SkeinError } from "../index.ts";
import type { Grant } from "../signaling/grants.ts";
import type { RoomTypes } from "./types.ts";

let server: SignalingServer;
let rooms: Room<RoomTypes>[];
/** Seconds that what a token grants lasts from when it is shown; by token. */
let lives: Map<string, number>;
let asked: string[];

/** A token is `user name grant,grant`; `*` for all grants, `-` for none. `bad …` is refused. */
beforeEach(async () => {
  rooms = [];
  asked = [];
  lives = new Map();
  server = createSignalingServer({
    port: 0,
    log: () => {},
    authenticate: ({ token = "" }) => {
      asked.push(token);
      const [id = "", name = "", grants = "-"] = token.split(" ");
      if (id === "" || id === "bad") throw new AccessError("Show a good token.", "token-invalid");
      const seconds = lives.get(token);
      return {
        user: { id, name },
        ...(grants === "*" ? {} : { grants: grants === "-" ? [] : (grants.split(",") as Grant[]) }),
        ...(seconds === undefined ? {} : { expires: Date.now() + seconds * 1000 }),
      };
    },
  });
  await server.listen();
});

afterEach(async () => {
  await Promise.all(rooms.map((room) => room.leave()));
  await server.close();
});

function enter(token: RoomOptions["token"], over: RoomOptions<RoomTypes> = {}): Room<RoomTypes> {
  const room = joinRoom<RoomTypes>("room", {
    server: server.url ?? "",
    ...(token === undefined ? {} : { token }),
    ...over,
  });
  rooms.push(room);
  return room;
}

async function inside(token: RoomOptions["token"], over?: RoomOptions<RoomTypes>) {
  const room = enter(token, over);
  await room.ready;
  return room;
}

const code = (expected: string) => expect.objectContaining({ code: expected });
const peerOf = (room: Room<RoomTypes>, name: string): Peer<RoomTypes> | undefined =>
  room.getSnapshot().peers.find(({ user }) => user?.name === name);
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000 });

describe("grants", () => {
  test("a viewer is told at the call what it may not do, and the others what it may", async () => {
    const ada = await inside("ada Ada *");
    const viewer = enter("vic Vic -", { presence: { name: "Victor" } });
    expect(viewer.can("cursor")).toBe(false);
    const errors: SkeinError[] = [];
    viewer.on("error", ({ error }) => errors.push(error));
    await viewer.ready;
    expect(() => viewer.send("chat", "hi")).toThrow(code("no-grant"));
    expect(() => viewer.sendLatest("drag", 1)).toThrow(code("no-grant"));
    expect(() => viewer.setPresence({ name: "Boss" })).toThrow(code("no-grant"));
    expect(() => viewer.moveCursor({ x: 1, y: 2 })).toThrow(code("no-grant"));
    viewer.hideCursor();
    // Says nothing new to anybody.
    viewer.setPresence({});
    for (const ability of ["cursor", "message", "presence", "document"] as const) {
      expect([viewer.can(ability), ada.can(ability)]).toEqual([false, true]);
    }
    // What it said of itself is not lost without a word: nobody sees it, and it is told so, once.
    expect(viewer.getSnapshot().self?.presence).toEqual({});
    await eventually(() => expect(errors).toEqual([code("no-grant")]));
    expect(viewer.getSnapshot().error).toBeNull();

    const seen = await ada.waitFor(() => peerOf(ada, "Vic"));
    expect(seen.presence).toEqual({});
    expect(seen.can("message", "chat")).toBe(false);
    expect(peerOf(viewer, "Ada")?.can("message", "chat")).toBe(true);
    expect(server.stats().forbidden).toBe(0);
  });

  test("some types of messages may be granted, for values that change too", async () => {
    const ada = await inside("ada Ada *");
    const bob = await inside("bob Bob message:chat,presence", { presence: { name: "Bobby" } });
    const heard: unknown[] = [];
    ada.onMessage("chat", ({ data }) => heard.push(data));
    ada.onLatest("chat", ({ data }) => heard.push(data));
    expect([bob.can("message", "chat"), bob.can("message", "note"), bob.can("message")]).toEqual([
      true,
      false,
      false,
    ]);
    expect(await bob.send("chat", "hi")).toEqual({ missed: [] });
    bob.sendLatest("chat", "last");
    await eventually(() => expect(heard).toEqual(["hi", "last"]));
    expect(() => bob.send("note", "hi")).toThrow(code("no-grant"));
    expect(peerOf(ada, "Bob")?.presence).toEqual({ name: "Bobby" });
    expect(server.stats().forbidden).toBe(0);
  });

  test("what was sent before anybody knew waits, and reaches nobody if it was not granted", async () => {
    const ada = await inside("ada Ada *");
    const heard: unknown[] = [];
    ada.onMessage("chat", ({ data }) => heard.push(data));
    const bob = enter("bob Bob message:chat");
    const id = ada.getSnapshot().self?.id;
    const [good, bad] = [bob.send("chat", 1), bob.send("note", 2)];
    expect(await good).toEqual({ missed: [] });
    expect(await bad).toEqual({ missed: [id] });
    await eventually(() => expect(heard).toEqual([1]));
    expect(server.stats().forbidden).toBe(0);
  });

  test("a cursor from before the welcome is not shown where it is not granted", async () => {
    const ada = await inside("ada Ada *");
    const samples: unknown[] = [];
    ada.on("cursor", (event) => samples.push(...event.samples));
    const viewer = enter("vic Vic -");
    viewer.moveCursor({ x: 1, y: 2 });
    await viewer.ready;
    const bob = await inside("bob Bob cursor");
    bob.moveCursor({ x: 3, y: 4 });
    await eventually(() => expect(samples).toContainEqual(expect.objectContaining({ x: 3 })));
    expect(samples).not.toContainEqual(expect.objectContaining({ x: 1 }));
    expect(server.stats().forbidden).toBe(0);
  });

  test("a peer without the grant for presence is there for rooms whose schema wants a name", async () => {
    const schema = { presence: z.object({ name: z.string() }) };
    const ada = joinRoom("room", {
      server: server.url ?? "",
      token: "ada Ada *",
      schema,
      presence: { name: "Ada" },
    });
    rooms.push(ada as never);
    await ada.ready;
    await inside("vic Vic -");
    await eventually(() => expect(ada.getSnapshot().peers).toHaveLength(1));
    // One that may and does not is still nobody.
    await inside("bob Bob presence");
    await inside("eve Eve *", { presence: { name: "Eve" } });
    await eventually(() => expect(ada.getSnapshot().peers).toHaveLength(2));
    expect(ada.getSnapshot().peers.map(({ user }) => user?.name)).toEqual(["Vic", "Eve"]);
  });
});

describe("tokens", () => {
  test("are renewed over the open socket; what changed is told to all, and nothing else happens", async () => {
    const ada = await inside("ada Ada *");
    const bob = joinRoom<RoomTypes>("room", {
      server: server.url ?? "",
      presence: { mood: "calm" },
      token: ({ room, reason }) => {
        expect(room).toBe("room");
        return reason === "connect" ? "bob Bob cursor" : "bob Robert presence,message:chat";
      },
    });
    rooms.push(bob);
    lives.set("bob Bob cursor", 2);
    lives.set("bob Robert presence,message:chat", 3600);
    const story: string[] = [];
    bob.on("status", ({ status }) => story.push(status));
    for (const event of ["join", "leave"] as const) {
      ada.on(event, ({ peer }) => story.push(`${event} ${peer.user?.name}`));
    }
    await bob.ready;
    bob.moveCursor({ x: 1, y: 1 });
    const before = await ada.waitFor(() => peerOf(ada, "Bob"));
    await eventually(() => expect(ada.cursorOf(before.id)).not.toBeNull());
    const after = await ada.waitFor(() => peerOf(ada, "Robert"));
    expect(after.id).toBe(before.id);
    expect(after.can("cursor")).toBe(false);
    expect(after.can("message", "chat")).toBe(true);
    await eventually(() => expect(bob.getSnapshot().self?.user?.name).toBe("Robert"));
    expect(bob.can("message", "chat")).toBe(true);
    // A pointer that may not be shown any more is not shown any more; presence that may be, is.
    expect(ada.cursorOf(before.id)).toBeNull();
    await eventually(() => expect(peerOf(ada, "Robert")?.presence).toEqual({ mood: "calm" }));
    expect(bob.getSnapshot().self?.presence).toEqual({ mood: "calm" });
    expect(await bob.send("chat", "hi")).toEqual({ missed: [] });
    expect(story.filter((each) => each !== "join Bob")).toEqual(["connected"]);
    expect(server.stats()).toMatchObject({ renewed: 1, forbidden: 0, refused: {} });
  }, 20_000);

  test("that grant no presence any more take back what was said; those that do bring it again", async () => {
    const ada = await inside("ada Ada *");
    const grants = ["presence", "cursor", "presence"];
    let asks = 0;
    const bob = await inside(
      () => {
        const token = `bob Bob${++asks} ${grants[asks - 1] ?? "presence"}`;
        lives.set(token, asks < grants.length ? 2 : 3600);
        return token;
      },
      { presence: { mood: "calm" } },
    );
    expect((await ada.waitFor(() => peerOf(ada, "Bob1"))).presence).toEqual({ mood: "calm" });
    await ada.waitFor(() => peerOf(ada, "Bob2"));
    const late = await inside("eve Eve *");
    await eventually(() => expect(peerOf(ada, "Bob2")?.presence).toEqual({}));
    expect(peerOf(late, "Bob2")?.presence).toEqual({});
    expect(bob.getSnapshot().self?.presence).toEqual({});
    for (const room of [ada, late]) {
      await room.waitFor(() => peerOf(room, "Bob3"));
      await eventually(() => expect(peerOf(room, "Bob3")?.presence).toEqual({ mood: "calm" }));
    }
    bob.setPresence({ mood: "loud" });
    await eventually(() => expect(peerOf(ada, "Bob3")?.presence).toEqual({ mood: "loud" }));
    expect(server.stats().forbidden).toBe(0);
  }, 20_000);

  test("that serve one socket serve the next, without the app", async () => {
    const reasons: string[] = [];
    const bob = await inside(({ reason }) => `bob Bob ${reasons.push(reason) === 1 ? "*" : "-"}`);
    (bob as unknown as { loseSocket(why: string): void }).loseSocket("lost");
    await bob.waitFor((now) => now.status === "reconnecting");
    await bob.waitFor((now) => now.status === "connected");
    expect(reasons).toEqual(["connect"]);
    expect(asked).toEqual(["bob Bob *", "bob Bob *"]);
  });

  test("of a function that are refused are asked for again, three times in all", async () => {
    const reasons: string[] = [];
    const bob = enter(({ reason }) => `bad ${reasons.push(reason)}`);
    await expect(bob.ready).rejects.toMatchObject({ code: "token-invalid" });
    expect(reasons).toEqual(["connect", "rejected", "rejected"]);
    expect(bob.getSnapshot().status).toBe("closed");
  }, 20_000);

  test("that come after a refused one are welcome", async () => {
    const bob = await inside(({ reason }) => (reason === "connect" ? "bad" : "bob Bob *"));
    expect(bob.getSnapshot()).toMatchObject({ status: "connected", error: null });
  });

  test("that are strings end with a word on what to do", async () => {
    lives.set("bob Bob *", 0.3);
    const bob = await inside("bob Bob *");
    const error = await bob.waitFor((now) => now.status === "closed" && now.error);
    expect(error).toMatchObject({
      code: "token-expired",
      message: expect.stringMatching(/function/),
    });
    await expect(enter("bad").ready).rejects.toMatchObject({ code: "token-invalid" });
    await expect(enter(undefined).ready).rejects.toMatchObject({ message: /Show a good token/ });
  });

  test("that expired are followed by fresh ones, and nobody sees a leave", async () => {
    const ada = await inside("ada Ada *");
    let number = 0;
    const bob = await inside(({ reason }) => {
      number += 1;
      lives.set(`bob Bob * ${number}`, number === 1 ? 0.5 : 3600);
      return `bob Bob * ${number}${reason === "refresh" ? " bad" : ""}`;
    });
    await ada.waitFor(() => peerOf(ada, "Bob"));
    const story: string[] = [];
    ada.on("leave", () => story.push("leave"));
    ada.on("join", () => story.push("join"));
    bob.on("error", ({ error }) => story.push(error.code));
    await eventually(() => expect(story).toEqual(["token-expired"]));
    await bob.waitFor((now) => now.status === "connected");
    expect(await ada.send("chat", "still here?")).toEqual({ missed: [] });
    expect(story).toEqual(["token-expired"]);
  }, 20_000);

  test("that the app cannot get are waited for; those that there will not be end it", async () => {
    let works = false;
    const bob = enter(async () => {
      if (!works) throw new Error("503");
      return "bob Bob *";
    });
    const error = await bob.waitFor((now) => now.error);
    expect(error).toMatchObject({ code: "token-failed", cause: new Error("503") });
    works = true;
    await bob.ready;
    const eve = enter(() => {
      throw new SkeinError("unauthorized", "Not for Eve.");
    });
    await expect(eve.ready).rejects.toMatchObject({
      code: "unauthorized",
      message: "Not for Eve.",
    });
    expect(eve.getSnapshot().status).toBe("closed");
  }, 20_000);

  test("are not waited for by a room that was left", async () => {
    let signal: AbortSignal | undefined;
    const bob = enter((request) => {
      signal = request.signal;
      return new Promise(() => {});
    });
    await eventually(() => expect(signal?.aborted).toBe(false));
    await bob.leave();
    expect(signal?.aborted).toBe(true);
    await expect(bob.ready).rejects.toMatchObject({ code: "room-closed" });
    expect(asked).toEqual([]);
  });
});

describe("the back end", () => {
  test("speaks to those who listen to it, and nobody else can", async () => {
    const ada = await inside("ada Ada *");
    const bob = await inside("bob Bob *");
    const heard: unknown[] = [];
    ada.onMessage("notice", ({ data, peer }) => heard.push(["server", data, peer]), {
      from: "server",
    });
    ada.onMessage("notice", ({ data, peer }) => heard.push(["peer", data, peer.user?.name]));
    await bob.send("notice", "I am the server");
    expect(await server.sendMessage("room", "notice", { text: "Soon closed" }, { to: "ada" })).toBe(
      1,
    );
    await eventually(() =>
      expect(heard).toEqual([
        ["peer", "I am the server", "Bob"],
        ["server", { text: "Soon closed" }, null],
      ]),
    );
  });

  test("reaches those who are away for a moment, once", async () => {
    const ada = await inside("ada Ada *");
    const bob = await inside("bob Bob *");
    const heard: unknown[] = [];
    bob.onMessage("n", ({ data }) => heard.push(data), { from: "server" });
    await server.sendMessage("room", "n", 1);
    await eventually(() => expect(heard).toEqual([1]));
    (bob as unknown as { loseSocket(why: string): void }).loseSocket("lost");
    await ada.waitFor((now) => now.peers.some(({ activity }) => activity === "away"));
    await server.sendMessage("room", "n", 2);
    await eventually(() => expect(heard).toEqual([1, 2]));
    await server.sendMessage("room", "n", 3);
    await eventually(() => expect(heard).toEqual([1, 2, 3]));
  });

  test("removes somebody, who does not come back, and whose links the others close", async () => {
    const ada = await inside("ada Ada *");
    const bob = await inside("bob Bob *");
    await ada.waitFor(() => peerOf(ada, "Bob"));
    const left: unknown[] = [];
    ada.on("leave", ({ peer, reason }) => left.push([peer.user?.name, reason]));
    expect(await server.removeUser("bob")).toBe(1);
    const error = await bob.waitFor((now) => now.status === "closed" && now.error);
    expect(error.code).toBe("removed");
    await eventually(() => expect(left).toEqual([["Bob", "removed"]]));
    expect(ada.stats().peers).toEqual({});
    expect(asked.filter((token) => token.startsWith("bob"))).toHaveLength(1);
  });
});

describe("block", () => {
  test("nothing of a blocked peer is seen or heard, and nothing is sent to it, until the undo", async () => {
    const ada = await inside("ada Ada *");
    const bob = await inside("bob Bob *", { presence: { mood: "calm" } });
    const eve = await inside("eve Eve *");
    await eventually(() => expect(ada.getSnapshot().peers).toHaveLength(2));
    await eventually(() => expect(bob.getSnapshot().peers).toHaveLength(2));
    const log: unknown[] = [];
    ada.on("leave", ({ peer, reason }) => log.push(`${peer.user?.name} ${reason}`));
    ada.on("join", ({ peer }) => log.push(`${peer.user?.name} joined`));
    ada.onMessage("chat", ({ data }) => log.push(data));
    ada.on("cursor", ({ peer }) => peer.user?.name === "Bob" && log.push("cursor"));
    const bobHeard: unknown[] = [];
    bob.onMessage("chat", ({ data }) => bobHeard.push(data));
    bob.on("cursor", ({ peer }) => peer.user?.name === "Ada" && bobHeard.push("cursor"));
    const blocked = peerOf(ada, "Bob");
    if (!blocked) throw new Error("no Bob");

    const undo = ada.block(blocked);
    expect(ada.getSnapshot().peers.map(({ user }) => user?.name)).toEqual(["Eve"]);
    bob.moveCursor({ x: 1, y: 1 });
    bob.setPresence({ mood: "loud" });
    // It is acknowledged: whoever is blocked cannot tell, and holds nobody up.
    expect(await bob.send("chat", "from Bob")).toEqual({ missed: [] });
    expect(await eve.send("chat", "from Eve")).toEqual({ missed: [] });
    ada.moveCursor({ x: 2, y: 2 });
    expect(await ada.send("chat", "from Ada")).toEqual({ missed: [] });
    expect(await ada.send("chat", "to Bob", { to: blocked.id })).toEqual({ missed: [blocked.id] });
    expect(ada.cursorOf(blocked.id)).toBeNull();
    expect(log).toEqual(["Bob blocked", "from Eve"]);
    await eventually(() => expect(bobHeard).toEqual(["from Eve"]));

    undo();
    undo();
    await eventually(() => expect(peerOf(ada, "Bob")?.presence).toEqual({ mood: "loud" }));
    expect(await bob.send("chat", "again")).toEqual({ missed: [] });
    expect(await ada.send("chat", "welcome back")).toEqual({ missed: [] });
    await eventually(() => expect(bobHeard).toContain("welcome back"));
    expect(bobHeard).not.toContain("from Ada");
    await eventually(() => expect(bobHeard).toContain("cursor"));
    expect(log.filter((each) => each !== "cursor")).toEqual([
      "Bob blocked",
      "from Eve",
      "Bob joined",
      "again",
    ]);
  }, 20_000);

  test("a user is blocked in every tab, also in one to come", async () => {
    const ada = await inside("ada Ada *");
    await inside("bob Bob *");
    const bob = await ada.waitFor(() => peerOf(ada, "Bob"));
    const undo = ada.block(bob.id);
    const joins: unknown[] = [];
    ada.on("join", ({ peer }) => joins.push(peer.user?.name));
    await inside("bob Bob *");
    await inside("eve Eve *");
    await eventually(() => expect(joins).toEqual(["Eve"]));
    expect(ada.getSnapshot().peers).toHaveLength(1);
    undo();
    expect(ada.getSnapshot().peers).toHaveLength(3);
    expect(() => ada.block(ada.getSnapshot().self?.id ?? "")).toThrow(code("bad-argument"));
  });
});
