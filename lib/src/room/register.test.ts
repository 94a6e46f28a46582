import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

/** An app that registers its types once. A program of its own: a registration holds for all of one. */
const app = `
import { createRoom, joinRoom, type Peer, type Room, type RoomOptions, type Status } from "skein";
import {
  RoomProvider,
  useLatest,
  useMessage,
  usePeer,
  usePeers,
  usePresence,
  useRoom,
  useRoomEvent,
  useRoomState,
  useSend,
} from "skein/react";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_T extends true>(): void => {};

interface Registered {
  presence: { name: string };
  messages: { chat: string };
  latest: { drag: { x: number } };
}
declare module "skein" {
  interface Register {
    room: Registered;
  }
}

const room = joinRoom("r", { presence: { name: "Ada" } });
room.onMessage("chat", ({ data, peer }) => {
  is<Equal<typeof data, string>>();
  is<Equal<typeof peer, Peer>>();
  is<Equal<typeof peer.presence, Registered["presence"]>>();
});
export const options: RoomOptions = { presence: { name: "Ada" } };
export const peers: readonly Peer<Registered>[] = room.getSnapshot().peers;

// @ts-expect-error: presence has a required key
createRoom("r");
// @ts-expect-error: no such message
room.onMessage("chatt", () => {});
// @ts-expect-error: of another type
void room.send("chat", 5);
// @ts-expect-error: misspelt
room.setPresence({ nam: "Ada" });

// A type argument goes before what is registered.
const other = joinRoom<{ messages: { ping: undefined } }>("r");
void other.send("ping");

export function Hooks() {
  const room = useRoom();
  is<Equal<typeof room, Room>>();
  const status = useRoomState((now) => now.status);
  is<Equal<typeof status, Status>>();
  const peers = usePeers();
  is<Equal<typeof peers, readonly Peer[]>>();
  const names = usePeers((all) => all.map((peer) => peer.presence.name), (a, b) => a.length === b.length);
  is<Equal<typeof names, string[]>>();
  const peer = usePeer("id");
  is<Equal<typeof peer, Peer | null>>();
  const name = usePeer("id", (one) => one.presence.name);
  is<Equal<typeof name, string | null>>();
  // @ts-expect-error: misspelt
  usePeers((all) => all[0]?.presence.nam);

  const [presence, setPresence] = usePresence();
  is<Equal<typeof presence, Registered["presence"]>>();
  setPresence((now) => ({ name: now.name + "!" }));
  // @ts-expect-error: misspelt
  setPresence({ nam: "Ada" });

  useMessage("chat", ({ data, peer }) => {
    is<Equal<typeof data, string>>();
    is<Equal<typeof peer, Peer>>();
  });
  // @ts-expect-error: no such message
  useMessage("chatt", () => {});
  const send = useSend();
  void send("chat", "hello", { to: "id" });
  // @ts-expect-error: of another type
  void send("chat", 5);
  const drag = useLatest("drag", ({ data }) => is<Equal<typeof data, { x: number }>>());
  drag({ x: 1 }, { key: "k" });
  // @ts-expect-error: of another type
  drag({ y: 1 });
  useRoomEvent("leave", ({ peer }) => is<Equal<typeof peer, Peer>>());

  RoomProvider({ name: "r", presence: { name: "Ada" }, paths: "server" });
  RoomProvider({ room });
  // @ts-expect-error: presence has a required key
  RoomProvider({ name: "r" });
  // @ts-expect-error: a room is already of some name
  RoomProvider({ room, name: "r" });
}

interface Other {
  messages: { ping: undefined };
}
export function OtherHooks() {
  useMessage<"ping", Other>("ping", ({ data }) => is<Equal<typeof data, undefined>>());
  void useSend<Other>()("ping");
  RoomProvider<Other>({ name: "r" });
}
`;

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What the compiler has to say; "" when nothing. */
async function compile(...parameters: string[]): Promise<string> {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  return promisify(execFile)(process.execPath, [tsc, ...parameters]).then(
    () => "",
    (error: { readonly stdout: string }) => error.stdout,
  );
}

test("types registered once hold for every room of an app", { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "skein-register-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const types = join(folder, "types");
  expect(await compile("-p", join(root, "lib/tsconfig.build.json"), "--outDir", types)).toBe("");
  await writeFile(join(folder, "app.ts"), app);
  const config = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      types: [],
      paths: {
        skein: [join(types, "index.d.ts")],
        "skein/react": [join(types, "react/index.d.ts")],
        react: [join(root, "node_modules/@types/react")],
        "@standard-schema/spec": [join(root, "node_modules/@standard-schema/spec")],
      },
    },
    files: ["app.ts"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  expect(await compile("-p", folder)).toBe("");
});
