/**
 * The types as an app meets them: what DESIGN.md shows compiles under strict, and its misuses do not.
 * Compiled by `npm run check`, never run. `Register` has a program of its own: register.test.ts.
 */
import * as v from "valibot";
import { z } from "zod";
import { createRoom, joinRoom, type Peer, type Room, type SkeinError } from "../index.ts";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_T extends true>(): void => {};

// --- Untyped: everything goes in, `unknown` comes out.
export function untyped(): void {
  const room = joinRoom("design-42");
  joinRoom("design-42", { presence: { name: "Ada" }, server: "https://a.example", paths: "relay" });
  room.onMessage("chat", ({ data, peer }) => {
    is<Equal<typeof data, unknown>>();
    is<Equal<typeof peer, Peer>>();
  });
  room.onLatest("drag", ({ data, key }) => {
    is<Equal<typeof data, unknown>>();
    is<Equal<typeof key, string>>();
  });
  void room.send("ping");
  void room.send("chat", "hello", { to: ["id"] });
  room.setPresence({ anything: 1 });
  is<Equal<typeof room.size, number>>();
  room.setInterest({ surface: ["a", "b"], peers: ["id"] });
  room.setInterest(null);
  // @ts-expect-error: it is called surface, also where there are several
  room.setInterest({ surfaces: ["a"] });
  room.on("cursor", () => {}, { surface: "a" });
  const name = room.getSnapshot().peers[0]?.presence["name"];
  is<Equal<typeof name, unknown>>();
  // @ts-expect-error: an option that is not built yet is absent from the types
  joinRoom("design-42", { secret: "s" });
  // @ts-expect-error: no such path
  joinRoom("design-42", { paths: "direct" });
  // @ts-expect-error: a room has a name
  joinRoom();
  // @ts-expect-error: presence is an object
  joinRoom("design-42", { presence: "Ada" });
  // @ts-expect-error: a misspelt option
  createRoom("design-42", { presense: {} });
}

// --- A type argument. Plain interfaces, without index signatures.
interface Selection {
  name: string;
  selection?: string;
}
interface Messages {
  chat: string;
  ping: undefined;
  note: { text: string } | undefined;
  move: { id: string; to: { x: number; y: number } };
}
interface Latest {
  drag: { id: string; x: number; y: number };
}
interface Board {
  presence: Selection;
  messages: Messages;
  latest: Latest;
  user: { id: string; role: "owner" | "guest" };
}

