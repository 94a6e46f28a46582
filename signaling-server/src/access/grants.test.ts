/** Grants where the server carries what is said: the real server, and clients that keep to nothing. */
import { expect, test } from "vitest";
import type { Grant } from "../../../lib/src/signaling/grants.ts";
import { decodeEntry } from "../../../lib/src/wire/entry.ts";
import { decodeSent } from "../../../lib/src/wire/envelope.ts";
import { decodeFrame, encodeFrame } from "../../../lib/src/wire/frame.ts";
import { type Entry, encodeEntry, messageEntries } from "../../../lib/src/wire/index.ts";
import type { SignalingServer } from "../server.ts";
import { joined, withServer } from "../test-client.ts";

type Joined = Awaited<ReturnType<typeof joined>>;

const value = { encoding: 2, bytes: new TextEncoder().encode("hi") };
const chat: Entry = { kind: "message", type: "chat", value };
const note: Entry = { kind: "message", type: "note", value };
const activity: Entry = { kind: "activity", activity: 1, pace: 0 };
const all = (number: number, entry: Entry) =>
  encodeFrame({ kind: "all", number, entry: encodeEntry(entry) });
const cursorFrame = encodeFrame({
  kind: "cursor",
  pressed: false,
  pointerType: "mouse",
  number: 1,
  frame: "",
  samples: [{ x: 1, y: 2, time: 5 }],
});
const latest = (type: string) => encodeFrame({ kind: "latest", number: 1, type, key: "", value });
const hello = Uint8Array.of(1, 1, 1, 0, 1, 0, 1, 1, 0, 0);

/** Tokens are grants: "cursor,message:chat"; "*": everything. */
function withGrants(
  use: (server: SignalingServer, witness: Joined) => Promise<void>,
): Promise<void> {
  const grantsOf = (token = "*") =>
    token === "*" ? {} : { grants: token.split(",").filter(Boolean) as Grant[] };
  return withServer({ authenticate: ({ token }) => grantsOf(token) }, async (server) =>
    use(server, await joined(server, { token: "*" })),
  );
}

/** What the witness got, as words. */
function heard({ client }: Joined): string[] {
  return client.all("frame").map((message) => {
    const sent = decodeSent(message);
    const frame = decodeFrame(sent?.frame ?? new Uint8Array());
    if (!("entry" in frame)) return frame.kind;
    const entry = decodeEntry(frame.entry);
    return `${frame.number} ${entry.kind}${"type" in entry ? ` ${entry.type}` : ""}`;
  });
}

const send = ({ client }: Joined, ...frames: Uint8Array[]) => {
  for (const frame of frames) client.sendFrame({ kind: "others" }, frame);
};

test("what a viewer may not say takes its place in the order and says nothing", () =>
  withGrants(async (server, witness) => {
    const viewer = await joined(server, { token: "" });
    send(viewer, hello, all(1, chat), all(2, activity), cursorFrame, latest("drag"));
    send(viewer, encodeFrame({ kind: "presence", version: 9, state: { name: "Boss" } }));
    for (const [i, entry] of messageEntries("chat", {
      encoding: 3,
      bytes: new Uint8Array(20_000),
    }).entries()) {
      send(viewer, all(3 + i, entry));
    }
    send(viewer, all(5, { kind: "cursorHidden", time: 1, number: 1 }), all(6, activity));
    await viewer.client.settled();
    await witness.client.settled();
    expect(heard(witness)).toEqual([
      "hello",
      "1 withheld",
      "2 activity",
      "3 withheld",
      "4 withheld",
      "5 withheld",
      "6 activity",
    ]);
    expect(server.stats().forbidden).toBe(7);
    expect(viewer.client.closed).toBe(false);
  }));

test("a list of types lets those through, for messages and latest values alike", () =>
  withGrants(async (server, witness) => {
    const member = await joined(server, { token: "message:chat,message:drag" });
    send(member, all(1, chat), all(2, note), latest("drag"), latest("laser"), cursorFrame);
    await member.client.settled();
    await witness.client.settled();
    expect(heard(witness)).toEqual(["1 message chat", "2 withheld", "latest"]);
  }));

