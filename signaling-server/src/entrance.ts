/** From a WebSocket request to a member of a room: who knocks, who is asked who they are, who comes in. */
import type { IncomingMessage } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import type { Refusal } from "../../lib/src/signaling/events.ts";
import { Authentication } from "./access/authentication.ts";
import { Lease, secondsUntil } from "./access/lease.ts";
import type { Removed } from "./access/removed.ts";
import { Client } from "./client.ts";
import { Doorbell } from "./doorbell.ts";
import { type Handshake, isRefusal, parseHandshake } from "./handshake.ts";
import type { Metrics } from "./http/metrics.ts";
import { peerIdOf } from "./identity.ts";
import { crowded } from "./limits/crowded.ts";
import { Places } from "./limits/places.ts";
import { Line } from "./line.ts";
import { LoopTurn } from "./loop-turn.ts";
import type { CheckedOptions } from "./options.ts";
import { OutgoingEvent } from "./outgoing.ts";
import { REMOVED, SHUTTING_DOWN, STALE } from "./refusals.ts";
import type { Rooms } from "./rooms.ts";
import { type Connection, SocketSession } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { Debtors } from "./shed.ts";
import { type SkeinSocket, Sockets } from "./sockets.ts";
import { countLimit, type ServerStats } from "./stats.ts";
import { loggedAddress, roomOf, UpgradeGate } from "./upgrade.ts";
import { Visit, type VisitEnvironment } from "./visit.ts";

export interface EntranceOptions {
  readonly options: CheckedOptions;
  readonly stats: ServerStats;
  readonly metrics: Metrics;
  readonly rooms: Rooms;
  readonly removed: Removed;
  readonly state: () => "idle" | "listening" | "draining" | "closed";
  /** The clock's time by which clients must have moved to other nodes; undefined: they may stay. */
  readonly moveBy: () => number | undefined;
}

export class Entrance {
  readonly #options: EntranceOptions;
  readonly #sockets: Sockets;
  readonly #gate: UpgradeGate;
  readonly #doorbell: Doorbell;
  readonly #places: Places;
  readonly #debtors = new Debtors();
  readonly #authentication: Authentication | undefined;
  /** Admitted sockets, and when each WebSocket request came. */
  readonly #sessions = new Sessions();
  readonly #turn = new LoopTurn();
  readonly #visits: VisitEnvironment;
  readonly #askedAt = new WeakMap<IncomingMessage, number>();

