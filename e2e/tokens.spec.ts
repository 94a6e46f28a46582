/** Room tokens in browsers whose rooms are on three servers: who may do what, on every path. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { type MintOptions, mintToken } from "../signaling-server/src/access/mint.ts";
import {
  buildNode,
  NodeProcess,
  removeBuild,
} from "../signaling-server/src/cluster/node-process.ts";
import { RedisProcess } from "../signaling-server/src/cluster/redis-process.ts";
import { expect, joinRoom, keepLog, logOf, settled, test } from "./library.ts";

const SECRET = "a secret of more than thirty-two bytes";
const ADMIN_TOKEN = "admin-token-of-tests";
/** Short, so that several are needed within a test. */
const TTL_SECONDS = 4;

let folder: string;
let redis: RedisProcess;
let nodes: NodeProcess[];

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "skein-tokens-"));
  writeFileSync(join(folder, "secret"), SECRET);
  writeFileSync(join(folder, "admin"), ADMIN_TOKEN);
  [redis] = await Promise.all([RedisProcess.start(), buildNode()]);
  const settings = [
    `--token-secret-file=${join(folder, "secret")}`,
    `--admin-token-file=${join(folder, "admin")}`,
    "--require-auth",
  ];
  nodes = await Promise.all([0, 1, 2].map(() => NodeProcess.start(redis.url, settings)));
});

test.afterAll(async () => {
  await Promise.all(nodes.map((node) => node.end("SIGKILL")));
  await redis.kill();
  removeBuild();
  rmSync(folder, { recursive: true });
});

const mint = (room: string, id: string, more: Partial<MintOptions> = {}) =>
  mintToken({ secret: SECRET, room, user: { id, name: `${id}'s name` }, ...more });

const url = (node: number) => nodes[node]?.url ?? "";

/** What sending a message comes to: "sent", or the error's code. */
const tryToSend = (page: Page, data: string) =>
  page.evaluate(async (data) => {
    try {
      await window.skein.room?.send("chat", data);
      return "sent";
    } catch (error) {
      return error instanceof window.skein.SkeinError ? error.code : String(error);
    }
  }, data);

for (const paths of ["all", "server"] as const) {
  test(`a viewer looks on, and whoever is removed on one server is gone on all (paths: ${paths})`, async ({
    openTab,
    otherBrowser,
    roomName,
  }) => {
    const [ada, vic] = [await openTab(), await openTab({ browser: otherBrowser })];
    await joinRoom(ada, roomName, { server: url(0), paths, token: await mint(roomName, "ada") });
    const token = await mint(`${roomName}*`, "vic", { grants: [] });
    const vicId = await joinRoom(vic, roomName, { server: url(1), paths, token });
    await Promise.all(
      [ada, vic].map((tab) => settled(tab, paths === "all" ? "direct" : "server", 1)),
    );
    await Promise.all([ada, vic].map(keepLog));
    const seen = await ada.evaluate(() => {
      const peer = window.skein.room?.getSnapshot().peers[0];
      return [peer?.user, peer?.can("message"), peer?.can("cursor")];
    });
    expect(seen).toEqual([{ id: "vic", name: "vic's name" }, false, false]);
    expect(await tryToSend(vic, "hello")).toBe("no-grant");
    expect(await tryToSend(ada, "hello")).toBe("sent");
    expect(await logOf(vic)).toEqual(["hello"]);

    const response = await fetch(`${url(2)}/admin/rooms/${roomName}/users/vic`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(await response.json()).toEqual({ removed: 1 });
    await expect.poll(() => logOf(ada)).toEqual([`leave ${vicId} removed`]);
    const end = await vic.evaluate(async () => {
      const { room } = window.skein;
      await room?.waitFor(({ status }) => status === "closed");
      return room?.getSnapshot().error?.code;
    });
    expect(end).toBe("removed");
  });
}

test("tokens are renewed over the open socket: nothing is interrupted, and what was taken away is gone", {
  tag: "@one-browser",
}, async ({ openTab, roomName }) => {
  const [ada, bob] = [await openTab(), await openTab()];
  await joinRoom(ada, roomName, { server: url(0), token: await mint(roomName, "ada") });
  await keepLog(ada);
  let minted = 0;
  await bob.exposeFunction("mint", () => {
    minted++;
    const grants = minted < 3 ? {} : { grants: ["cursor"] as const };
    return mint(roomName, "bob", { ttlSeconds: TTL_SECONDS, ...grants });
  });
  await bob.evaluate(
    async ([name, server]) => {
      const token = () => (window as unknown as { mint(): Promise<string> }).mint();
      const room = window.skein.joinRoom(name, { server, token });
      window.skein.room = room;
      room.on("status", ({ status }) => window.skein.log.push(status));
      await room.ready;
    },
    [roomName, url(1)] as const,
  );
  expect(await tryToSend(bob, "hello")).toBe("sent");
  await bob.evaluate(() => window.skein.room?.waitFor(() => !window.skein.room?.can("message")));
  expect(minted).toBe(3);
  expect(await tryToSend(bob, "hello again")).toBe("no-grant");
  expect(await logOf(bob)).toEqual(["connected"]);
  await expect
    .poll(() => ada.evaluate(() => window.skein.room?.getSnapshot().peers[0]?.can("message")))
    .toBe(false);
  const [join, ...rest] = await logOf(ada);
  expect(join).toMatch(/^join /);
  expect(rest).toEqual(["hello"]);
});

for (const [what, code, token] of [
  ["none", "unauthorized", () => undefined],
  ["one of another room", "token-wrong-room", () => mint("elsewhere", "eve")],
  [
    "one that somebody else signed",
    "token-invalid",
    (room: string) => mint(room, "eve", { secret: "x".repeat(32) }),
  ],
] as const) {
  test(`no token that holds: ${what}`, async ({ openTab, roomName }) => {
    const tab = await openTab();
    const shown = await token(roomName);
    const outcome = tab.evaluate(
      async ([name, server, token]) => {
        const room = window.skein.joinRoom(name, { server, ...(token && { token }) });
        const error = await room.ready.then(
          () => undefined,
          (error: unknown) => error,
        );
        return error instanceof window.skein.SkeinError ? error.code : error;
      },
      [roomName, url(0), shown] as const,
    );
    expect(await outcome).toBe(code);
  });
}
