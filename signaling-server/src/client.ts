/** What an admitted client says: each message is checked, counted, and handed to its room. */
import type { Clock } from "../../lib/src/clock.ts";
import {
  type ClientToServerEvents,
  MAX_INTEREST_PEERS,
  MAX_INTEREST_SURFACES,
  type Refusal,
} from "../../lib/src/signaling/events.ts";
import { allows } from "../../lib/src/signaling/grants.ts";
import { decodeAckVector } from "../../lib/src/wire/ack-vector.ts";
import { CLASS_CURSOR, CLASS_LATEST, CLASS_PRESENCE } from "../../lib/src/wire/codes.ts";
import { decodeRouted } from "../../lib/src/wire/envelope.ts";
import { frameClass } from "../../lib/src/wire/frame.ts";
import type { Lease } from "./access/lease.ts";
import { screen } from "./access/screen.ts";
import { Bucket } from "./bucket.ts";
import { isCount } from "./checks.ts";
import {
  parseDifferences,
  parseGoodbye,
  parseInterest,
  parsePresence,
  parseReport,
  parseSignal,
} from "./events-in.ts";
import { isToken, presenceTooLarge } from "./handshake.ts";
import type { Metrics } from "./http/metrics.ts";
import type { Intake } from "./limits/intake.ts";
import { type CheckedLimits, TOO_FAST, TOO_MUCH_PRESENCE } from "./limits/limits.ts";
import { fitsBeside } from "./limits/presence-size.ts";
import type { Member } from "./member.ts";
import { OutgoingEvent } from "./outgoing.ts";
import type { Room } from "./room.ts";
import type { SocketSession } from "./session.ts";
import { countFrame, countLimit, type ServerStats } from "./stats.ts";

/** Malformed messages forgiven at once, and a second in the long run: versions differ, bits do not. */
const FORGIVEN_AT_ONCE = 100;
const FORGIVEN_PER_SECOND = 1;

/** Uses of rights one does not have that are forgiven: a library that knows of grants makes none. */
const OFFENCES_AT_ONCE = 100;
const OFFENCES_PER_SECOND = 1;

/** A presence frame is its type and version, and then the state. */
const PRESENCE_HEADER_BYTES = 10;

/** Longest id of a message from the back end, in characters. */
const MAX_MAIL_ID = 64;

/** Answers a second to signals whose receiver is not in the room. */
const ANSWERS_PER_SECOND = 4;

/** Memberships that one client may be sent at once, and a second in the long run: one each 10 s. */
const RESYNCS_AT_ONCE = 3;
const RESYNCS_PER_SECOND = 0.1;

/** Interests at once, and a second in the long run: a client says its newest ten times a second at most. */
const INTERESTS_AT_ONCE = 20;
const INTERESTS_PER_SECOND = 12;

type Handlers = {
  readonly [E in keyof ClientToServerEvents]: (client: Client, value: unknown) => boolean;
};

export class Client {
  readonly #room: Room;
  readonly #member: Member;
  readonly #session: SocketSession;
  readonly #stats: ServerStats;
  readonly #clock: Clock;
  /** Made when they are first needed: most clients never need them. */
  #forgiveness: Bucket | undefined;
  #answers: Bucket | undefined;
  #resyncs: Bucket | undefined;
  #interests: Bucket | undefined;
  readonly #metrics: Metrics;
  #offences: Bucket | undefined;
  readonly #lease: Lease | undefined;
  readonly #limits: CheckedLimits;
  readonly #intake: Intake;

  constructor(
    room: Room,
    member: Member,
    session: SocketSession,
    options: {
      readonly clock: Clock;
      readonly stats: ServerStats;
      readonly metrics: Metrics;
      /** Where there is authentication. */
      readonly lease?: Lease | undefined;
      readonly limits: CheckedLimits;
      readonly intake: Intake;
    },
  ) {
    this.#limits = options.limits;
    this.#intake = options.intake;
    this.#metrics = options.metrics;
    this.#room = room;
    this.#member = member;
    this.#session = session;
    this.#stats = options.stats;
    this.#lease = options.lease;
    this.#clock = options.clock;
  }