test("whoever may see may ask to follow, and only that", () =>
  withGrants(async (server, witness) => {
    const viewer = await joined(server, { token: "" });
    const long = { encoding: 2, bytes: new Uint8Array(300) };
    send(viewer, all(1, { kind: "message", type: "skein:follow", value }));
    send(viewer, all(2, { kind: "message", type: "skein:follow", value: long }));
    send(viewer, all(3, { kind: "message", type: "skein:chat", value }));
    await viewer.client.settled();
    await witness.client.settled();
    expect(heard(witness)).toEqual(["1 message skein:follow", "2 withheld", "3 withheld"]);
  }));

test("presence without the grant is empty, at the join and later, and is taken once granted", () =>
  withGrants(async (server, witness) => {
    const presence = { version: 4, state: { name: "Boss" } };
    const viewer = await joined(server, { token: "", presence });
    expect(viewer.welcome.self.presence).toEqual({ version: 0, state: {} });
    viewer.client.emit("presence", { version: 5, state: { name: "Boss" } });
    await viewer.client.settled();
    expect(server.stats().forbidden).toBe(1);
    viewer.client.emit("token", "presence");
    await viewer.client.next("renewed");
    viewer.client.emit("presence", { version: 6, state: { name: "Ada" } });
    expect(await witness.client.next("presence")).toEqual({
      id: viewer.id,
      version: 6,
      state: { name: "Ada" },
    });
    expect(witness.client.story).toEqual(["welcome", "joined", "vouched", "presence"]);
  }));

test("what was on its way when grants were narrowed still arrives, what comes later does not", () => {
  return withGrants(async (server, witness) => {
    const member = await joined(server, { token: "message" });
    member.client.emit("token", "");
    await member.client.next("renewed");
    send(member, all(1, chat));
    await member.client.settled();
    await witness.client.settled();
    expect(heard(witness)).toEqual(["1 message chat"]);
    expect(server.stats().forbidden).toBe(0);
  });
});

test("a viewer that goes on and on is cut off with its code, and the others hear nothing of it", () =>
  withGrants(async (server, witness) => {
    const viewer = await joined(server, { token: "" });
    for (let i = 0; i < 150; i++) send(viewer, cursorFrame);
    expect(await viewer.client.next("refused")).toMatchObject({ code: "forbidden" });
    await viewer.client.gone();
    expect(server.stats().refused).toEqual({ forbidden: 1 });
    await witness.client.next("away");
    expect(witness.client.all("frame")).toEqual([]);
    const honest = await joined(server, { token: "*" });
    send(honest, all(1, chat));
    await honest.client.settled();
    await witness.client.settled();
    expect(heard(witness)).toEqual(["1 message chat"]);
  }));

test("frames of classes that this version does not know are for members without limits", () =>
  withGrants(async (server, witness) => {
    const limited = await joined(server, { token: "cursor,message,presence" });
    const free = await joined(server, { token: "*" });
    const bulk = Uint8Array.of(6, 1, 0);
    send(limited, bulk);
    send(free, bulk);
    for (const { client } of [limited, free, witness]) await client.settled();
    expect(witness.client.all("frame")).toHaveLength(1);
  }));

test("of what is sealed the class is enough, and the rest is for the receivers", () =>
  withGrants(async (server, witness) => {
    const viewer = await joined(server, { token: "" });
    send(viewer, Uint8Array.of(0x84, 0, 1, 2), Uint8Array.of(0x85, 1, 1), Uint8Array.of(0x83, 1));
    send(viewer, Uint8Array.of(0x82, 1, 1, 9));
    const writer = await joined(server, { token: "cursor,message:chat,presence" });
    send(writer, Uint8Array.of(0x84, 0, 1, 2), Uint8Array.of(0x85, 1, 1), Uint8Array.of(0x83, 1));
    for (const { client } of [viewer, writer, witness]) await client.settled();
    expect(witness.client.all("frame").map((bytes) => bytes[1])).toEqual([0x82, 0x84, 0x85, 0x83]);
    expect(server.stats().forbidden).toBe(3);
  }));
