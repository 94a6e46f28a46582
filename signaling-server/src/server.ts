/** The signaling server: sockets on one side, rooms on the other. */
import type { EventEmitter } from "node:events";
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket as TcpSocket } from "node:net";
import { Server as Engine, type Socket as EngineSocket } from "engine.io";
import { type DefaultEventsMap, Server, type Socket } from "socket.io";
import type { Clock } from "../../lib/src/clock.ts";
import {
  type ClientToServerEvents,
  MAX_FRAME_BYTES,
  MAX_SIGNAL_BYTES,
  type Refusal,
  type ServerToClientEvents,
} from "../../lib/src/signaling/events.ts";
import * as parser from "../../lib/src/signaling/parser.ts";
import { Client } from "./client.ts";
import type { Cluster, ClusterHealth } from "./cluster/cluster.ts";
import { createCluster } from "./cluster/start.ts";
import type { ClusterStats } from "./cluster/stats.ts";
import { Doorbell } from "./doorbell.ts";
import { DRAIN_SECONDS, type DrainOptions, drain, MAX_DRAIN_SECONDS } from "./drain.ts";
import { type Handshake, isRefusal, parseHandshake } from "./handshake.ts";
import { Endpoints } from "./http/endpoints.ts";
import { type Measured, Metrics } from "./http/metrics.ts";
import { peerIdOf } from "./identity.ts";
import {
  announced,
  type CheckedOptions,
  checkOptions,
  checkPolicy,
  type OperatorPolicy,
  type SignalingServerOptions,
  type UpgradeServer,
} from "./options.ts";
import { OutgoingEvent } from "./outgoing.ts";
import { Rooms } from "./rooms.ts";
import { type Connection, LAST_WORDS_MS, SocketSession } from "./session.ts";
import { countRefusal, createStats, type ServerStats } from "./stats.ts";
import { iceServersFor, REFRESH_AT } from "./turn.ts";
import { addressOf, createHttpServer, HANDSHAKE_MS, roomOf, UpgradeGate } from "./upgrade.ts";

/**
 * Largest WebSocket message, in bytes: a signal of MAX_SIGNAL_BYTES whose text JSON may escape, and
 * more than MAX_FRAME_BYTES, so that a frame a little too large is refused with a reason.
 */
const MAX_PAYLOAD_BYTES = 2 * Math.max(MAX_SIGNAL_BYTES, MAX_FRAME_BYTES);

/** Defaults of the times that tests shorten, in milliseconds. */
const PING_INTERVAL_MS = 5_000;
const PING_TIMEOUT_MS = 5_000;
const SHUTTING_DOWN: Refusal = {
  code: "shutting-down",
  message: "The server is stopping. Connect again in a moment.",
};

const STALE: Refusal = {
  code: "stale-generation",
  message: "A newer socket of this peer has been here: `generation` must grow with each socket.",
};

interface SocketData {
  handshake?: Handshake;
  /** A join number that no other node gives to anybody, where this newcomer needs one. */
  reservedJoin?: number | undefined;
}
/** Engine.IO decorates Node's request by itself. */
type UpgradeRequest = Parameters<Engine["handleUpgrade"]>[0];
type SkeinSocket = Socket<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketData>;

/** A room as its operator sees it. */
export interface RoomCount {
  readonly name: string;
  readonly members: number;
  /** Of those, how many have lost their socket and may come back. */
  readonly away: number;
}

export interface SignalingServer {
  /** Starts: on `host` and `port`, or in the `server` given. Rejects when the port is taken. */
  listen(): Promise<void>;
  /** Tells every client and closes its socket. An existing server itself stays as it is. */
  close(): Promise<void>;
  /** Where it listens; null until it does. */
  readonly address: AddressInfo | null;
  /** What clients take as `server`; null until it listens. */
  readonly url: string | null;
  /**
   * Empties this server before it is stopped: it takes nobody new and, where there are other nodes,
   * asks each client to move there at a moment of its own. Resolves when all have gone or the time is
   * over; `close()` ends the rest. Throws a TypeError when `windowSeconds` is not 0 to 25.
   */
  drain(options?: DrainOptions): Promise<void>;
  /**
   * For an existing server: answers `/health`, `/ready`, `/metrics` and `/admin/…` below `base`. False
   * for any other request, which it leaves alone.
   */
  handle(request: IncomingMessage, response: ServerResponse, base?: string): boolean;
  /** Whether new clients are taken. */
  readonly ready: boolean;
  readonly policy: OperatorPolicy;
  /** Changes what is given, here and in every open room. Throws a TypeError as options do. */
  setPolicy(change: Partial<OperatorPolicy>): OperatorPolicy;
  rooms(): RoomCount[];
  /** A copy: it does not change later. */
  stats(): ServerStats;
  /** How it stands with the other nodes; undefined without Redis. */
  readonly cluster: (ClusterHealth & { readonly stats: ClusterStats }) | undefined;
}

