/** The signaling server: sockets on one side, rooms on the other, and its operator above. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket as TcpSocket } from "node:net";
import { Operations } from "./access/operations.ts";
import type { MemberSummary, ServerMessageOptions } from "./access/operator.ts";
import { Removed } from "./access/removed.ts";
import type { Cluster } from "./cluster/cluster.ts";
import { createCluster } from "./cluster/start.ts";
import { DRAIN_SECONDS, type DrainOptions, drain, MAX_DRAIN_SECONDS } from "./drain.ts";
import { Entrance } from "./entrance.ts";
import { BUSY_WAIT_MS, FAN_OUT_PER_SECOND, FanOut } from "./fan-out.ts";
import { Endpoints } from "./http/endpoints.ts";
import { listening, urlAt } from "./http/listening.ts";
import { type Measured, Metrics } from "./http/metrics.ts";
import {
  announced,
  type CheckedOptions,
  checkOptions,
  type OperatorPolicy,
  type SignalingServerOptions,
  type UpgradeServer,
} from "./options.ts";
import { OutgoingEvent } from "./outgoing.ts";
import { SHUTTING_DOWN } from "./refusals.ts";
import { Rooms } from "./rooms.ts";
import { RunningPolicy } from "./running-policy.ts";
import type { RoomCount, SignalingServer } from "./signaling-server.ts";
import { createStats, type ServerStats } from "./stats.ts";
import { iceServersFor } from "./turn.ts";
import { createHttpServer, type HttpOptions } from "./upgrade.ts";

export type { RoomCount, SignalingServer } from "./signaling-server.ts";

/** Throws a TypeError when an option is not what it may be. Nothing starts before `listen()`. */
export function createSignalingServer(options: SignalingServerOptions = {}): SignalingServer {
  return new SocketServer(checkOptions(options));
}

class SocketServer implements SignalingServer {
  readonly #options: CheckedOptions;
  readonly #fanOut: FanOut;
  readonly #stats = createStats();
  readonly #cluster: Cluster | undefined;
  readonly #rooms: Rooms;
  readonly #operations: Operations;
  readonly #entrance: Entrance;
  readonly #http: UpgradeServer;
  readonly #ownsHttp: boolean;
  readonly #metrics: Metrics;
  readonly #endpoints: Endpoints;
  #adminHttp: HttpServer | undefined;
  readonly #policy: RunningPolicy;
  /** While it drains and there are other nodes: the clock's time by which clients must be there. */
  #moveBy: number | undefined;
  #state: "idle" | "listening" | "draining" | "closed" = "idle";

