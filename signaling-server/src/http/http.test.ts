/** Health, metrics and the admin API as an orchestrator, Prometheus and a back end use them. */
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { FakeClock } from "../../../lib/src/fake-clock.ts";
import { later } from "../../../lib/src/room/later.ts";
import { FIRST_REPORT_MS } from "../../../lib/src/room/link-report.ts";
import { SkeinRoom } from "../../../lib/src/room/room.ts";
import { createSignalingServer, type SignalingServer } from "../server.ts";
import { joined, TestClient, urlOf, withServer } from "../test-client.ts";
import { bears } from "./token.ts";

const TOKEN = "correct-horse-battery-staple";
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };
const admin = { token: TOKEN };

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

async function ask(
  server: SignalingServer,
  path: string,
  { body, ...init }: Omit<RequestInit, "body"> & { body?: unknown } = {},
): Promise<Answer> {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(urlOf(server) + path, { ...init, ...json });
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  return {
    status: response.status,
    body: isJson && text !== "" ? JSON.parse(text) : text,
    headers: response.headers,
  };
}

/** As a back end asks. */
const order = (
  server: SignalingServer,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> => ask(server, `/admin${path}`, { method, headers: AUTHORIZED, body });

async function metrics(server: SignalingServer): Promise<string> {
  const { status, body, headers } = await ask(server, "/metrics");
  expect(status).toBe(200);
  expect(headers.get("content-type")).toContain("text/plain");
  return String(body);
}

function value(text: string, name: string): number {
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  expect({ name, line }).toEqual({ name, line: expect.any(String) });
  return Number(line?.split(" ").at(-1));
}

describe("health and readiness", () => {
  test("alive, ready, and no longer ready while it drains", () =>
    withServer({}, async (server) => {
      expect(await ask(server, "/health")).toMatchObject({ status: 200, body: { status: "ok" } });
      expect(await ask(server, "/ready")).toMatchObject({ status: 200 });
      const { client } = await joined(server);
      const drained = server.drain({ windowSeconds: 1, move: true });
      expect(await ask(server, "/ready")).toMatchObject({
        status: 503,
        body: { status: "unready", reason: "draining" },
      });
      expect((await ask(server, "/health")).status).toBe(200);
      client.cut();
      await drained;
    }));

  test("HEAD says the same without a body, and nothing else may be asked", () =>
    withServer({}, async (server) => {
      expect(await ask(server, "/ready", { method: "HEAD" })).toMatchObject({ status: 200 });
      const answer = await ask(server, "/ready", { method: "POST" });
      expect(answer).toMatchObject({
        status: 405,
        body: { error: { code: "method-not-allowed" } },
      });
      expect(answer.headers.get("allow")).toBe("GET, HEAD");
    }));
});

describe("metrics", () => {
  test("who is here, what was carried and who was refused", () =>
    withServer({}, async (server) => {
      const ada = await joined(server);
      const bob = await joined(server);
      ada.client.sendFrame({ kind: "others" }, Uint8Array.of(4, 0, 1, 2));
      ada.client.sendFrame({ kind: "others" }, Uint8Array.of(2, 1, 1, 2));
      ada.client.emit("report", { links: { direct: 2, relay: 1, server: 0 }, directMs: 420 });
      await ada.client.settled();
      await bob.client.settled();
      const text = await metrics(server);
      expect(value(text, "skein_rooms")).toBe(1);
      expect(value(text, "skein_members")).toBe(2);
      expect(value(text, "skein_sockets")).toBe(2);
      expect(value(text, "skein_ready")).toBe(1);
      expect(value(text, 'skein_frames_in_total{class="cursor"}')).toBe(1);
      expect(value(text, 'skein_frames_out_total{class="message"}')).toBe(1);
      // One byte of a route, or of a handle, and the frame.
      expect(value(text, 'skein_bytes_in_total{class="cursor"}')).toBe(5);
      expect(value(text, 'skein_bytes_out_total{class="cursor"}')).toBe(5);
      expect(value(text, 'skein_reported_links{path="direct"}')).toBe(2);
      expect(value(text, "skein_direct_path_seconds_sum")).toBe(0.42);
      expect(value(text, "skein_join_seconds_count")).toBe(2);
      expect(value(text, 'skein_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(
        0,
      );
      expect(value(text, 'skein_shed_total{class="cursor"}')).toBe(0);
      expect(value(text, "skein_stale_goodbyes_total")).toBe(0);

      ada.client.cut();
      await bob.client.next("away");
      const later = await metrics(server);
      expect(value(later, "skein_members_away")).toBe(1);
      expect(later).not.toContain('skein_reported_links{path="direct"}');
    }));

  test("every counter is told, and refusals by their reason", () =>
    withServer({ origins: ["https://app.example.com"] }, async (server) => {
      const client = new TestClient(
        urlOf(server),
        {},
        { headers: { origin: "https://evil.example.com" } },
      );
      await client.until(() => client.heard.find(({ name }) => name === "connect_error"));
      const text = await metrics(server);
      expect(value(text, 'skein_refused_total{reason="origin-not-allowed"}')).toBe(1);
      const numbers = Object.entries(server.stats()).filter(([, each]) => typeof each === "number");
      // Each but `sockets`, which is a gauge, is in a counter, by a label or by its own name.
      const told = text.split("\n").filter((line) => /^skein_\w+_total/.test(line));
      expect(told.length).toBeGreaterThan(numbers.length - 5);
    }));

  test("how the links of rooms that allow it run", () =>
    withServer({}, async (server) => {
      const clock = new FakeClock();
      const join = async (options: object) => {
        const seams = { clock, fetchLater: async () => ({ later }) };
        const room = new SkeinRoom("room", { server: urlOf(server), ...options }, seams);
        room.connect();
        await room.ready;
        return room;
      };
      const rooms = [
        await join({ paths: "server", reportPaths: true }),
        await join({ paths: "server", reportPaths: true }),
        await join({ paths: "server" }),
      ];
      await Promise.all(rooms.map((room) => room.waitFor(({ peers }) => peers.length === 2)));
      clock.advance(FIRST_REPORT_MS);
      await vi.waitFor(async () =>
        expect(value(await metrics(server), 'skein_reported_links{path="server"}')).toBe(4),
      );
      await Promise.all(rooms.map((room) => room.leave()));
    }));

  test("reports that cannot be are dropped", () =>
    withServer({}, async (server) => {
      const { client } = await joined(server);
      const good = { direct: 0, relay: 0, server: 1 };
      for (const report of [
        null,
        [],
        {},
        { links: null },
        { links: { ...good, direct: -1 } },
        { links: { ...good, relay: 1e9 } },
        { links: { ...good, server: "1" } },
        { links: good, directMs: -1 },
        { links: good, directMs: 1e12 },
      ]) {
        client.emitAnything("report", report);
      }
      await client.settled();
      expect(server.stats().malformedEvents).toBe(9);
      expect(await metrics(server)).not.toContain("skein_reported_links{");
    }));
});

describe("the admin API", () => {
  test("is not there without a token", () =>
    withServer({}, async (server) => {
      expect((await order(server, "GET", "/policy")).status).toBe(404);
    }));

  test.each([
    ["none", undefined],
    ["a wrong one", "Bearer wrong-horse-battery-staple"],
    ["one that begins alike", `Bearer ${TOKEN}r`],
    ["another scheme", `Basic ${Buffer.from(`admin:${TOKEN}`).toString("base64")}`],
    ["an empty one", "Bearer "],
    ["one that is much too long", `Bearer ${"x".repeat(8_000)}`],
  ])("refuses %s", (_, authorization) =>
    withServer({ admin }, async (server) => {
      for (const path of ["/admin/policy", "/admin", "/admin/nothing", "/metrics"]) {
        const headers = authorization === undefined ? {} : { authorization };
        const answer = await ask(server, path, { headers });
        expect(answer).toMatchObject({ status: 401, body: { error: { code: "unauthorized" } } });
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
        expect(JSON.stringify(answer.body)).not.toContain(TOKEN);
      }
    }),
  );

  test("compares tokens whole", () => {
    expect(bears(`Bearer ${TOKEN}`, TOKEN)).toBe(true);
    expect(bears(`bearer ${TOKEN}`, TOKEN)).toBe(true);
    for (const wrong of [undefined, "", TOKEN, `Bearer ${TOKEN} `, `Bearer ${TOKEN.slice(1)}`]) {
      expect(bears(wrong, TOKEN)).toBe(false);
    }
  });

  test("changes the policy of rooms that are open and of those to come", () =>
    withServer({ admin, policy: { paths: "all" } }, async (server) => {
      const ada = await joined(server);
      expect(ada.welcome.policy).toEqual({ paths: "all", meshLimit: 16 });
      expect(await order(server, "GET", "/policy")).toMatchObject({
        status: 200,
        body: { paths: "all", meshLimit: 16, cursorRate: 60 },
      });
      const changed = { paths: "relay", meshLimit: 0, cursorRate: 15 };
      const { cursorRate, ...rest } = changed;
      expect(
        await order(server, "PATCH", "/policy", { paths: "relay", meshLimit: 0 }),
      ).toMatchObject({
        status: 200,
        body: { ...rest, cursorRate: 60 },
      });
      expect(await ada.client.next("policy")).toEqual({ paths: "relay", meshLimit: 0 });
      expect(await ada.client.next("seat")).toEqual({ id: ada.id, seat: false });
      expect((await order(server, "PATCH", "/policy", { cursorRate })).body).toEqual(changed);
      const told = { ...rest, pace: 2 };
      expect(await ada.client.next("policy", ({ pace }) => pace !== undefined)).toEqual(told);
      const bob = await joined(server, { room: "another" });
      expect(bob.welcome.policy).toEqual(told);
      expect(server.policy).toEqual(changed);
      const start = { paths: "all", meshLimit: 16, cursorRate: 60 };
      expect((await order(server, "DELETE", "/policy")).body).toEqual(start);
      expect(await ada.client.next("policy", ({ paths }) => paths === "all")).toEqual({
        paths: "all",
        meshLimit: 16,
      });
      expect(server.policy).toEqual(start);
    }));

  test.each([
    [{ paths: "everything" }, 'policy.paths is "everything"; allowed: "all", "relay" or "server"'],
    [{ meshLimit: -1 }, "meshLimit is -1; allowed: a whole number from 0 to 64"],
    [{ meshLimit: "4" }, 'meshLimit is "4"'],
    [{ cursorRate: 0 }, "policy.cursorRate is 0"],
    [{ cursorRate: null }, "policy.cursorRate is null"],
    [{ cursorrate: 1 }, '"cursorrate" is no part of the policy'],
    [[], "The body must be a JSON object."],
    ["text", "The body must be a JSON object."],
  ])("refuses the policy %j and changes nothing", (body, message) =>
    withServer({ admin }, async (server) => {
      const answer = await order(server, "PATCH", "/policy", body);
      expect(answer).toMatchObject({ status: 400, body: { error: { code: "bad-request" } } });
      expect(JSON.stringify(answer.body)).toContain(JSON.stringify(message).slice(1, -1));
      expect(server.policy).toEqual({ paths: "all", meshLimit: 16, cursorRate: 60 });
    }),
  );

  test("lists rooms, page by page", () =>
    withServer({ admin }, async (server) => {
      for (const room of ["b", "a/b", "c d"]) await joined(server, { room });
      const { body } = await order(server, "GET", "/rooms?limit=2");
      expect(body).toEqual({
        total: 3,
        rooms: [
          { name: "a/b", members: 1, away: 0 },
          { name: "b", members: 1, away: 0 },
        ],
      });
      const rest = await order(server, "GET", "/rooms?limit=2&after=b");
      expect(rest.body).toEqual({ total: 3, rooms: [{ name: "c d", members: 1, away: 0 }] });
      expect((await order(server, "GET", "/rooms?after=z")).body).toEqual({ total: 3, rooms: [] });
      for (const limit of ["0", "-1", "1e9", "x"]) {
        expect((await order(server, "GET", `/rooms?limit=${limit}`)).status).toBe(400);
      }
    }));

  test.each([
    ["GET", "/nothing", 404, "not-found"],
    ["GET", "/rooms/a/members/b", 404, "not-found"],
    ["GET", "/rooms/%E0%A4%A/members", 400, "bad-request"],
    ["PUT", "/policy", 405, "method-not-allowed"],
  ])("%s %s is %i", (method, path, status, code) =>
    withServer({ admin }, async (server) => {
      expect(await order(server, method, path)).toMatchObject({
        status,
        body: { error: { code } },
      });
    }),
  );

  test("takes no more of a body than it needs", () =>
    withServer({ admin }, async (server) => {
      const { port } = new URL(urlOf(server));
      // Of unknown length, so that the limit is met while reading.
      const huge = request({ port, method: "PATCH", path: "/admin/policy", headers: AUTHORIZED });
      huge.on("error", () => {});
      const write = () => {
        while (!huge.destroyed && huge.write(Buffer.alloc(16_384, 32)));
      };
      huge.on("drain", write);
      write();
      const [response] = (await once(huge, "response")) as [IncomingMessage];
      expect(response.statusCode).toBe(413);
      expect(response.headers.connection).toBe("close");
      huge.destroy();
      expect((await order(server, "GET", "/policy")).status).toBe(200);
    }));

  test("goes, with the metrics, to a port of its own", () =>
    withServer(
      { admin: { token: TOKEN, port: 0 }, log: (line) => lines.push(line) },
      async (server) => {
        expect((await ask(server, "/metrics")).status).toBe(404);
        expect((await order(server, "GET", "/policy")).status).toBe(404);
        expect((await ask(server, "/health")).status).toBe(200);
        const port = / port=(\d+)/.exec(lines.join("\n"))?.[1];
        const apart = `http://127.0.0.1:${port}`;
        expect((await fetch(`${apart}/metrics`)).status).toBe(200);
        expect((await fetch(`${apart}/ready`)).status).toBe(200);
        expect((await fetch(`${apart}/admin/policy`)).status).toBe(401);
        expect((await fetch(`${apart}/admin/policy`, { headers: AUTHORIZED })).status).toBe(200);
        await server.close();
        await expect(fetch(`${apart}/health`)).rejects.toThrow();
      },
    ));
  const lines: string[] = [];

  test.each(["short", "with a space in it", "x".repeat(1025), ""])(
    "the token %j is none",
    (token) => {
      const make = () => createSignalingServer({ admin: { token } });
      expect(make).toThrow("admin.token is (hidden); allowed: one line of 16 to 1024");
    },
  );
});

test("inside an app's own server, below a path of the app's choice", async () => {
  const http = createServer((request, response) => {
    if (!server.handle(request, response, "/live")) response.end("the app");
  });
  const server = createSignalingServer({ server: http, admin, log: () => {} });
  await server.listen();
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;
  const text = async (path: string, headers = {}) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).text();
  expect(await text("/live/ready")).toContain('"ready"');
  expect(await text("/live/metrics", AUTHORIZED)).toContain("skein_rooms 0");
  expect(await text("/live/admin/policy", AUTHORIZED)).toContain('"meshLimit":16');
  for (const path of ["/health", "/metrics", "/admin/policy", "/live", "/lively/health"]) {
    expect(await text(path)).toBe("the app");
  }
  await server.close();
  http.closeAllConnections();
  http.close();
});