export async function typed(): Promise<void> {
  const room = joinRoom<Board>("design-42", { presence: { name: "Ada" } });
  is<Equal<typeof room, Room<Board>>>();
  // @ts-expect-error: presence has a required key, so it must be given
  joinRoom<Board>("design-42");
  // @ts-expect-error: the same with other options
  joinRoom<Board>("design-42", { paths: "all" });
  // @ts-expect-error: the required key
  joinRoom<Board>("design-42", { presence: { selection: "a7" } });
  // @ts-expect-error: a misspelt key of presence
  joinRoom<Board>("design-42", { presence: { name: "Ada", selektion: "a7" } });
  // @ts-expect-error: a misspelt key of the types, alone
  joinRoom<{ presense: Selection }>("design-42");
  // @ts-expect-error: a misspelt key of the types, beside good ones
  joinRoom<{ presence: { name?: string }; mesages: Messages }>("design-42");
  joinRoom<{ presence: { name?: string } }>("design-42");

  room.setPresence({ selection: "a7" });
  room.setPresence((now) => ({ selection: now.name }));
  // @ts-expect-error: misspelt
  room.setPresence({ selektion: "a7" });
  // @ts-expect-error: of another type
  room.setPresence({ selection: 7 });
  // @ts-expect-error: misspelt in what a function returns
  room.setPresence(() => ({ selektion: "a7" }));

  const { missed } = await room.send("chat", "hello", { to: "id" });
  is<Equal<typeof missed, readonly string[]>>();
  void room.send("ping");
  void room.send("ping", undefined, { to: "id" });
  void room.send("note");
  void room.send("note", { text: "hi" });
  // @ts-expect-error: no such message
  void room.send("chatt", "hello");
  // @ts-expect-error: of another type
  void room.send("chat", 5);
  // @ts-expect-error: its data may not be left out
  void room.send("chat");
  // @ts-expect-error: a misspelt key of a message
  void room.send("move", { id: "a", too: { x: 0, y: 0 } });
  // @ts-expect-error: a misspelt option
  void room.send("chat", "hello", { two: "id" });

  room.onMessage("chat", ({ data }) => is<Equal<typeof data, string>>());
  room.onMessage("move", ({ data, peer }) => {
    is<Equal<typeof data.to, { x: number; y: number }>>();
    is<Equal<typeof peer.presence, Selection>>();
  });
  // @ts-expect-error: no such message
  room.onMessage("chatt", () => {});
  // @ts-expect-error: narrowed to string
  room.onMessage("chat", ({ data }: { data: number }) => data);

  room.sendLatest("drag", { id: "a", x: 1, y: 2 }, { key: "a" });
  // @ts-expect-error: no such value
  room.sendLatest("drug", { id: "a", x: 1, y: 2 });
  // @ts-expect-error: a key is missing
  room.sendLatest("drag", { id: "a", x: 1 });
  room.onLatest("drag", ({ data }) => is<Equal<typeof data, Latest["drag"]>>());

  const off: () => void = room.on("join", ({ peer }) => {
    is<Equal<typeof peer.user, Board["user"] | null>>();
    // @ts-expect-error: snapshots are immutable
    peer.color = "#000000";
  });
  off();
  room.on("error", ({ error }) => is<Equal<typeof error, SkeinError>>());
  // @ts-expect-error: no such event
  room.on("joined", () => {});
  room.watch(
    (s) => s.peers.length,
    (now, before) => is<Equal<[typeof now, typeof before], [number, number]>>(),
  );
  const found = await room.waitFor((s) => s.peers.find((p) => p.path === "direct"));
  is<Equal<typeof found, Peer<Board>>>();
}

// --- Only some of the types: the rest stays untyped.
export function partly(): void {
  const room = joinRoom<{ presence: { name: string } }>("r", { presence: { name: "Ada" } });
  room.onMessage("any", ({ data }) => is<Equal<typeof data, unknown>>());
  void room.send("any", 1);
}

// --- A schema: inferred.
export function withSchema(): void {
  const room = joinRoom("design-42", {
    schema: {
      presence: z.object({ name: z.string(), selection: z.string().optional() }),
      messages: { chat: z.string(), ping: z.undefined(), move: v.object({ x: v.number() }) },
      latest: { drag: v.object({ id: v.string() }) },
    },
    presence: { name: "Ada" },
  });
  room.onMessage("chat", ({ data }) => is<Equal<typeof data, string>>());
  room.onMessage("move", ({ data, peer }) => {
    is<Equal<typeof data, { x: number }>>();
    is<Equal<typeof peer.presence.name, string>>();
  });
  room.onLatest("drag", ({ data }) => is<Equal<typeof data, { id: string }>>());
  void room.send("ping");
  // @ts-expect-error: no such message
  void room.send("chatt", "hello");
  // @ts-expect-error: of another type
  void room.send("chat", 5);
  // @ts-expect-error: misspelt
  room.setPresence({ nam: "Ada" });
  // @ts-expect-error: presence has a required key
  joinRoom("r", { schema: { presence: z.object({ name: z.string() }) } });
  joinRoom("r", { schema: { messages: { chat: z.string() } } });
  // @ts-expect-error: no schema
  joinRoom("r", { schema: { messages: { chat: "string" } } });
  // @ts-expect-error: a misspelt part of the schema
  joinRoom("r", { schema: { mesages: { chat: z.string() }, latest: {} } });
}
