import { afterEach, expect, test } from "vitest";
import { createSignalingServer } from "../../../signaling-server/src/index.ts";
import { joinRoom } from "../index.ts";

test("two rooms meet", async () => {
  const server = createSignalingServer({ port: 0, host: "127.0.0.1" });
  await server.listen();
  const url = server.url ?? "";
  const a = joinRoom("r", { server: url, presence: { name: "A" } });
  await a.ready;
  const b = joinRoom("r", { server: url, presence: { name: "B" } });
  await b.ready;
  expect(b.getSnapshot().peers[0]?.presence).toEqual({ name: "A" });
  const peer = await a.waitFor((s) => s.peers[0]);
  expect(peer.presence).toEqual({ name: "B" });
  const got: unknown[] = [];
  b.onMessage("chat", ({ data }) => got.push(data));
  const cursors: unknown[] = [];
  b.on("cursor", ({ samples }) => cursors.push(...samples));
  const sent = await Promise.all([
    a.send("chat", "1"),
    a.send("chat", { two: 2 }),
    a.send("chat", new Uint8Array([3]), { to: peer.id }),
    a.send("chat", "x".repeat(200_000)),
  ]);
  expect(sent).toEqual([{ missed: [] }, { missed: [] }, { missed: [] }, { missed: [] }]);
  expect(got).toEqual(["1", { two: 2 }, new Uint8Array([3]), "x".repeat(200_000)]);
  a.moveCursor({ x: 0.5, y: 0.25 });
  await new Promise((r) => b.on("cursor", r));
  expect(b.cursorOf(a.getSnapshot().self?.id ?? "")).toMatchObject({ x: 0.5, y: 0.25 });
  console.log(JSON.stringify(a.stats()));
  await a.leave();
  await b.waitFor((s) => s.peers.length === 0);
  await b.leave();
  await server.close();
});
