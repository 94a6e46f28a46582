/** What a back end asks of the admin API, and what becomes of it. */
import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OthersUnreachableError } from "../access/operator.ts";
import { AdminApi, type AdminTarget } from "./admin.ts";
import { answerError, HttpError } from "./answer.ts";

const TOKEN = "correct-horse-battery-staple";
const policy = { paths: "all", meshLimit: 16, cursorRate: 60 } as const;
const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

let http: HttpServer;
let target: AdminTarget;

beforeEach(async () => {
  log.info.mockClear();
  target = {
    policy,
    setPolicy: vi.fn(() => policy),
    resetPolicy: vi.fn(() => policy),
    rooms: () => [{ name: "a" }],
    members: vi.fn(async () => [{ id: "ada" }]),
    removeUser: vi.fn(async () => 2),
    closeRoom: vi.fn(async () => 3),
    sendMessage: vi.fn(async (_room, type) => {
      if (type === "") throw new TypeError("type has 1 to 128 bytes");
      return 4;
    }),
  };
  http = createServer((request, response) => {
    const api = new AdminApi(target, TOKEN, log);
    api
      .answer(request, response, request.url ?? "")
      .catch((error: unknown) =>
        answerError(
          response,
          error instanceof HttpError ? error : new HttpError("internal-error", String(error)),
        ),
      );
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
});

afterEach(() => {
  http.closeAllConnections();
  http.close();
});

async function order(method: string, path: string, body?: unknown) {
  const { port } = http.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

test("rooms and users are named in the path, whatever is in their names", async () => {
  const room = "kitchen & garden/2 ☂";
  const at = `/rooms/${encodeURIComponent(room)}`;
  expect(await order("GET", `${at}/members`)).toEqual({
    status: 200,
    body: { members: [{ id: "ada" }] },
  });
  expect(target.members).toHaveBeenCalledWith(room);
  expect((await order("DELETE", at)).body).toEqual({ removed: 3 });
  expect(target.closeRoom).toHaveBeenCalledWith(room);
  expect((await order("DELETE", `${at}/users/ada%2F1`)).body).toEqual({ removed: 2 });
  expect(target.removeUser).toHaveBeenLastCalledWith("ada/1", room);
  expect((await order("DELETE", "/users/ada")).body).toEqual({ removed: 2 });
  expect(target.removeUser).toHaveBeenLastCalledWith("ada");
});

test("a policy is changed by what is named only, and taken back whole", async () => {
  expect(await order("PATCH", "/policy", { meshLimit: 8 })).toEqual({ status: 200, body: policy });
  expect(target.setPolicy).toHaveBeenCalledExactlyOnceWith({ meshLimit: 8 });
  expect(await order("DELETE", "/policy")).toEqual({ status: 200, body: policy });
  expect(target.resetPolicy).toHaveBeenCalledExactlyOnceWith();
});

test("a message of a back end, to all, to one and to several", async () => {
  const messages = "/rooms/room/messages";
  const data = { text: "tea is ready", n: [1, null] };
  expect(await order("POST", messages, { type: "notice", data })).toEqual({
    status: 200,
    body: { receivers: 4 },
  });
  expect(target.sendMessage).toHaveBeenLastCalledWith("room", "notice", data, {});
  for (const to of ["ada", ["ada", "bob"]]) {
    await order("POST", messages, { type: "notice", data, to });
    expect(target.sendMessage).toHaveBeenLastCalledWith("room", "notice", data, { to });
  }
});

test.each([
  [{ data: 1 }, '"type" must be a string.'],
  [{ type: 7 }, '"type" must be a string.'],
  [{ type: "a", to: 7 }, '"to" must be an id or a list of ids.'],
  [{ type: "a", to: ["ada", null] }, '"to" must be an id or a list of ids.'],
  [{ type: "" }, "type has 1 to 128 bytes"],
  [null, "The body must be a JSON object."],
])("refuses the message %j and says why", async (body, message) => {
  expect(await order("POST", "/rooms/room/messages", body)).toEqual({
    status: 400,
    body: { error: { code: "bad-request", message } },
  });
});

test("what other servers would have to be asked for, and cannot, is unavailable, not empty", async () => {
  const message = "Ask again.";
  target.members = async () => Promise.reject(new OthersUnreachableError(message));
  expect(await order("GET", "/rooms/room/members")).toEqual({
    status: 503,
    body: { error: { code: "unavailable", message } },
  });
});

test("what was done is in the log, without names and contents", async () => {
  await order("POST", "/rooms/secret-room/messages", { type: "notice", data: "secret words" });
  await order("DELETE", "/users/secret-user");
  await order("GET", "/rooms");
  expect(log.info).toHaveBeenCalledTimes(2);
  expect(JSON.stringify(log.info.mock.calls)).not.toContain("secret");
});

test("nobody without the token gets anywhere, whatever is asked", async () => {
  const { port } = http.address() as AddressInfo;
  for (const [method, path] of [
    ["DELETE", "/rooms/a"],
    ["POST", "/rooms/a/messages"],
    ["GET", "/nothing"],
  ] as const) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    expect(response.status).toBe(401);
  }
  expect(target.closeRoom).not.toHaveBeenCalled();
  expect(target.sendMessage).not.toHaveBeenCalled();
});
