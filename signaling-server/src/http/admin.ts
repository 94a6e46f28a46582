/** The admin API: what an operator or a back end may ask for with the bearer token. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { OthersUnreachableError } from "../access/operator.ts";
import { isRecord } from "../checks.ts";
import type { Log } from "../log.ts";
import { checkPolicy, type OperatorPolicy } from "../options.ts";
import { answerJson, HttpError, readJson } from "./answer.ts";
import { bears } from "./token.ts";

/** Rooms in one answer, unless fewer are asked for. */
const PAGE = 1000;

/** What of the server it needs. */
export interface AdminTarget {
  readonly policy: OperatorPolicy;
  setPolicy(change: Partial<OperatorPolicy>): OperatorPolicy;
  resetPolicy(): OperatorPolicy;
  rooms(): readonly { readonly name: string }[];
  members(room: string): Promise<unknown>;
  removeUser(id: string, room?: string): Promise<number>;
  closeRoom(room: string): Promise<number>;
  sendMessage(
    room: string,
    type: string,
    data?: unknown,
    options?: { to?: string | readonly string[] },
  ): Promise<number>;
}

interface Asked {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: () => Promise<{ readonly [key: string]: unknown }>;
}

type Run = (asked: Asked, name: string, id: string) => unknown;

/** `*` stands for one name of the app's. */
type Routes = { readonly [path: string]: { readonly [method: string]: Run } };

export class AdminApi {
  readonly #target: AdminTarget;
  readonly #token: string;
  readonly #log: Log;

  constructor(target: AdminTarget, token: string, log: Log) {
    this.#target = target;
    this.#token = token;
    this.#log = log;
  }

  /** `path`: what comes after the API's own. */
  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    this.checkToken(request);
    const [bare = "", query = ""] = path.split("?", 2);
    const parts = bare.split("/").filter((part) => part !== "");
    const names = parts.map(decode);
    const methods = this.#routes[shapeOf(parts)];
    if (!methods) throw new HttpError("not-found", "The admin API has nothing at this path.");
    const run = methods[request.method ?? ""];
    if (!run) {
      const allow = Object.keys(methods).join(", ");
      throw new HttpError("method-not-allowed", `Here one may ${allow}.`, { allow });
    }
    const asked: Asked = {
      path: names,
      query: new URLSearchParams(query),
      body: async () => {
        const body = await readJson(request);
        if (!isRecord(body)) throw new HttpError("bad-request", "The body must be a JSON object.");
        return body;
      },
    };
    let result: unknown;
    try {
      result = await run(asked, names[1] ?? "", names[3] ?? "");
    } catch (error) {
      // Options are refused by their own words.
      if (error instanceof TypeError) throw new HttpError("bad-request", error.message);
      if (error instanceof OthersUnreachableError) {
        throw new HttpError("unavailable", error.message);
      }
      throw error;
    }
    if (request.method !== "GET") {
      this.#log.info(
        { method: request.method ?? "", what: shapeOf(parts) },
        "the admin API was used",
      );
    }
    answerJson(response, 200, result);
  }

  /** Throws an HttpError unless the request carries the token. */
  checkToken({ headers }: IncomingMessage): void {
    if (bears(headers.authorization, this.#token)) return;
    throw new HttpError("unauthorized", "Send the admin token: Authorization: Bearer TOKEN.", {
      "www-authenticate": 'Bearer realm="skein-server"',
    });
  }

  readonly #routes: Routes = {
    policy: {
      GET: () => this.#target.policy,
      PATCH: async ({ body }) =>
        this.#target.setPolicy(policyIn(await body(), this.#target.policy)),
      DELETE: () => this.#target.resetPolicy(),
    },
    rooms: { GET: ({ query }) => this.#rooms(query) },
    "rooms/*": {
      DELETE: async (_, room) => ({ removed: await this.#target.closeRoom(room) }),
    },
    "rooms/*/members": {
      GET: async (_, room) => ({ members: await this.#target.members(room) }),
    },
    "rooms/*/users/*": {
      DELETE: async (_, room, user) => ({ removed: await this.#target.removeUser(user, room) }),
    },
    "rooms/*/messages": {
      POST: async ({ body }, room) => {
        const { type, data, to } = await body();
        if (typeof type !== "string")
          throw new HttpError("bad-request", '"type" must be a string.');
        if (to !== undefined && !isIds(to)) {
          throw new HttpError("bad-request", '"to" must be an id or a list of ids.');
        }
        const options = to === undefined ? {} : { to };
        return { receivers: await this.#target.sendMessage(room, type, data, options) };
      },
    },
    "users/*": {
      DELETE: async (_, user) => ({ removed: await this.#target.removeUser(user) }),
    },
  };

  #rooms(query: URLSearchParams): unknown {
    const limit = Number(query.get("limit") ?? PAGE);
    if (!Number.isInteger(limit) || limit < 1 || limit > PAGE) {
      throw new HttpError("bad-request", `"limit" must be a whole number from 1 to ${PAGE}.`);
    }
    const after = query.get("after");
    const rooms = [...this.#target.rooms()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const first = after === null ? 0 : rooms.findIndex(({ name }) => name > after);
    const page = first < 0 ? [] : rooms.slice(first, first + limit);
    return { total: rooms.length, rooms: page };
  }
}

const KEYS: readonly string[] = ["paths", "meshLimit", "cursorRate"];

/** Only what the body names: what it does not stays as it was set. Throws a TypeError or an HttpError. */
function policyIn(
  body: { readonly [key: string]: unknown },
  before: OperatorPolicy,
): Partial<OperatorPolicy> {
  const unknown = Object.keys(body).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw new HttpError(
      "bad-request",
      `${JSON.stringify(unknown.slice(0, 64))} is no part of the policy; allowed: ${KEYS.join(", ")}`,
    );
  }
  const change: Partial<OperatorPolicy> = body;
  checkPolicy(change, before);
  return change;
}

/** Every second part is a name of the app's, whatever it is. */
function shapeOf(parts: readonly string[]): string {
  return parts.map((part, i) => (i % 2 === 1 ? "*" : part)).join("/");
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpError("bad-request", "The path is not well-formed.");
  }
}

function isIds(value: unknown): value is string | string[] {
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.every((each) => typeof each === "string");
}