/** Throws a TypeError when an option is not what it may be. Nothing starts before `listen()`. */
export function createSignalingServer(options: SignalingServerOptions = {}): SignalingServer {
  return new SocketServer(checkOptions(options));
}

class SocketServer implements SignalingServer {
  readonly #options: CheckedOptions;
  readonly #stats = createStats();
  readonly #cluster: Cluster | undefined;
  readonly #rooms: Rooms;
  readonly #doorbell: Doorbell;
  readonly #gate: UpgradeGate;
  /** Connections with a CONNECT already: a second one is no client of ours. */
  readonly #connected = new WeakSet<object>();
  readonly #engine: Engine;
  readonly #io: Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketData>;
  readonly #connections = new Set<EngineSocket>();
  #onLastGone: () => void = () => {};
  readonly #http: UpgradeServer;
  readonly #ownsHttp: boolean;
  readonly #metrics: Metrics;
  readonly #endpoints: Endpoints;
  #adminHttp: HttpServer | undefined;
  /** Admitted sockets, and when each WebSocket request came. */
  readonly #sessions = new Set<SocketSession>();
  readonly #askedAt = new WeakMap<IncomingMessage, number>();
  #policy: OperatorPolicy;
  /** While it drains and there are other nodes: the clock's time by which clients must be there. */
  #moveBy: number | undefined;
  #state: "idle" | "listening" | "draining" | "closed" = "idle";

