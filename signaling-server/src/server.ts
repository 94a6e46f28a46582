/** The signaling server: sockets on one side, rooms on the other. */
import { randomUUID } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { AddressInfo, Socket as TcpSocket } from "node:net";
import { Server as Engine, type Socket as EngineSocket } from "engine.io";
import { type DefaultEventsMap, Server, type Socket } from "socket.io";
import {
  type ClientToServerEvents,
  type Json,
  MAX_FRAME_BYTES,
  MAX_SIGNAL_BYTES,
  type Refusal,
  type ServerToClientEvents,
  type VouchedUser,
} from "../../lib/src/signaling/events.ts";
import * as parser from "../../lib/src/signaling/parser.ts";
import type { CheckedAccess } from "./access/access.ts";
import { Authentication } from "./access/authentication.ts";
import { Lease, secondsUntil } from "./access/lease.ts";
import { addressed, checkMail } from "./access/mail.ts";
import { Removed } from "./access/removed.ts";
import { Client } from "./client.ts";
import { Doorbell } from "./doorbell.ts";
import { type Handshake, isRefusal, parseHandshake } from "./handshake.ts";
import { peerIdOf } from "./identity.ts";
import type { Member } from "./member.ts";
import {
  type CheckedOptions,
  checkOptions,
  type SignalingServerOptions,
  type UpgradeServer,
} from "./options.ts";
import { OutgoingEvent } from "./outgoing.ts";
import { Room } from "./room.ts";
import { type Connection, LAST_WORDS_MS, SocketSession } from "./session.ts";
import { countRefusal, createStats, type ServerStats } from "./stats.ts";
import { iceServersFor, REFRESH_AT } from "./turn.ts";
import { createHttpServer, HANDSHAKE_MS, roomOf, UpgradeGate } from "./upgrade.ts";

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

const REMOVED: Refusal = {
  code: "removed",
  message: "Somebody with the right to do so has removed this peer.",
};

const CLOSED: Refusal = { code: "removed", message: "The room was closed." };

const STALE: Refusal = {
  code: "stale-generation",
  message: "A newer socket of this peer has been here: `generation` must grow with each socket.",
};

interface SocketData {
  handshake?: Handshake;
  /** What `authenticate` said; absent on an open server. */
  access?: CheckedAccess;
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
  rooms(): RoomCount[];
  /** Who is in a room, in join order; nobody where there is none of this name. */
  members(room: string): MemberSummary[];
  /**
   * Removes a user, or a member by its peer id, from one room or from all. Each is told `removed` and
   * does not come back by itself; the others see a leave with the reason `removed`, and close their
   * links. Whoever still has a valid token or session can join anew: revoke that first.
   *
   * @returns how many members were removed
   */
  removeUser(id: string, room?: string): number;
  /** Removes everybody, as {@link removeUser} does. @returns how many members that were */
  closeRoom(room: string): number;
  /**
   * Sends a message of the app's own back end; it arrives at `onMessage` with `{ from: "server" }`.
   * Members that are away get it when they resume, exactly once.
   *
   * @param data what JSON can carry, at most 64 KiB
   * @returns to how many members it goes
   * @throws TypeError when type or data cannot be sent
   */
  sendMessage(room: string, type: string, data?: unknown, options?: ServerMessageOptions): number;
  /** A copy: it does not change later. */
  stats(): ServerStats;
}

/** Throws a TypeError when an option is not what it may be. Nothing starts before `listen()`. */
export function createSignalingServer(options: SignalingServerOptions = {}): SignalingServer {
  return new SocketServer(checkOptions(options));
}

/** A member as its operator sees it. */
export interface MemberSummary {
  /** Of the peer. */
  readonly id: string;
  readonly user: VouchedUser | null;
  /** Null: everything. */
  readonly grants: readonly string[] | null;
  /** When it joined, in milliseconds since 1970; a little later than that in rooms of few. */
  readonly joined: number;
  /** Its socket is lost and it may come back. */
  readonly away: boolean;
  readonly presence: { readonly [key: string]: Json };
}

export interface ServerMessageOptions {
  /** Ids of users, or of peers. Default: everybody in the room. */
  readonly to?: string | readonly string[];
}

class SocketServer implements SignalingServer {
  readonly #options: CheckedOptions;
  readonly #stats = createStats();
  readonly #rooms = new Map<string, Room>();
  readonly #doorbell: Doorbell;
  readonly #gate: UpgradeGate;
  readonly #authentication: Authentication | undefined;
  readonly #removed: Removed;
  /** Connections with a CONNECT already: a second one is no client of ours. */
  readonly #connected = new WeakSet<object>();
  readonly #engine: Engine;
  readonly #io: Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketData>;
  readonly #connections = new Set<EngineSocket>();
  #onLastGone: () => void = () => {};
  readonly #http: UpgradeServer;
  readonly #ownsHttp: boolean;
  #state: "idle" | "listening" | "closed" = "idle";

