/** For tests: a server on a free port, and clients of the real socket.io-client with our parser. */
import { randomBytes } from "node:crypto";
import { Manager, type Socket } from "socket.io-client";
import type { WebSocket } from "ws";
import {
  type ClientToServerEvents,
  type ConnectRequest,
  PROTOCOL,
  type Refusal,
  type ServerToClientEvents,
  SOCKET_PATH,
  type Welcome,
} from "../../lib/src/signaling/events.ts";
import * as parser from "../../lib/src/signaling/parser.ts";
import { encodeRouted, type Route } from "../../lib/src/wire/envelope.ts";
import type { SignalingServerOptions } from "./options.ts";
import { createSignalingServer, type SignalingServer } from "./server.ts";

/** Runs `use` with a listening server, which is closed afterwards. */
export async function withServer(
  options: SignalingServerOptions,
  use: (server: SignalingServer) => Promise<void>,
): Promise<void> {
  const server = createSignalingServer({ port: 0, log: () => {}, ...options });
  await server.listen();
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

export function newKey(): string {
  return randomBytes(16).toString("base64url");
}

export function connectRequest(over: Partial<ConnectRequest> = {}): ConnectRequest {
  return {
    protocol: PROTOCOL,
    features: 0,
    room: "room",
    key: newKey(),
    generation: 1,
    presence: { version: 1, state: {} },
    webrtc: true,
    ...over,
  };
}

type Unchecked = { [event: string]: (...values: unknown[]) => void };
type Events = { [E in keyof ServerToClientEvents]: Parameters<ServerToClientEvents[E]>[0] };

interface Heard {
  readonly name: string;
  readonly value: unknown;
}

/** A client that remembers what it heard. */
export class TestClient {
  readonly request: ConnectRequest;
  readonly socket: Socket<Unchecked, Unchecked>;
  readonly heard: Heard[] = [];
  readonly #wakers = new Set<() => void>();
  #closed = false;

  constructor(
    url: string,
    request: Partial<ConnectRequest> = {},
    options: { room?: string | null; headers?: Record<string, string>; path?: string } = {},
  ) {
    this.request = connectRequest(request);
    const { room = this.request.room, headers = {}, path = SOCKET_PATH } = options;
    const manager = new Manager(url, {
      path,
      query: room === null ? {} : { room },
      transports: ["websocket"],
      extraHeaders: headers,
      reconnection: false,
      autoConnect: false,
      parser,
    });
    this.socket = manager.socket("/", { auth: { ...this.request } });
    this.socket.onAny((name: string, value: unknown) => this.#hear(name, value));
    this.socket.on("connect_error", (error) => this.#hear("connect_error", error));
    this.socket.on("disconnect", (reason: unknown) => {
      this.#closed = true;
      this.#hear("disconnect", reason);
    });
    this.socket.connect();
  }

  get closed(): boolean {
    return this.#closed;
  }

  #hear(name: string, value: unknown): void {
    this.heard.push({ name, value });
    for (const wake of [...this.#wakers]) wake();
  }

  /** The names of all it heard, apart from knocks: they come with every request. */
  get story(): string[] {
    return this.heard.map(({ name }) => name).filter((name) => name !== "knock");
  }

  /** The values of every event of this name so far. */
  all<E extends keyof Events>(name: E): Events[E][] {
    return this.heard.filter((each) => each.name === name).map(({ value }) => value as Events[E]);
  }

  /** Resolves when `find` returns something other than undefined. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#wakers.delete(wake);
          resolve();
        };
        this.#wakers.add(wake);
      });
    }
  }

  /** The first event of this name, heard already or still to come, for which `test` holds. */
  next<E extends keyof Events>(
    name: E,
    test: (value: Events[E]) => boolean = () => true,
  ): Promise<Events[E]> {
    return this.until(() => this.all(name).find(test));
  }

  welcome(): Promise<Welcome> {
    return this.next("welcome");
  }

  /** Why CONNECT was refused. */
  refusal(): Promise<Refusal> {
    return this.until(() => {
      const error = this.heard.find(({ name }) => name === "connect_error")?.value;
      return (error as { data?: Refusal } | undefined)?.data;
    });
  }

  async gone(): Promise<void> {
    await this.until(() => this.#closed || undefined);
  }

  emit<E extends keyof ClientToServerEvents>(
    name: E,
    ...values: Parameters<ClientToServerEvents[E]>
  ): void {
    this.socket.emit(name, ...values);
  }

  /** Anything at all, as a hostile client would. */
  emitAnything(name: string, value: unknown): void {
    this.socket.emit(name, value);
  }

  sendFrame(route: Route, frame: Uint8Array): void {
    this.emit("frame", encodeRouted(route, frame));
  }

  /** Comes back once everything sent so far has been handled. */
  async settled(): Promise<void> {
    const number = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    this.emit("echo", number);
    await this.next("echo", (answer) => answer === number);
  }

  /** Closes the WebSocket with a close frame and not a word before it, as browsers close a page's. */
  tearDown(): void {
    this.#webSocket.close();
  }

  /** The connection is lost without a word. */
  cut(): void {
    this.#webSocket.terminate();
  }

  /** In Node it is one of ws's. */
  get #webSocket(): WebSocket {
    return (this.socket.io.engine.transport as unknown as { readonly ws: WebSocket }).ws;
  }
}

/** A client that has been welcomed. */
export async function joined(
  server: SignalingServer,
  request: Partial<ConnectRequest> = {},
  options: ConstructorParameters<typeof TestClient>[2] = {},
): Promise<{ client: TestClient; welcome: Welcome; id: string; handle: number }> {
  const client = new TestClient(urlOf(server), request, options);
  const welcome = await client.welcome();
  return { client, welcome, id: welcome.self.id, handle: welcome.self.handle };
}

export function urlOf({ url }: SignalingServer): string {
  if (url === null) throw new Error("not listening");
  return url;
}
