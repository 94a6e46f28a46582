/** The signaling server inside somebody else's Node server. */
import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server as AppSocketServer } from "socket.io";
import { io } from "socket.io-client";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createSignalingServer } from "./server.ts";
import { joined, withServer } from "./test-client.ts";

async function withHttp(use: (http: HttpServer, port: number) => Promise<void>): Promise<void> {
  const http = createServer((_request, response) => response.end("the app"));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  try {
    await use(http, (http.address() as AddressInfo).port);
  } finally {
    http.closeAllConnections();
    http.close();
  }
}

test("it lives beside an app's own socket.io, WebSockets and pages", () =>
  withHttp(async (http, port) => {
    const app = new AppSocketServer(http);
    app.on("connection", (socket) => socket.emit("app", "hello"));
    const plain = new WebSocketServer({ noServer: true });
    http.on("upgrade", (request, socket, head) => {
      if (request.url === "/plain")
        plain.handleUpgrade(request, socket, head, (ws) => ws.send("hi"));
    });
    const server = createSignalingServer({ server: http, log: () => {} });
    await server.listen();
    expect(server.url).toBe(`http://127.0.0.1:${port}`);

    const { client } = await joined(server);
    const appClient = io(`http://127.0.0.1:${port}`, { transports: ["websocket"] });
    expect(await new Promise((resolve) => appClient.on("app", resolve))).toBe("hello");
    const plainClient = new WebSocket(`ws://127.0.0.1:${port}/plain`);
    expect(String((await once(plainClient, "message"))[0])).toBe("hi");
    for (const path of ["/", "/skein/"]) {
      expect(await (await fetch(`http://127.0.0.1:${port}${path}`)).text()).toBe("the app");
    }
    await client.settled();

    await server.close();
    await client.gone();
    // The app goes on, and nothing of ours is left in its server.
    expect(http.listening).toBe(true);
    expect(appClient.connected).toBe(true);
    appClient.close();
    plainClient.terminate();
    await app.close();
  }));

test("nothing of it stays behind in the server it lived in", () =>
  withHttp(async (http) => {
    const counts = () => http.eventNames().map((name) => [name, http.listenerCount(name)]);
    const before = counts();
    for (let i = 0; i < 3; i++) {
      const server = createSignalingServer({ server: http, log: () => {} });
      await server.listen();
      await joined(server);
      await server.close();
    }
    expect(counts()).toEqual(before);
  }));

test("it ends with the server it lives in", () =>
  withHttp(async (http) => {
    const server = createSignalingServer({ server: http, log: () => {} });
    await server.listen();
    const { client } = await joined(server);
    client.cut();
    http.close();
    await once(http, "close");
    expect(server.rooms()).toEqual([]);
    await expect(server.listen()).rejects.toThrow("closed");
  }));

test("an upgrade that nobody answers is refused, not left hanging", () =>
  withServer({}, async (server) => {
    const lost = new WebSocket(`${server.url?.replace("http", "ws")}/elsewhere`);
    const [error] = (await once(lost, "error")) as [Error];
    expect(error.message).toContain("404");
  }));

test("a person who opens its address learns what it is", () =>
  withServer({}, async (server) => {
    const response = await fetch(`${server.url}/skein/`);
    expect(response.status).toBe(426);
    expect((await fetch(`${server.url}/`)).status).toBe(404);
  }));

test("its path can be another one", () =>
  withServer({ path: "/live/skein" }, async (server) => {
    const { welcome } = await joined(server, {}, { path: "/live/skein" });
    expect(welcome.members).toEqual([]);
  }));

test("a port that is taken is an error of listen", () =>
  withServer({}, async (server) => {
    const port = server.address?.port ?? 0;
    const second = createSignalingServer({ port, log: () => {} });
    await expect(second.listen()).rejects.toMatchObject({
      code: "EADDRINUSE",
      message: expect.stringContaining(
        `port is ${port}; allowed: a port that nobody else listens on`,
      ),
    });
    await second.close();
  }));

test("one line says where it listens, and that it is open", async () => {
  const lines: string[] = [];
  await withServer({ log: (line) => lines.push(line) }, async (server) => {
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(server.url);
    expect(lines[0]).toContain("OPEN");
  });
});

test.each([
  [{ port: 70_000 }, "port is 70000"],
  [{ port: 1.5 }, "port is 1.5"],
  [{ path: "skein/" }, 'path is "skein/"'],
  [{ meshLimit: -1 }, "meshLimit is -1"],
  [{ policy: { paths: "turn" as "all" } }, 'policy.paths is "turn"'],
  [{ origins: ["https://app.example.com/"] }, 'origins is "https://app.example.com/"'],
  [{ origins: ["*"] }, 'origins is "*"'],
  [{ iceServers: [{ urls: "https://stun" }] }, 'iceServers is "https://stun"'],
  [{ turn: { urls: [], secret: "x" } }, "turn.urls"],
  [{ turn: { urls: ["turn:t?transport=sctp"], secret: "x" } }, "turn.urls is"],
  [{ turn: { urls: ["turn:t"], secret: "" } }, "turn.secret"],
  [{ turn: { urls: ["turn:t"], secret: "x", ttlSeconds: 1 } }, "turn.ttlSeconds is 1"],
])("an option that cannot be is named: %j", (options, message) => {
  const create = () => createSignalingServer(options);
  expect(create).toThrow(TypeError);
  expect(create).toThrow(message);
  expect(create).toThrow("allowed:");
});
