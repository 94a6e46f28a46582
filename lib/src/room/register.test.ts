import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

/** An app that registers its types once. A program of its own: a registration holds for all of one. */
const app = `
import { createRoom, joinRoom, type Peer, type RoomOptions } from "skein";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_T extends true>(): void => {};

interface Registered {
  presence: { name: string };
  messages: { chat: string };
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
        "@standard-schema/spec": [join(root, "node_modules/@standard-schema/spec")],
      },
    },
    files: ["app.ts"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  expect(await compile("-p", folder)).toBe("");
});
