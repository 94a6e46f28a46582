import { createServer, type Server as HttpServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { joined, newKey, TestClient, urlOf, withServer } from "../test-client.ts";
import { AccessError, type AuthenticateRequest } from "./access.ts";
import { MAX_AUTHENTICATING } from "./authentication.ts";

const HOUR_MS = 3_600_000;

test("vouches for what authenticate returns, in the welcome and to the others", () =>
  withServer(
    {
      authenticate: ({ token }) => ({
        user: { id: `u-${token}`, name: "Ada", team: 7 },
        grants: ["cursor", "message:chat"],
      }),
    },
    async (server) => {
      const a = await joined(server, { token: "a" });
      expect(a.welcome.self).toMatchObject({
        user: { id: "u-a", name: "Ada", team: 7 },
        grants: ["cursor", "message:chat"],
      });
      expect(a.welcome).not.toHaveProperty("ttlSeconds");
      const b = await joined(server, { token: "b" });
      expect(b.welcome.members[0]).toMatchObject({ user: { id: "u-a" }, id: a.id });
      expect(await a.client.next("joined")).toMatchObject({ id: b.id, user: { id: "u-b" } });
    },
  ));

test("is asked with the room, the token, the cookies of a page under the same host, and an address", () =>
  withServer({ authenticate: vi.fn(() => ({})) }, async (server) => {
    const asked: AuthenticateRequest[] = [];
    await withServer(
      {
        authenticate: (request) => {
          asked.push(request);
          return {};
        },
      },
      async (inner) => {
        const { host } = new URL(urlOf(inner));
        const headers = { cookie: "sid=s%201; other=2; sid=later", origin: `http://${host}` };
        await joined(inner, { room: "kitchen", token: "t" }, { headers });
      },
    );
    expect(server.stats().sockets).toBe(0);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ room: "kitchen", token: "t", address: "127.0.0.1" });
    expect({ ...asked[0]?.cookies }).toEqual({ sid: "s 1", other: "2" });
    expect(asked[0]?.headers["user-agent"] ?? "").toBeTypeOf("string");
  }));

test("cookies of a page from elsewhere are nobody's, unless origins names it", async () => {
  const seen: unknown[] = [];
  const authenticate = ({ cookies, headers }: AuthenticateRequest) => {
    seen.push([cookies["sid"], headers.cookie]);
    return {};
  };
  const headers = { cookie: "sid=1", origin: "https://evil.example" };
  await withServer({ authenticate }, async (server) => {
    await joined(server, {}, { headers });
  });
  await withServer({ authenticate, origins: ["https://evil.example"] }, async (server) => {
    await joined(server, {}, { headers });
  });
  expect(seen).toEqual([
    [undefined, undefined],
    ["1", "sid=1"],
  ]);
});

test("an AccessError tells the client why; whatever else is thrown stays in the log", async () => {
  const lines: string[] = [];
  await withServer(
    {
      log: (line) => lines.push(line),
      authenticate: async ({ token }) => {
        if (token === "private") throw new AccessError("This board is private.");
        if (token === "later") throw new AccessError("Too many people.", "auth-unavailable");
        throw new Error("password of the database is 1234");
      },
    },
    async (server) => {
      const refusal = (token: string) => new TestClient(urlOf(server), { token }).refusal();
      expect(await refusal("private")).toEqual({
        code: "unauthorized",
        message: "This board is private.",
      });
      expect(await refusal("later")).toMatchObject({ code: "auth-unavailable" });
      const neutral = await refusal("x");
      expect(neutral.code).toBe("unauthorized");
      expect(neutral.message).not.toContain("1234");
      expect(lines.join("\n")).toContain("password of the database is 1234");
      expect(server.stats().refused).toEqual({ unauthorized: 2, "auth-unavailable": 1 });
      expect(server.stats().authenticationErrors).toBe(2);
      expect(server.rooms()).toEqual([]);
    },
  );
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["true", true],
  ["a user whose id is a number", { user: { id: 5 } }],
  ["a grant that does not exist", { grants: ["curser"] }],
  ["an expiry in seconds", { expires: 1_900_000_000 }],
  ["a user that is too large", { user: { id: "a", about: "x".repeat(5000) } }],
])("%s is no consent", (_what, answer) =>
  withServer({ authenticate: () => answer as never }, async (server) => {
    expect(await new TestClient(urlOf(server)).refusal()).toMatchObject({ code: "unauthorized" });
    expect(server.stats().authenticationErrors).toBe(1);
  }),
);

test("what has expired already is refused with its code", () =>
  withServer({ authenticate: () => ({ expires: Date.now() - 1 }) }, async (server) => {
    expect(await new TestClient(urlOf(server)).refusal()).toMatchObject({ code: "token-expired" });
  }));