  constructor(options: CheckedOptions) {
    this.#options = options;
    this.#policy = options.policy;
    this.#cluster = createCluster(options, (change) => this.#applyPolicy(change));
    this.#rooms = new Rooms({
      clock: options.clock,
      cluster: this.#cluster,
      roomOptions: () => this.#roomOptions(),
    });
    this.#metrics = new Metrics(() => this.#measure());
    this.#endpoints = new Endpoints({
      target: this,
      metrics: this.#metrics,
      notReady: () => this.#notReady(),
      token: options.admin.token,
      apart: options.admin.port !== undefined,
      log: options.log,
    });
    this.#doorbell = new Doorbell(options.clock, this.#stats);
    const closing = () => this.#state === "draining";
    this.#gate = new UpgradeGate({ ...options, closing }, this.#stats, (request, socket, head) =>
      this.#guarded(socket, () => {
        this.#askedAt.set(request, options.clock.now());
        const room = roomOf(request);
        if (room !== null) this.#doorbell.ring(request, room, this.#rooms);
        this.#engine.handleUpgrade(request as UpgradeRequest, socket, head);
      }),
    );
    this.#ownsHttp = options.server === undefined;
    this.#http =
      options.server ??
      createHttpServer(options.path, (request, response) => this.handle(request, response));
    const { timings } = options;
    this.#engine = new Engine({
      transports: ["websocket"],
      pingInterval: timings.pingIntervalMs ?? PING_INTERVAL_MS,
      pingTimeout: timings.pingTimeoutMs ?? PING_TIMEOUT_MS,
      maxHttpBufferSize: MAX_PAYLOAD_BYTES,
      perMessageDeflate: false,
      allowUpgrades: false,
      allowEIO3: false,
    });
    this.#io = new Server({
      parser,
      serveClient: false,
      connectTimeout: timings.handshakeMs ?? HANDSHAKE_MS,
    });
    this.#engine.on("connection", (connection: EngineSocket) => this.#watch(connection));
    this.#engine.on("connection_error", () => {
      this.#stats.badUpgrades++;
    });
    this.#io.bind(this.#engine);
    this.#io.use((socket, next) => {
      const refusal = this.#check(socket);
      if (!refusal) return this.#prepare(socket, next);
      countRefusal(this.#stats, refusal.code);
      this.#options.log.debug(
        { code: refusal.code, ...addressOf(socket.request, options) },
        "refused a client",
      );
      next(Object.assign(new Error(refusal.message), { data: refusal }));
      // After socket.io has sent it; another try needs another connection.
      setImmediate(() => socket.conn.close());
    });
    this.#io.on("connection", (socket) =>
      this.#guarded(socket.request.socket, () => this.#admit(socket)),
    );
  }

  async listen(): Promise<void> {
    if (this.#state !== "idle") throw new Error(`This signaling server is ${this.#state} already.`);
    this.#state = "listening";
    this.#http.on("upgrade", this.#onUpgrade);
    const { port, host, admin } = this.#options;
    if (this.#ownsHttp) await listening(this.#http, port, host);
    else this.#http.once("close", this.#onHttpClose);
    if (admin.port !== undefined) await this.#listenApart(admin.port, admin.host);
    this.#metrics.start();
    this.#cluster?.start();
    this.#announce();
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    const wasListening = this.#state !== "idle";
    this.#state = "closed";
    this.#metrics.stop();
    this.#adminHttp?.close();
    this.#adminHttp?.closeAllConnections();
    this.#http.off("upgrade", this.#onUpgrade);
    this.#http.off("close", this.#onHttpClose);
    this.#rooms.close(SHUTTING_DOWN);
    await Promise.all([this.#cluster?.close(), this.#lastWords()]);
    await this.#io.close();
    for (const { request } of this.#connections) request.socket.destroy();
    if (!wasListening || !this.#ownsHttp) return;
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      (this.#http as HttpServer).closeAllConnections();
    });
  }

  get address(): AddressInfo | null {
    const listens = this.#state === "listening" || this.#state === "draining";
    const address = listens ? this.#http.address() : null;
    return typeof address === "object" ? address : null;
  }

  get url(): string | null {
    const { address } = this;
    if (!address) return null;
    const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
    // http.Server has no certificates to set.
    const scheme = "setSecureContext" in this.#http ? "https" : "http";
    return `${scheme}://${host}:${address.port}`;
  }

  rooms(): RoomCount[] {
    return [...this.#rooms].map(({ name, size: members, away }) => ({ name, members, away }));
  }

  stats(): ServerStats {
    return structuredClone(this.#stats);
  }

  get cluster(): SignalingServer["cluster"] {
    const cluster = this.#cluster;
    return cluster && { ...cluster.health, stats: structuredClone(cluster.stats) };
  }

  async drain({ windowSeconds, move = this.#hasOthers }: DrainOptions = {}): Promise<void> {
    const seconds = windowSeconds ?? (move ? DRAIN_SECONDS : 0);
    if (!(seconds >= 0 && seconds <= MAX_DRAIN_SECONDS)) {
      throw new TypeError(`windowSeconds is ${seconds}; allowed: 0 to ${MAX_DRAIN_SECONDS}`);
    }
    if (this.#state !== "listening") return;
    this.#state = "draining";
    const { clock, log } = this.#options;
    if (move && seconds > 0) this.#moveBy = clock.now() + seconds * 1000;
    log.info({ clients: this.#sessions.size, seconds }, "draining: takes nobody new");
    await drain({
      clock,
      random: Math.random,
      windowMs: seconds * 1000,
      move,
      clients: [...this.#sessions].map((session) => ({
        askToMove: (withinMs) => session.send(new OutgoingEvent("drain", { withinMs })),
      })),
      left: () => this.#sessions.size,
    });
    log.info({ clients: this.#sessions.size }, "drained");
  }

  handle(request: IncomingMessage, response: ServerResponse, base = ""): boolean {
    return this.#endpoints.handle(request, response, base);
  }

  get ready(): boolean {
    return this.#notReady() === undefined;
  }

  get policy(): OperatorPolicy {
    return this.#policy;
  }

  setPolicy(change: Partial<OperatorPolicy>): OperatorPolicy {
    const policy = this.#applyPolicy(change);
    this.#cluster?.keepPolicy(JSON.stringify(policy));
    return policy;
  }

  /** On this node; every other one hears of it by itself. */
  #applyPolicy(change: Partial<OperatorPolicy>): OperatorPolicy {
    this.#policy = checkPolicy(change, this.#policy);
    for (const room of this.#rooms) room.setPolicy(announced(this.#policy));
    this.#options.log.info({ ...this.#policy }, "policy changed");
    return this.#policy;
  }

  /** Whoever answers pings is heard before this time is over; who gave up was silent for longer. */
  get #silentAfterMs(): number {
    const { pingIntervalMs = PING_INTERVAL_MS, pingTimeoutMs = PING_TIMEOUT_MS } =
      this.#options.timings;
    return pingIntervalMs + pingTimeoutMs / 2;
  }

  /** Whether the rooms are on other nodes too, so that clients can move there. */
  get #hasOthers(): boolean {
    return (this.#cluster?.others.length ?? 0) > 0;
  }

  #notReady(): string | undefined {
    if (this.#state === "draining") return "draining";
    if (this.#state !== "listening") return "not listening";
    return (this.#cluster?.health.state ?? "up") === "up" ? undefined : "Redis is away";
  }

  #measure(): Measured {
    // Each node counts its own members, so that their sum is everybody.
    const rooms = [...this.#rooms];
    const sum = (key: "here" | "awayHere") => rooms.reduce((total, room) => total + room[key], 0);
    return {
      rooms: rooms.length,
      members: sum("here"),
      away: sum("awayHere"),
      ready: this.ready,
      stats: this.#stats,
      cluster: this.cluster,
    };
  }

  /** Metrics and admin API on a port of their own. */
  async #listenApart(port: number, host = "127.0.0.1"): Promise<void> {
    const http = createHttpServer(this.#options.path, (request, response) =>
      this.#endpoints.handle(request, response, "", true),
    );
    this.#adminHttp = http;
    await listening(http, port, host);
    const { address, port: taken } = http.address() as AddressInfo;
    this.#options.log.info({ address, port: taken }, "metrics and admin API listen");
  }

  /** The sockets closed by now still send what was written; resolves when they have, or in a while. */
  async #lastWords(): Promise<void> {
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      if (this.#connections.size === 0) return resolve();
      const cancel = clock.after(LAST_WORDS_MS, resolve);
      this.#onLastGone = () => {
        cancel();
        resolve();
      };
    });
  }

  #watch(connection: EngineSocket): void {
    this.#connections.add(connection);
    connection.once("close", (_reason: string, cause?: Error) => {
      this.#connections.delete(connection);
      if (!this.#connected.has(connection)) this.#stats.abandoned++;
      // Too large even to be read: the WebSocket closed with 1009 by itself.
      if (cause?.message.includes("Max payload size exceeded")) {
        countRefusal(this.#stats, "frame-too-large");
      }
      if (this.#connections.size === 0) this.#onLastGone();
    });
  }

  #announce(): void {
    const { log, origins, path } = this.#options;
    const where = this.url === null ? "on the server it was given" : `at ${this.url}`;
    const from = origins === undefined ? "from any page" : `from ${origins.join(", ")}`;
    log.info(
      {},
      `listening ${where} (${path}). OPEN: no authentication, whoever reaches it may enter any room, ${from}.`,
    );
  }

  readonly #onHttpClose = (): void => {
    void this.close();
  };

  readonly #onUpgrade = (request: IncomingMessage, socket: TcpSocket, head: Buffer): void => {
    const alone = this.#http.listenerCount("upgrade") === 1;
    this.#gate.take(request, socket, head, alone);
  };

  /** Undefined when this CONNECT may be admitted. Authentication belongs here. */
  #check(socket: SkeinSocket): Refusal | undefined {
    if (this.#connected.has(socket.conn)) {
      return { code: "bad-handshake", message: "One CONNECT a connection." };
    }
    this.#connected.add(socket.conn);
    if (this.#state === "closed") return SHUTTING_DOWN;
    const handshake = parseHandshake(socket.handshake.auth, roomOf(socket.request));
    if (isRefusal(handshake)) return handshake;
    const id = peerIdOf(handshake.room, handshake.key);
    if (this.#rooms.get(handshake.room)?.isStale(id, handshake.generation)) return STALE;
    socket.data.handshake = handshake;
    return undefined;
  }

  /** With other nodes: it is known who is there, on all of them, before somebody comes in. */
  #prepare(socket: SkeinSocket, next: () => void): void {
    const { handshake } = socket.data;
    const known = handshake && this.#rooms.prepare(handshake.room, handshake.join === undefined);
    if (!known) next();
    else {
      void known.then((join) => {
        socket.data.reservedJoin = join;
        next();
      });
    }
  }

  #admit(socket: SkeinSocket): void {
    const { handshake, reservedJoin } = socket.data;
    if (!handshake) return;
    const { key, room: name, ...rest } = handshake;
    const session = new SocketSession(socket.conn as unknown as Connection, {
      clock: this.#options.clock,
      stats: this.#stats,
      creditIntervalMs: this.#options.timings.creditIntervalMs,
    });
    const id = peerIdOf(name, key);
    const room = this.#rooms.named(name);
    const member = room.admit(
      { ...rest, id, user: undefined, reservedJoin },
      session,
      this.#doorbell.answered(socket.request, room),
    );
    if (!member) {
      session.end(STALE);
      return;
    }
    this.#options.log.debug(
      { peer: id, ...addressOf(socket.request, this.#options) },
      "admitted a client",
    );
    this.#stats.sockets++;
    this.#sessions.add(session);
    const askedAt = this.#askedAt.get(socket.request);
    if (askedAt !== undefined) this.#metrics.joined(this.#options.clock.now() - askedAt);
    const client = new Client(room, member, session, {
      clock: this.#options.clock,
      stats: this.#stats,
      onReport: ({ links, directMs }) => {
        this.#metrics.linksOf(session, links);
        if (directMs !== undefined) this.#metrics.directAfter(directMs);
      },
    });
    // It was on its way in when the drain began, and was not dealt a moment of its own.
    if (this.#moveBy !== undefined) {
      const withinMs = Math.max(0, Math.round(this.#moveBy - this.#options.clock.now()));
      session.send(new OutgoingEvent("drain", { withinMs }));
    }
    const stopRefreshing = this.#refreshIce(id, session);
    socket.onAny((event: string, value: unknown) =>
      this.#guarded(socket.request.socket, () => client.receive(event, value)),
    );
    socket.on("error", () => {
      this.#stats.unparsable++;
    });
    const closeCode = watchCloseCode(socket.conn);
    const heardAt = watchHeartbeat(socket.conn, this.#options.clock);
    socket.on("disconnect", (reason) => {
      stopRefreshing();
      this.#sessions.delete(session);
      this.#metrics.linksOf(session, undefined);
      this.#stats.sockets--;
      this.#options.log.debug({ peer: id, reason }, "a client's socket closed");
      // A client that closes for a while says DISCONNECT first; a page that is torn down does not.
      // A client that gave up on a silent line closes with those codes too.
      const silentMs = this.#options.clock.now() - heardAt();
      const tornDown =
        reason === "transport close" &&
        TEAR_DOWN_CODES.includes(closeCode()) &&
        silentMs < this.#silentAfterMs;
      client.lost(tornDown);
      // After a DISCONNECT packet socket.io keeps the connection for other namespaces: none here.
      socket.conn.close();
    });
  }

  #roomOptions() {
    const { clock, wallNow, iceServers, turn, timings } = this.#options;
    return {
      clock,
      wallNow,
      policy: announced(this.#policy),
      stats: this.#stats,
      iceFor: (id: string) => iceServersFor(id, iceServers, turn, wallNow()),
      ...(timings.lostAfterMs === undefined ? {} : { lostAfterMs: timings.lostAfterMs }),
      ...(timings.seatRestMs === undefined ? {} : { seatRestMs: timings.seatRestMs }),
    };
  }

  /** Sends fresh TURN credentials in time, again and again; returns its undo. */
  #refreshIce(id: string, session: SocketSession): () => void {
    const { iceServers, turn, clock, wallNow } = this.#options;
    const { ttlSeconds } = iceServersFor(id, iceServers, turn, wallNow());
    if (ttlSeconds === 0) return () => {};
    let cancel: () => void;
    const again = () => {
      cancel = clock.after(ttlSeconds * 1000 * REFRESH_AT, () => {
        session.send(new OutgoingEvent("ice", iceServersFor(id, iceServers, turn, wallNow())));
        again();
      });
    };
    again();
    return () => cancel();
  }

  /** Whatever goes wrong in here costs the socket that caused it, not the server. */
  #guarded(socket: { destroy(): unknown }, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#stats.errors++;
      this.#options.log.error({ stack: (error as Error).stack }, "internal error");
      socket.destroy();
    }
  }
}

/** Rejects when the address cannot be had. */
async function listening(http: UpgradeServer, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      resolve();
    });
  });
}

/**
 * Close codes of a page that goes away: "going away" and no code at all (RFC 6455, 7.4.1). Firefox
 * closes a page's WebSockets before it lets the page say goodbye. A killed browser sends neither.
 */
const TEAR_DOWN_CODES: readonly number[] = [1001, 1005];

/** What the WebSocket below was closed with, as soon as it is. */
function watchCloseCode(conn: SkeinSocket["conn"]): () => number {
  // engine.io's transport does not tell; its WebSocket is ws's.
  const { socket } = conn.transport as unknown as { readonly socket: EventEmitter };
  // 1006: closed without a close frame.
  let code = 1006;
  socket.prependListener("close", (closedWith: number) => {
    code = closedWith;
  });
  return () => code;
}

/** When the client last answered a ping. */
function watchHeartbeat(conn: SkeinSocket["conn"], clock: Clock): () => number {
  let at = clock.now();
  conn.on("heartbeat", () => {
    at = clock.now();
  });
  return () => at;
}
