import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { checkOptions } from "./options.ts";
import { Sockets } from "./sockets.ts";
import { createStats } from "./stats.ts";

test("a CONNECT that trips the server costs its own socket", async () => {
  const stats = createStats();
  const sockets = new Sockets(checkOptions({ log: () => {} }), stats, {
    check: () => {
      throw new Error("a mistake of ours");
    },
    admit: () => {},
  });
  const http = createServer().listen(0, "127.0.0.1");
  http.on("upgrade", (request, socket, head) => sockets.upgrade(request, socket as Socket, head));
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}/skein/?EIO=4&transport=websocket`);
  await once(client, "open");
  const gone = once(client, "close");
  client.send("40{}");
  await gone;
  expect(stats.errors).toBe(1);
  await sockets.close();
  http.close();
});