  constructor(options: CheckedOptions) {
    this.#options = options;
    this.#doorbell = new Doorbell(options.clock, this.#stats);
    this.#removed = new Removed(options.clock);
    const { authenticate, origins, clock, wallNow, log } = options;
    if (authenticate) {
      this.#authentication = new Authentication({
        authenticate,
        origins,
        clock,
        wallNow,
        log,
        stats: this.#stats,
        ...(options.timings.authenticateMs === undefined
          ? {}
          : { timeoutMs: options.timings.authenticateMs }),
      });
    }
    this.#gate = new UpgradeGate(options, this.#stats, (request, socket, head) =>
      this.#guarded(socket, () => {
        const room = roomOf(request);
        if (room !== null) this.#doorbell.ring(request, this.#rooms.get(room));
        this.#engine.handleUpgrade(request as UpgradeRequest, socket, head);
      }),
    );
    this.#ownsHttp = options.server === undefined;
    this.#http = options.server ?? createHttpServer(options.path);
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
      const answer = (refusal: Refusal | undefined) => {
        if (!refusal) return next();
        countRefusal(this.#stats, refusal.code);
        next(Object.assign(new Error(refusal.message), { data: refusal }));
        // After socket.io has sent it; another try needs another connection.
        setImmediate(() => socket.conn.close());
      };
      const refusal = this.#check(socket);
      if (refusal || !this.#authentication) answer(refusal);
      else {
        void this.#identify(this.#authentication, socket).then((denied) =>
          this.#guarded(socket.request.socket, () => answer(denied)),
        );
      }
    });
    this.#io.on("connection", (socket) =>
      this.#guarded(socket.request.socket, () => this.#admit(socket)),
    );
  }

  async listen(): Promise<void> {
    if (this.#state !== "idle") throw new Error(`This signaling server is ${this.#state} already.`);
    this.#state = "listening";
    this.#http.on("upgrade", this.#onUpgrade);
    if (this.#ownsHttp) {
      const { port, host } = this.#options;
      await new Promise<void>((resolve, reject) => {
        this.#http.once("error", reject);
        this.#http.listen(port, host, () => {
          this.#http.off("error", reject);
          resolve();
        });
      });
    } else this.#http.once("close", this.#onHttpClose);
    this.#announce();
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    const wasListening = this.#state === "listening";
    this.#state = "closed";
    this.#http.off("upgrade", this.#onUpgrade);
    this.#http.off("close", this.#onHttpClose);
    for (const room of this.#rooms.values()) room.close(SHUTTING_DOWN);
    this.#rooms.clear();
    await this.#lastWords();
    await this.#io.close();
    for (const { request } of this.#connections) request.socket.destroy();
    if (!wasListening || !this.#ownsHttp) return;
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      (this.#http as HttpServer).closeAllConnections();
    });
  }

  get address(): AddressInfo | null {
    const address = this.#state === "listening" ? this.#http.address() : null;
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
    return [...this.#rooms.values()].map((room) => ({
      name: room.name,
      members: room.size,
      away: room.away,
    }));
  }

  members(name: string): MemberSummary[] {
    const members = this.#rooms.get(name)?.members ?? [];
    return members.map(({ id, user, rights, join, session, presence }) => ({
      id,
      user: user ?? null,
      grants: rights.grants ?? null,
      joined: join,
      away: session === undefined,
      presence: presence.state,
    }));
  }

  removeUser(id: string, name?: string): number {
    const rooms = name === undefined ? [...this.#rooms.values()] : [this.#rooms.get(name)];
    let removed = 0;
    for (const room of rooms) if (room) removed += this.#expel(room, addressed(room, id), REMOVED);
    return removed;
  }

  closeRoom(name: string): number {
    const room = this.#rooms.get(name);
    return room ? this.#expel(room, [...room.members], CLOSED) : 0;
  }

  sendMessage(
    name: string,
    type: string,
    data?: unknown,
    { to }: ServerMessageOptions = {},
  ): number {
    const message = checkMail(type, data);
    const room = this.#rooms.get(name);
    if (!room) return 0;
    const members = to === undefined ? room.members : addressed(room, ...[to].flat());
    room.post(members, randomUUID(), type, message);
    return members.length;
  }

  stats(): ServerStats {
    return { ...this.#stats, refused: { ...this.#stats.refused } };
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
    const { log, origins, path, authenticate } = this.#options;
    const where = this.url === null ? "on the server it was given" : `at ${this.url}`;
    const from = origins === undefined ? "from any page" : `from ${origins.join(", ")}`;
    const who = authenticate
      ? `Authentication is on, ${from}.`
      : `OPEN: no authentication, whoever reaches it may enter any room, ${from}.`;
    log(`skein-server: listening ${where} (${path}). ${who}`);
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
    if (this.#state !== "listening") return SHUTTING_DOWN;
    const handshake = parseHandshake(socket.handshake.auth, roomOf(socket.request));
    if (isRefusal(handshake)) return handshake;
    const id = peerIdOf(handshake.room, handshake.key);
    if (this.#removed.has(id)) return REMOVED;
    if (this.#rooms.get(handshake.room)?.isStale(id, handshake.generation)) return STALE;
    socket.data.handshake = handshake;
    return undefined;
  }

  /** Undefined when `authenticate` lets it in. Never rejects. */
  async #identify(
    authentication: Authentication,
    socket: SkeinSocket,
  ): Promise<Refusal | undefined> {
    const { handshake } = socket.data;
    if (!handshake) return undefined;
    const gone = new AbortController();
    const leave = () => gone.abort();
    socket.conn.once("close", leave);
    const { room, token } = handshake;
    const verdict = await authentication.ask({ request: socket.request, room, token }, gone.signal);
    socket.conn.off("close", leave);
    // Who is gone is told nothing, and socket.io forgets it.
    if (gone.signal.aborted) return undefined;
    if (this.#state !== "listening") return SHUTTING_DOWN;
    if ("refusal" in verdict) return verdict.refusal;
    socket.data.access = verdict;
    return undefined;
  }

  #admit(socket: SkeinSocket): void {
    const { handshake, access } = socket.data;
    if (!handshake || (this.#authentication && !access)) return;
    const { key, room: name, token, ...rest } = handshake;
    const session = new SocketSession(socket.conn as unknown as Connection, {
      clock: this.#options.clock,
      stats: this.#stats,
      creditIntervalMs: this.#options.timings.creditIntervalMs,
    });
    const id = peerIdOf(name, key);
    const room = this.#roomNamed(name);
    const member = room.admit(
      {
        ...rest,
        id,
        user: access?.vouched.user,
        grants: access?.vouched.grants,
        ttlSeconds: access && secondsUntil(access.expires, this.#options.wallNow()),
      },
      session,
      this.#doorbell.answered(socket.request, room),
    );
    if (!member) {
      session.end(STALE);
      return;
    }
    this.#stats.sockets++;
    const { clock, wallNow } = this.#options;
    const shared = { clock, wallNow, stats: this.#stats };
    const applicant = { request: socket.request, room: name, token };
    const lease =
      this.#authentication &&
      access &&
      new Lease(
        { ...shared, room, member, session, applicant, authentication: this.#authentication },
        access.expires,
      );
    const client = new Client(room, member, session, { ...shared, lease });
    const stopRefreshing = this.#refreshIce(id, session);
    socket.onAny((event: string, value: unknown) =>
      this.#guarded(socket.request.socket, () => client.receive(event, value)),
    );
    socket.on("error", () => {
      this.#stats.unparsable++;
    });
    const closeCode = watchCloseCode(socket.conn);
    socket.on("disconnect", (reason) => {
      stopRefreshing();
      this.#stats.sockets--;
      // A client that closes for a while says DISCONNECT first; a page that is torn down does not.
      const tornDown = reason === "transport close" && TEAR_DOWN_CODES.includes(closeCode());
      client.lost(tornDown);
      // After a DISCONNECT packet socket.io keeps the connection for other namespaces: none here.
      socket.conn.close();
    });
  }

  #expel(room: Room, members: readonly Member[], refusal: Refusal): number {
    for (const { id } of members) this.#removed.add(id);
    room.expel(members, refusal);
    return members.length;
  }

  #roomNamed(name: string): Room {
    const known = this.#rooms.get(name);
    if (known) return known;
    const { clock, wallNow, policy, iceServers, turn, timings } = this.#options;
    const room = new Room(name, {
      clock,
      wallNow,
      policy,
      stats: this.#stats,
      iceFor: (id) => iceServersFor(id, iceServers, turn, wallNow()),
      onEmpty: () => {
        if (this.#rooms.get(name) === room) this.#rooms.delete(name);
      },
      ...(timings.lostAfterMs === undefined ? {} : { lostAfterMs: timings.lostAfterMs }),
      ...(timings.seatRestMs === undefined ? {} : { seatRestMs: timings.seatRestMs }),
    });
    this.#rooms.set(name, room);
    return room;
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
      this.#options.log(`skein-server: internal error: ${(error as Error).stack}`);
      socket.destroy();
    }
  }
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