  constructor(options: CheckedOptions) {
    this.#options = options;
    this.#fanOut = new FanOut(options.clock, FAN_OUT_PER_SECOND, BUSY_WAIT_MS);
    this.#policy = new RunningPolicy(options);
    this.#cluster = createCluster(
      options,
      (kept) => {
        this.#policy.take(kept);
        this.#applyPolicy();
      },
      (order) => this.#operations.take(order),
    );
    this.#rooms = new Rooms({
      clock: options.clock,
      cluster: this.#cluster,
      most: options.limits.rooms,
      roomOptions: () => this.#roomOptions(),
    });
    const { clock } = options;
    const removed = new Removed(clock);
    const shared = { rooms: this.#rooms, removed };
    this.#operations = new Operations({ ...shared, clock, cluster: this.#cluster });
    this.#metrics = new Metrics(() => this.#measure());
    this.#endpoints = new Endpoints({
      target: this,
      metrics: this.#metrics,
      notReady: () => this.#notReady(),
      token: options.admin.token,
      apart: options.admin.port !== undefined,
      log: options.log,
    });
    this.#entrance = new Entrance({
      ...{ ...shared, options, metrics: this.#metrics, stats: this.#stats },
      state: () => this.#state,
      moveBy: () => this.#moveBy,
    });
    this.#ownsHttp = options.server === undefined;
    this.#http =
      options.server ?? this.#createHttp((request, response) => this.handle(request, response));
  }

  async listen(): Promise<void> {
    if (this.#state !== "idle") throw new Error(`This signaling server is ${this.#state} already.`);
    this.#state = "listening";
    this.#http.on("upgrade", this.#onUpgrade);
    const { port, host, admin } = this.#options;
    if (this.#ownsHttp) await listening(this.#http, port, host, { port: "port", host: "host" });
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
    this.#operations.close();
    await Promise.all([this.#cluster?.close(), this.#entrance.lastWords()]);
    await this.#entrance.close();
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
    return address && urlAt(this.#http, address);
  }

  rooms(): RoomCount[] {
    return [...this.#rooms].map(({ name, size: members, away }) => ({ name, members, away }));
  }

  members(room: string): Promise<MemberSummary[]> {
    return this.#operations.members(room);
  }

  removeUser(id: string, room?: string): Promise<number> {
    return this.#operations.removeUser(id, room);
  }

  closeRoom(room: string): Promise<number> {
    return this.#operations.closeRoom(room);
  }

  sendMessage(
    room: string,
    type: string,
    data?: unknown,
    options: ServerMessageOptions = {},
  ): Promise<number> {
    return this.#operations.sendMessage(room, type, data, options);
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
    log.info({ clients: this.#entrance.sessions.size, seconds }, "draining: takes nobody new");
    await drain({
      clock,
      random: Math.random,
      windowMs: seconds * 1000,
      move,
      clients: [...this.#entrance.sessions].map((session) => ({
        askToMove: (withinMs) => session.send(new OutgoingEvent("drain", { withinMs })),
      })),
      left: () => this.#entrance.sessions.size,
    });
    log.info({ clients: this.#entrance.sessions.size }, "drained");
  }

  handle(request: IncomingMessage, response: ServerResponse, base = ""): boolean {
    return this.#endpoints.handle(request, response, base);
  }

  get ready(): boolean {
    return this.#notReady() === undefined;
  }

  get policy(): OperatorPolicy {
    return this.#policy.now;
  }

  setPolicy(change: Partial<OperatorPolicy>): OperatorPolicy {
    return this.#keepPolicy(this.#policy.change(change));
  }

  resetPolicy(): OperatorPolicy {
    return this.#keepPolicy(this.#policy.reset());
  }

  #keepPolicy(changes: string): OperatorPolicy {
    this.#applyPolicy();
    this.#cluster?.keepPolicy(changes);
    return this.policy;
  }

  /** On this node; every other one hears of it by itself. */
  #applyPolicy(): void {
    for (const room of this.#rooms) room.setPolicy(announced(this.policy));
    this.#options.log.info({ ...this.policy }, "policy changed");
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

  #createHttp(handle: HttpOptions["handle"]): HttpServer {
    const { path, limits } = this.#options;
    return createHttpServer({ path, limits, stats: this.#stats, handle });
  }

  /** Metrics and admin API on a port of their own. */
  async #listenApart(port: number, host = "127.0.0.1"): Promise<void> {
    const http = this.#createHttp((request, response) =>
      this.#endpoints.handle(request, response, "", true),
    );
    this.#adminHttp = http;
    await listening(http, port, host, { port: "admin.port", host: "admin.host" });
    const { address, port: taken } = http.address() as AddressInfo;
    this.#options.log.info({ address, port: taken }, "metrics and admin API listen");
  }

  #announce(): void {
    const { log, origins, path, authenticate } = this.#options;
    const where = this.url === null ? "on the server it was given" : `at ${this.url}`;
    const from = origins === undefined ? "from any page" : `from ${origins.join(", ")}`;
    const listens = `listening ${where} (${path}).`;
    if (authenticate) log.info({}, `${listens} Authentication is on, ${from}.`);
    else {
      const warning = "OPEN: no authentication, whoever reaches it may enter any room";
      log.warn({}, `${listens} ${warning}, ${from}.`);
    }
  }

  readonly #onHttpClose = (): void => {
    void this.close();
  };

  readonly #onUpgrade = (request: IncomingMessage, socket: TcpSocket, head: Buffer): void => {
    const alone = this.#http.listenerCount("upgrade") === 1;
    this.#entrance.take(request, socket, head, alone);
  };

  #roomOptions() {
    const { clock, wallNow, iceServers, turn, timings } = this.#options;
    return {
      clock,
      wallNow,
      policy: announced(this.policy),
      spread: () => this.#entrance.sessions.spread,
      stats: this.#stats,
      fanOut: this.#fanOut,
      iceFor: (id: string) => iceServersFor(id, iceServers, turn, wallNow()),
      ...(timings.lostAfterMs === undefined ? {} : { lostAfterMs: timings.lostAfterMs }),
      ...(timings.seatRestMs === undefined ? {} : { seatRestMs: timings.seatRestMs }),
    };
  }
}
