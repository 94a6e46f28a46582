/** Joins a room of its own to hear what the server tells its members. Runs in Node and in browsers. */
import { Manager } from "socket.io-client";
import {
  type ConnectRequest,
  KEY_BYTES,
  PROTOCOL,
  ROOM_PARAMETER,
  SOCKET_PATH,
  type Welcome,
} from "../../../lib/src/signaling/events.ts";
import { EVENT_GUARDS, isRefusal } from "../../../lib/src/signaling/guards.ts";
import * as parser from "../../../lib/src/signaling/parser.ts";
import type { Check } from "./diagnosis.ts";

/** From the first packet to the answered echo, in milliseconds; a phone far away takes one or two. */
const LIMIT_MS = 10_000;

export interface ServerAddress {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Of the WebSocket. */
  readonly path: string;
}

/** Throws a TypeError that says what is wrong. `path`: for servers with a --path of their own. */
export function parseServerAddress(text: string, path = SOCKET_PATH): ServerAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  const scheme = url?.protocol.replace(/^ws/, "http");
  if (url === null || (scheme !== "http:" && scheme !== "https:")) {
    throw new TypeError(
      `${JSON.stringify(text)} is no address of a signaling server; write one such as https://signal.example.com`,
    );
  }
  const base = url.pathname.replace(/\/+$/, "");
  // Without user, password, query and fragment: nothing that a report should not show.
  return { origin: `${scheme}//${url.host}`, path: base.endsWith(path) ? base : base + path };
}

export interface Reached {
  readonly check: Check;
  /** Null when it was not reached. */
  readonly welcome: Welcome | null;
}

export async function askSignaling({ origin, path }: ServerAddress): Promise<Reached> {
  const target = origin + path;
  const named = { name: "Signaling", target };
  try {
    const { welcome, joinMs, roundTripMs } = await join(origin, path);
    const detail = `let us in after ${Math.round(joinMs)} ms, round trip ${Math.max(1, Math.round(roundTripMs))} ms`;
    return { check: { ...named, state: "works", detail, advice: null }, welcome };
  } catch (error) {
    const { message, advice } = error instanceof Unwelcome ? error : unexpected(error);
    return { check: { ...named, state: "fails", detail: message, advice }, welcome: null };
  }
}

class Unwelcome extends Error {
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

const unexpected = (error: unknown): Unwelcome =>
  new Unwelcome(`could not be asked: ${String(error)}`, "Please report this.");

function join(
  origin: string,
  path: string,
): Promise<{ welcome: Welcome; joinMs: number; roundTripMs: number }> {
  // A name that nobody else has, so that nobody sees the doctor.
  const request: ConnectRequest = {
    protocol: PROTOCOL,
    features: 0,
    room: `doctor-${randomText()}`,
    key: randomText(),
    generation: 1,
    presence: { version: 1, state: {} },
    webrtc: false,
  };
  const manager = new Manager(origin, {
    path,
    query: { [ROOM_PARAMETER]: request.room },
    transports: ["websocket"],
    parser,
    reconnection: false,
    autoConnect: false,
    timeout: 2 * LIMIT_MS,
  });
  const socket = manager.socket("/", { auth: { ...request } });
  const began = performance.now();
  return new Promise<{ welcome: Welcome; joinMs: number; roundTripMs: number }>(
    (resolve, reject) => {
      let welcome: Welcome | null = null;
      let welcomed = 0;
      const timer = setTimeout(
        () =>
          reject(
            new Unwelcome(
              welcome === null ? "did not let us in in time" : "fell silent after its welcome",
              "Check that a proxy in between passes WebSockets on, with their upgrade headers.",
            ),
          ),
        LIMIT_MS,
      );
      const fail = (error: Unwelcome) => {
        clearTimeout(timer);
        reject(error);
      };
      socket.on("welcome", (value: unknown) => {
        if (!EVENT_GUARDS.welcome(value) || value.protocol !== PROTOCOL) {
          fail(
            new Unwelcome(
              "answered, but not as a Skein server of this version",
              "Use versions of skein and skein-server that go together.",
            ),
          );
          return;
        }
        welcome = value;
        welcomed = performance.now();
        socket.emit("echo", 1);
      });
      socket.on("echo", () => {
        if (welcome === null) return;
        clearTimeout(timer);
        const now = performance.now();
        resolve({ welcome, joinMs: welcomed - began, roundTripMs: now - welcomed });
      });
      const refused = (refusal: unknown) => {
        if (!isRefusal(refusal)) return false;
        fail(new Unwelcome(`refused us (${refusal.code})`, refusal.message));
        return true;
      };
      socket.on("refused", refused);
      socket.on("connect_error", (error) => {
        if (!refused((error as { data?: unknown }).data)) fail(unreachable(error));
      });
      socket.on("disconnect", () =>
        fail(new Unwelcome("closed the connection at once", "Look at the server's log.")),
      );
      socket.connect();
    },
  ).finally(() => {
    socket.removeAllListeners();
    if (socket.connected) socket.emit("goodbye", { generation: request.generation });
    manager.engine?.close();
  });
}

/** Browsers do not tell a page why; Node's WebSocket does. */
function unreachable(error: unknown): Unwelcome {
  const { description } = error as { description?: { message?: unknown } };
  const why = typeof description?.message === "string" ? description.message : "";
  const [, status] = /Unexpected server response: (\d{3})/.exec(why) ?? [];
  if (status === "403") {
    return new Unwelcome(
      "refused this page's origin (403)",
      "Add the origin to the server's --origin.",
    );
  }
  if (status !== undefined) {
    return new Unwelcome(
      `is no Skein server: it answered HTTP ${status}`,
      "Check host, port and path; a proxy must pass WebSockets on, with their upgrade headers.",
    );
  }
  const advice =
    "Check that the server runs there, that firewalls and proxies let WebSockets pass, and that the server allows this page's origin.";
  return new Unwelcome(why === "" ? "cannot be reached" : `cannot be reached: ${why}`, advice);
}

function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