  /** One event, whatever its name and argument; a frame is the event "frame". */
  receive(name: string, value: unknown): void {
    if (!this.#session.open) return;
    if (!Object.hasOwn(Client.#handlers, name)) {
      this.#stats.unknownEvents++;
      this.#strike();
    } else if (!Client.#handlers[name as keyof Handlers](this, value)) {
      if (name === "frame") this.#stats.malformedFrames++;
      else this.#stats.malformedEvents++;
      this.#strike();
    }
  }

  /** It sends more than it may, and goes on although it was given no credit. */
  tooFast(): void {
    this.#end(TOO_FAST);
  }

  /** The socket is gone. `tornDown`: and so, it seems, is its page. */
  lost(tornDown: boolean): void {
    this.#lease?.stop();
    this.#session.forget();
    this.#room.lost(this.#member, this.#session, tornDown);
  }

  /** Each is false when the value is malformed. One of each for all clients: most of them are idle. */
  static readonly #handlers: Handlers = {
    frame: (client, value) => value instanceof Uint8Array && client.#frame(value),

    presence: (client, value) => {
      const { presenceBytes } = client.#limits;
      const presence = parsePresence(value, presenceBytes);
      if (!presence) return false;
      if (presence === "too-large") {
        countLimit(client.#stats, "presence-bytes");
        client.#end(presenceTooLarge(presenceBytes));
        return true;
      }
      const { id, rights } = client.#member;
      if (!rights.permit((grants) => allows(grants, "presence"))) client.#forbid();
      else if (fitsBeside(presence, id, client.#room.members, client.#limits)) {
        client.#room.setPresence(client.#member, presence);
      } else {
        countLimit(client.#stats, "room-presence-bytes");
        client.#end(TOO_MUCH_PRESENCE);
      }
      return true;
    },

    // Where nobody asks for tokens a client may still have one: nothing to renew, and no harm.
    token: (client, value) => isToken(value) && (client.#lease?.renew(value) ?? true),

    received: (client, value) => {
      if (typeof value !== "string" || value.length > MAX_MAIL_ID) return false;
      client.#member.mail?.received(value);
      return true;
    },

    signal: (client, value) => {
      const signal = parseSignal(value);
      if (!signal || signal.to === client.#member.id) return false;
      if (!client.#room.signal(client.#member, signal.to, signal)) client.#unknown(signal.to);
      return true;
    },

    goodbye: (client, value) => {
      const goodbye = parseGoodbye(value);
      if (!goodbye) return false;
      if (client.#room.goodbye(client.#member, goodbye.generation)) client.#session.close();
      else client.#stats.staleGoodbyes++;
      return true;
    },

    unseat: (client) => {
      client.#room.unseat(client.#member);
      return true;
    },

    credit: (client, value) => isCount(value) && client.#session.acknowledge(value),

    report: (client, value) => {
      const report = parseReport(value);
      if (!report) return false;
      client.#metrics.linksOf(client.#session, report.links);
      if (report.directMs !== undefined) client.#metrics.directAfter(report.directMs);
      return true;
    },

    interest: (client, value) => {
      const interest = parseInterest(value);
      if (interest === undefined) {
        client.#endInterest();
        return true;
      }
      client.#interests ??= new Bucket(client.#clock, INTERESTS_AT_ONCE, INTERESTS_PER_SECOND);
      // Too often: the same as what cannot be understood.
      if (!client.#interests.take()) return false;
      client.#room.setInterest(client.#member, interest);
      return true;
    },

    resync: (client) => {
      client.#resyncs ??= new Bucket(client.#clock, RESYNCS_AT_ONCE, RESYNCS_PER_SECOND);
      if (client.#resyncs.take()) client.#room.resync(client.#session);
      else client.#stats.resyncsLimited++;
      return true;
    },

    audited: (client, value) => {
      const differences = parseDifferences(value);
      if (!differences) return false;
      client.#stats.auditGhost += differences.ghost;
      client.#stats.auditMissing += differences.missing;
      client.#stats.auditStale += differences.stale;
      return true;
    },

    echo: (client, value) => {
      if (!isCount(value)) return false;
      client.#session.send(new OutgoingEvent("echo", value));
      return true;
    },
  };

  #frame(message: Uint8Array): boolean {
    const { frameBytes } = this.#limits;
    if (message.length > frameBytes) {
      countLimit(this.#stats, "frame-bytes");
      this.#end({
        code: "frame-too-large",
        message: `A binary message has at most ${frameBytes} bytes; this one has ${message.length}.`,
      });
      return true;
    }
    const verdict = this.#intake.take(message.length);
    if (verdict === "beyond") return true;
    this.#session.took(message.length);
    const routed = decodeRouted(message);
    if (!routed) return false;
    countFrame(this.#stats.classes.in, routed.frame[0] ?? 0, message.length);
    const { route } = routed;
    if (route.kind === "server") {
      // Nothing else is addressed to the server itself.
      const acks = decodeAckVector(routed.frame);
      if (acks) this.#room.acknowledge(this.#member, acks);
      return acks !== undefined;
    }
    const kind = frameClass(routed.frame);
    if (kind === CLASS_PRESENCE && this.#isTooLarge(routed.frame)) return false;
    if (verdict === "over" && this.#sheds(kind)) return true;
    const { frame, forbidden } = screen(this.#member.rights, routed.frame);
    if (forbidden) this.#forbid();
    if (frame && this.#session.open) this.#room.deliver(this.#member, route, frame);
    return true;
  }

  #isTooLarge({ length }: Uint8Array): boolean {
    return length > this.#limits.presenceBytes + PRESENCE_HEADER_BYTES;
  }

  /** Whether a frame of this class is what a socket that sends too much loses first. */
  #sheds(kind: number): boolean {
    if (kind === CLASS_CURSOR) this.#stats.overRateCursor++;
    else if (kind === CLASS_LATEST) this.#stats.overRateLatest++;
    else if (kind === CLASS_PRESENCE) this.#stats.overRatePresence++;
    else return false;
    return true;
  }

  /** Normal when its receiver has just left, so the socket stays; told now and then, for debugging. */
  #unknown(to: string): void {
    this.#stats.strangerSignals++;
    this.#answers ??= new Bucket(this.#clock, ANSWERS_PER_SECOND, ANSWERS_PER_SECOND);
    if (!this.#answers.take()) return;
    this.#session.send(
      new OutgoingEvent("undelivered", {
        to,
        code: "unknown-peer",
        message: "The signal's receiver is not in this room (any more).",
      }),
    );
  }

  #endInterest(): void {
    this.#stats.malformedEvents++;
    this.#end({
      code: "bad-message",
      message: `An interest is null, or names at most ${MAX_INTEREST_SURFACES} surfaces of at most 64 bytes and ${MAX_INTEREST_PEERS} peer ids.`,
    });
  }

  #forbid(): void {
    this.#stats.forbidden++;
    this.#offences ??= new Bucket(this.#clock, OFFENCES_AT_ONCE, OFFENCES_PER_SECOND);
    if (this.#offences.take()) return;
    this.#end({
      code: "forbidden",
      message: "This client goes on using rights that the server did not grant it.",
    });
  }

  #strike(): void {
    this.#forgiveness ??= new Bucket(this.#clock, FORGIVEN_AT_ONCE, FORGIVEN_PER_SECOND);
    if (this.#forgiveness.take()) return;
    this.#end({
      code: "bad-message",
      message: "Too many malformed messages: is this client a Skein client of this version?",
    });
  }

  /** The socket is refused from now on, and its member away until it resumes. */
  #end(refusal: Refusal): void {
    this.#session.end(refusal);
    this.#room.lost(this.#member, this.#session);
  }
}