test("an answer that does not come is given up, and its signal aborted", () => {
  let given: AbortSignal | undefined;
  return withServer(
    {
      timings: { authenticateMs: 30 },
      authenticate: ({ signal }) => {
        given = signal;
        return new Promise(() => {});
      },
    },
    async (server) => {
      const client = new TestClient(urlOf(server));
      expect(await client.refusal()).toMatchObject({ code: "auth-unavailable" });
      expect(given?.aborted).toBe(true);
      expect(server.stats().authenticationsLate).toBe(1);
    },
  );
});

test("a socket that goes away meanwhile is forgotten", () => {
  let answer: (() => void) | undefined;
  let given: AbortSignal | undefined;
  return withServer(
    {
      authenticate: ({ signal }) => {
        given = signal;
        return new Promise((resolve) => {
          answer = () => resolve({});
        });
      },
    },
    async (server) => {
      const client = new TestClient(urlOf(server));
      await vi.waitFor(() => expect(answer).toBeDefined());
      client.socket.disconnect();
      await vi.waitFor(() => expect(given?.aborted).toBe(true));
      answer?.();
      await new Promise((done) => setImmediate(done));
      expect(server.rooms()).toEqual([]);
      expect(server.stats().sockets).toBe(0);
    },
  );
});

test("asks no more than so many at once, and tells the others to come again", async () => {
  const { Authentication } = await import("./authentication.ts");
  const { createStats } = await import("../stats.ts");
  const { FakeClock } = await import("../../../lib/src/fake-clock.ts");
  let pending = 0;
  const stats = createStats();
  const authentication = new Authentication({
    trustProxy: 0,
    authenticate: () => {
      pending++;
      return new Promise(() => {});
    },
    origins: undefined,
    clock: new FakeClock(),
    wallNow: Date.now,
    log: { warn: () => {}, error: () => {} },
    stats,
  });
  const applicant = {
    request: { headers: {}, socket: {} } as never,
    room: "r",
    token: undefined,
  };
  const ask = () => authentication.ask(applicant, new AbortController().signal);
  for (let i = 0; i < MAX_AUTHENTICATING; i++) void ask();
  expect(await ask()).toMatchObject({ refusal: { code: "auth-unavailable" } });
  await vi.waitFor(() => expect(pending).toBe(MAX_AUTHENTICATING));
  expect(stats.authenticationsLimited).toBe(1);
});

test("the open server says so, one that asks does not, and requireAuth takes no open one", async () => {
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  await withServer({ log }, async () => {});
  await withServer({ log, authenticate: () => ({}), requireAuth: true }, async () => {});
  expect(lines[0]).toMatch(/OPEN: no authentication/);
  expect(lines[1]).not.toMatch(/OPEN/);
  await expect(withServer({ requireAuth: true }, async () => {})).rejects.toThrow(/requireAuth/);
});

test("a known id that comes back as another user is a leave and a join", () =>
  withServer({ authenticate: ({ token }) => ({ user: { id: token ?? "" } }) }, async (server) => {
    const witness = await joined(server, { token: "witness" });
    const key = newKey();
    const ada = await joined(server, { key, token: "ada" });
    const bob = await joined(server, {
      key,
      token: "bob",
      generation: 2,
      join: ada.welcome.self.join,
    });
    expect(bob.id).toBe(ada.id);
    expect(bob.welcome.resumed).toBe(false);
    expect(await ada.client.next("refused")).toMatchObject({ code: "replaced" });
    await witness.client.next("joined", ({ user }) => user?.id === "bob");
    expect(witness.client.story).toEqual(["welcome", "joined", "left", "joined"]);
  }));

test("nobody takes an id by knowing it, nor comes back as an older generation of itself", () =>
  withServer({ authenticate: () => ({ user: { id: "u" } }) }, async (server) => {
    const key = newKey();
    const ada = await joined(server, { key, generation: 5 });
    // The id follows from the key alone: whoever has only the id and the join number is somebody else.
    const thief = await joined(server, { join: ada.welcome.self.join, generation: 6 });
    expect(thief.id).not.toBe(ada.id);
    expect(thief.welcome.resumed).toBe(false);
    for (const generation of [5, 4, 1]) {
      const late = new TestClient(urlOf(server), { key, generation });
      expect(await late.refusal()).toMatchObject({ code: "stale-generation" });
    }
    expect(server.stats().refused).toEqual({ "stale-generation": 3 });
    expect(ada.client.closed).toBe(false);
  }));

