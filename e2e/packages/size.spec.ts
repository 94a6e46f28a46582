import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { repository, run } from "./commands.ts";

/** An app waits for this much before it can join, in bytes; socket.io-client as it comes is 13 kB. */
const MAX_FIRST_BYTES = 28_000;
/** What only WebRTC needs, simple-peer above all, and a joined room; it loads while the handshake runs. */
const MAX_LAZY_BYTES = 32_000;

interface Use {
  readonly name: string;
  readonly first: number;
  readonly lazy: number;
  readonly firstModules: readonly string[];
  readonly lazyModules: readonly string[];
  readonly firstCode: string;
  readonly lazyCode: string;
}
interface Sizes {
  readonly measured: readonly [joinRoom: Use, ...Use[]];
  readonly table: string;
  readonly readmeTable: string;
}

let sizes: Sizes;
test.beforeAll(async () => {
  sizes = JSON.parse(await run("node", ["scripts/size.mjs", "--json"], repository)) as Sizes;
});

test("joining costs an app at most 28 kB before it runs, min+gzip", () => {
  const [joinRoom] = sizes.measured;
  expect(joinRoom.first).toBeLessThanOrEqual(MAX_FIRST_BYTES);
  // One of socket.io-client's own words: it is in what was weighed.
  expect(joinRoom.firstCode).toContain("io server disconnect");
});

test("WebRTC comes in a chunk of its own of at most 32 kB", () => {
  const [joinRoom] = sizes.measured;
  // simple-peer's own words.
  expect(joinRoom.lazyCode).toContain("ERR_WEBRTC_SUPPORT");
  expect(joinRoom.firstCode).not.toContain("ERR_WEBRTC_SUPPORT");
  expect(joinRoom.lazy).toBeLessThanOrEqual(MAX_LAZY_BYTES);
  // Nor does what bundlers need for CommonJS, as only simple-peer is, wait in the first one.
  expect(joinRoom.lazyCode).toContain("__esModule");
  expect(joinRoom.firstCode).not.toContain("__esModule");
});

test("what a room needs only once it is joined comes beside the handshake too", () => {
  const [{ firstModules, lazyModules }] = sizes.measured;
  for (const file of ["signaling/tokens", "signaling/move", "room/enforcement", "room/attention"]) {
    expect(lazyModules).toContain(`lib/src/${file}.ts`);
    expect(firstModules).not.toContain(`lib/src/${file}.ts`);
  }
});

/** Parts of the library that only those who import them pay for. */
const PARTS = ["avatars", "cursor", "react", "element", "shared-room", "inspector", "testing"];
const partOf = (part: string) => (module: string) => module.startsWith(`lib/src/${part}/`);

test("joinRoom alone brings none of the parts that it does without", () => {
  const [joinRoom, ...others] = sizes.measured;
  const modules = [...joinRoom.firstModules, ...joinRoom.lazyModules];
  expect(modules).toContain("lib/src/room/room.ts");
  expect(modules).toContain("lib/src/path/webrtc.ts");
  for (const part of PARTS) expect(modules.filter(partOf(part)), part).toEqual([]);
  expect(modules.filter((module) => module.startsWith("node_modules/react"))).toEqual([]);
  // They would be seen: whoever imports them has them.
  const theirs = others.flatMap(({ firstModules }) => firstModules);
  for (const part of PARTS) expect(theirs.filter(partOf(part)), part).not.toEqual([]);
  // The overlay's element and its style sheets: nothing else in the library draws.
  expect(others[0]?.firstCode).toContain("adoptedStyleSheets");
  expect(joinRoom.firstCode).not.toContain("adoptedStyleSheets");
});

test("every folder beside the core is one of the parts", async () => {
  // What `joinRoom` is made of.
  const core = ["link", "path", "room", "signaling", "wire"];
  const entries = await readdir(join(repository, "lib/src"), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(folders.sort()).toEqual([...core, ...PARTS].sort());
});

test("React's hooks alone bring no cursor that is drawn", () => {
  const hooks = sizes.measured.find(({ name }) => name.includes("hooks"));
  expect(hooks?.firstModules.filter(partOf("react"))).not.toEqual([]);
  expect(hooks?.firstModules.filter(partOf("cursor"))).toEqual([]);
});

test("README.md says what was measured", () => {
  expect(sizes.readmeTable, "run `npm run size -- --write`").toBe(sizes.table);
});