  constructor(entrance: EntranceOptions) {
    this.#options = entrance;
    const { options, stats, metrics, rooms, state } = entrance;
    this.#doorbell = new Doorbell(options.clock, stats, options.trustProxy);
    this.#places = new Places({ ...options, stats });
    this.#authentication = authenticationOf(options, stats);
    this.#sockets = new Sockets(options, stats, {
      check: (socket) => this.#check(socket),
      admit: (socket) => this.#admit(socket),
    });
    this.#visits = {
      ...{ options, stats, metrics, clock: options.clock, sessions: this.#sessions },
      silentAfterMs: this.#sockets.silentAfterMs,
    };
    const closing = () => state() === "draining";
    const place: Places["take"] = (request, socket) => this.#places.take(request, socket);
    this.#gate = new UpgradeGate({ ...options, closing, place }, stats, (request, socket, head) =>
      this.#sockets.guarded(socket, () => {
        this.#askedAt.set(request, options.clock.now());
        const room = roomOf(request);
        if (room !== null) this.#doorbell.ring(request, room, rooms);
        this.#sockets.upgrade(request, socket, head);
      }),
    );
  }

  /** Those who are in. */
  get sessions(): Sessions {
    return this.#sessions;
  }

  /** A WebSocket request. `alone`: what is not for us is for nobody. */
  take(request: IncomingMessage, socket: TcpSocket, head: Buffer, alone: boolean): void {
    this.#gate.take(request, socket, head, alone);
  }

  /** The sockets closed by now still send what was written; resolves when they have, or in a while. */
  lastWords(): Promise<void> {
    return this.#sockets.lastWords();
  }

  close(): Promise<void> {
    return this.#sockets.close();
  }

  /** Undefined when this CONNECT may be admitted: at once where nobody else has to be asked. */
  #check(socket: SkeinSocket): Refusal | undefined | Promise<Refusal | undefined> {
    const { options, stats } = this.#options;
    const { presenceBytes } = options.limits;
    const handshake = parseHandshake(socket.handshake.auth, roomOf(socket.request), presenceBytes);
    if (isRefusal(handshake)) {
      if (handshake.code === "presence-too-large") countLimit(stats, "presence-bytes");
      return handshake;
    }
    const refusal = this.#surplus(socket, handshake) ?? this.#refusalOf(handshake);
    if (refusal) return refusal;
    socket.data.handshake = handshake;
    if (this.#authentication) return this.#identify(this.#authentication, socket);
    return this.#prepare(socket);
  }

  #refusalOf(handshake: Handshake): Refusal | undefined {
    const { rooms, removed, state } = this.#options;
    if (state() === "closed") return SHUTTING_DOWN;
    const { room, key, generation } = handshake;
    const id = peerIdOf(room, key);
    if (removed.has(id)) return REMOVED;
    if (rooms.get(room)?.isStale(id, generation)) return STALE;
    return this.#crowded(handshake, id);
  }

  /** Its address has enough sockets. One that takes the place of another is none more. */
  #surplus(socket: SkeinSocket, handshake: Handshake): Refusal | undefined {
    return this.#replaces(handshake) ? undefined : this.#places.refusalOf(socket.request);
  }

  #replaces({ room, key }: Handshake): boolean {
    return this.#options.rooms.get(room)?.get(peerIdOf(room, key))?.session !== undefined;
  }

  /** There is no room for another one. */
  #crowded(handshake: Handshake, id: string): Refusal | undefined {
    const { rooms, stats, options } = this.#options;
    return crowded(handshake, id, { rooms, stats, limits: options.limits });
  }

  /** Asks who it is. Never rejects. */
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
    if ("refusal" in verdict) return verdict.refusal;
    // Much may have happened meanwhile.
    const refusal = this.#refusalOf(handshake);
    if (refusal) return refusal;
    socket.data.access = verdict;
    const { user } = verdict.vouched;
    const replaces = this.#replaces(handshake);
    const tooMany = user && this.#places.takeOf(user.id, socket.request.socket, replaces);
    return tooMany ?? this.#prepare(socket);
  }

  /** With other nodes: it is known who is there, on all of them, before somebody comes in. */
  #prepare({ data }: SkeinSocket): undefined | Promise<undefined> {
    const { handshake } = data;
    const known =
      handshake && this.#options.rooms.prepare(handshake.room, handshake.join === undefined);
    return known?.then((join) => {
      data.reservedJoin = join;
      return undefined;
    });
  }

  #admit(socket: SkeinSocket): void {
    const { handshake, access, reservedJoin } = socket.data;
    const intake = Line.of(socket.conn)?.intake;
    if (!handshake || !intake || (this.#authentication && !access)) return;
    const { options, stats, metrics, rooms, removed, state, moveBy } = this.#options;
    const { clock, wallNow, log, timings } = options;
    const { key, room: name, token, ...rest } = handshake;
    const session = new SocketSession(socket.conn as unknown as Connection, {
      clock,
      stats,
      creditIntervalMs: timings.creditIntervalMs,
      intake,
      debtors: this.#debtors,
      turn: this.#turn,
    });
    // Much may have happened while others were asked.
    if (state() === "closed") {
      session.end(SHUTTING_DOWN);
      return;
    }
    const id = peerIdOf(name, key);
    if (removed.has(id)) {
      session.end(REMOVED);
      return;
    }
    const isCrowded = this.#crowded(handshake, id);
    if (isCrowded) {
      session.end(isCrowded);
      return;
    }
    const room = rooms.named(name);
    const member = room.admit(
      {
        ...{ ...rest, id, reservedJoin },
        user: access?.vouched.user,
        grants: access?.vouched.grants,
        ttlSeconds: access && secondsUntil(access.expires, wallNow()),
      },
      session,
      this.#doorbell.answered(socket.request, room),
    );
    if (!member) {
      session.end(STALE);
      return;
    }
    log.debug({ peer: id, ...loggedAddress(socket.request, options) }, "admitted a client");
    const askedAt = this.#askedAt.get(socket.request);
    if (askedAt !== undefined) metrics.joined(clock.now() - askedAt);
    const applicant = { request: socket.request, room: name, token };
    const lease =
      this.#authentication &&
      access &&
      new Lease(
        {
          ...{ clock, wallNow, stats, room, member, session, applicant },
          authentication: this.#authentication,
        },
        access.expires,
      );
    const client = new Client(room, member, session, {
      ...{ clock, stats, lease, intake, limits: options.limits },
      metrics,
    });
    // It was on its way in when the drain began, and was not dealt a moment of its own.
    const leaveBy = moveBy();
    if (leaveBy !== undefined) {
      const withinMs = Math.max(0, Math.round(leaveBy - clock.now()));
      session.send(new OutgoingEvent("drain", { withinMs }));
    }
    this.#sockets.listen(socket, new Visit(this.#visits, id, client, session));
    // With a lease it shows its cookies again with each token.
    if (!lease) this.#sockets.forgetRequest(socket);
  }
}

function authenticationOf(
  { authenticate, origins, clock, wallNow, log, timings, trustProxy }: CheckedOptions,
  stats: ServerStats,
): Authentication | undefined {
  return (
    authenticate &&
    new Authentication({
      ...{ authenticate, origins, clock, wallNow, log, stats, trustProxy },
      ...(timings.authenticateMs === undefined ? {} : { timeoutMs: timings.authenticateMs }),
    })
  );
}