test("a resume with other grants or another name is told to the others, and is no join", () => {
  let name = "Ada";
  return withServer(
    { authenticate: ({ token }) => ({ user: { id: token ?? "", name }, grants: ["cursor"] }) },
    async (server) => {
      const witness = await joined(server, { token: "witness" });
      const key = newKey();
      const ada = await joined(server, { key, token: "ada" });
      name = "Ada Lovelace";
      await joined(server, { key, token: "ada", generation: 2, join: ada.welcome.self.join });
      expect(await witness.client.next("vouched")).toEqual({
        id: ada.id,
        user: { id: "ada", name },
        grants: ["cursor"],
      });
      expect(witness.client.story).toEqual(["welcome", "joined", "vouched"]);
    },
  );
});

test("a token is renewed over the open socket, and what changed is told to all", () =>
  withServer(
    {
      authenticate: ({ token }) => {
        const [id = "", ...grants] = (token ?? "").split(" ");
        if (id === "bad") throw new AccessError("Not this one.", "token-invalid");
        return { user: { id }, grants: grants as "cursor"[], expires: Date.now() + HOUR_MS };
      },
    },
    async (server) => {
      const a = await joined(server, { token: "ada cursor" });
      const b = await joined(server, { token: "bob" });
      expect(a.welcome.ttlSeconds).toBeGreaterThan(3590);
      a.client.emit("token", "ada presence");
      expect((await a.client.next("renewed")).ttlSeconds).toBeGreaterThan(3590);
      const told = { id: a.id, user: { id: "ada" }, grants: ["presence"] };
      expect(await b.client.next("vouched")).toEqual(told);
      expect(await a.client.next("vouched")).toEqual(told);

      a.client.emit("token", "bad");
      expect(await a.client.next("notRenewed")).toMatchObject({ code: "token-invalid" });
      a.client.emit("token", "bob cursor");
      await a.client.next("notRenewed", ({ message }) => /another user/.test(message));
      expect(a.client.closed).toBe(false);
      expect((await server.members("room")).map(({ grants }) => grants)).toEqual([
        ["presence"],
        [],
      ]);
      expect(server.stats()).toMatchObject({ renewed: 1, notRenewed: 2 });
    },
  ));

test("what was granted and not renewed ends the socket with its code, and the id may come back", () => {
  let expires = 0;
  return withServer({ authenticate: () => ({ expires }) }, async (server) => {
    expires = Date.now() + HOUR_MS;
    const witness = await joined(server);
    const key = newKey();
    expires = Date.now() + 150;
    const a = await joined(server, { key });
    expect(a.welcome.ttlSeconds).toBe(0);
    expect(await a.client.next("refused")).toMatchObject({ code: "token-expired" });
    expires = Date.now() + HOUR_MS;
    const again = await joined(server, { key, generation: 2, join: a.welcome.self.join });
    expect(again.welcome.resumed).toBe(true);
    await witness.client.next("back");
    expect(witness.client.story).toEqual(["welcome", "joined", "away", "back"]);
    expect(server.stats().refused).toEqual({ "token-expired": 1 });
  });
});

test("renewals are few: whoever asks on and on is cut off", () => {
  let asked = 0;
  return withServer(
    {
      authenticate: () => {
        asked++;
        return {};
      },
    },
    async (server) => {
      const a = await joined(server);
      for (let i = 0; i < 200; i++) a.client.emit("token", "t");
      expect(await a.client.next("refused")).toMatchObject({ code: "bad-message" });
      expect(asked).toBeLessThan(8);
    },
  );
});

test("the cookies of an app's session work beside it, in an existing server", async () => {
  const sessions = new Map([["s1", { userId: "ada", name: "Ada" }]]);
  const http: HttpServer = createServer((_request, response) => response.end("the app"));
  onTestFinished(() => void http.close());
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  const { port } = http.address() as AddressInfo;
  await withServer(
    {
      server: http,
      authenticate: ({ cookies }) => {
        const session = sessions.get(cookies["sid"] ?? "");
        if (!session) throw new AccessError("Sign in first.");
        return { user: { id: session.userId, name: session.name } };
      },
    },
    async (server) => {
      const headers = { cookie: "sid=s1", origin: `http://127.0.0.1:${port}` };
      const ada = await joined(server, {}, { headers });
      expect(ada.welcome.self.user).toEqual({ id: "ada", name: "Ada" });
      expect(await new TestClient(urlOf(server)).refusal()).toEqual({
        code: "unauthorized",
        message: "Sign in first.",
      });
      const page = await new Promise((resolve, reject) => {
        request({ port, host: "127.0.0.1" }, (response) => resolve(response.statusCode))
          .on("error", reject)
          .end();
      });
      expect(page).toBe(200);
    },
  );
});
