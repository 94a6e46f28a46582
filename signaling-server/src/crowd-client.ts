/** For tests: a client of a room in memory that understands what the library does, and nothing more. */
import type { FakeClock } from "../../lib/src/fake-clock.ts";
import { type Link, NEW_PEER } from "../../lib/src/link/link.ts";
import { NO_HANDLE } from "../../lib/src/room/handles.ts";
import { Member as Known } from "../../lib/src/room/member.ts";
import { Members } from "../../lib/src/room/members.ts";
import type { SocketHandlers } from "../../lib/src/signaling/connection.ts";
import {
  FEATURE_AUDIT,
  FEATURE_PAGES,
  type MemberInfo,
  type Welcome,
} from "../../lib/src/signaling/events.ts";
import { EVENT_GUARDS } from "../../lib/src/signaling/guards.ts";
import { Housekeeping } from "../../lib/src/signaling/housekeeping.ts";
import { decodeSent } from "../../lib/src/wire/envelope.ts";
import { FakeSession } from "./fake-session.ts";
import type { Admission, Member } from "./member.ts";
import type { OutgoingEvent, OutgoingFrame } from "./outgoing.ts";
import type { Room } from "./room.ts";

/** Of this link nothing is asked. */
const LINK = {
  ...{ answers: false, closedAt: Number.NEGATIVE_INFINITY, bookmark: NEW_PEER, path: "server" },
  ...{ reason: "connecting", serverChanged() {}, receiveFromServer() {}, close() {} },
} as unknown as Link;

/** What is told to the room. */
const PASSED = [
  ...["joined", "away", "back", "left", "presence", "seat"],
  ...["vouched", "message", "page", "signal", "knock"],
];

export class CrowdClient {
  readonly id: string;
  readonly features: number;
  readonly members: Members;
  session: CrowdSession | null = null;
  member: Member | undefined;
  generation = 0;
  join: number | undefined;
  /** What the app hears, by `join id` and `left id`. */
  readonly heard: string[] = [];
  /** What should never happen. */
  readonly oddities: string[] = [];
  readonly clock: FakeClock;

  constructor(id: string, clock: FakeClock, features = FEATURE_AUDIT | FEATURE_PAGES) {
    this.id = id;
    this.clock = clock;
    this.features = features;
    this.members = new Members(clock, {
      create: (info) => {
        if (info.id === this.id) this.oddities.push("told of itself");
        const member = new Known(info, clock, undefined, {
          ...{ changed() {}, cursor() {}, message() {}, latest() {}, refused() {} },
          ...{ limited() {} },
        });
        member.link = LINK;
        return member;
      },
      joined: ({ id: who }) => this.heard.push(`join ${who}`),
      left: ({ id: who }) => this.heard.push(`left ${who}`),
      changed() {},
    });
  }

  get size(): number {
    return this.members.told ?? this.members.size + 1;
  }

  enter(room: Room, over: Partial<Admission> = {}): Member | undefined {
    this.session?.end({ code: "replaced", message: "" });
    const session = new CrowdSession(this, room);
    this.session = session;
    this.member = room.admit(
      {
        ...{ id: this.id, generation: ++this.generation, join: this.join },
        ...{ features: this.features, webrtc: true, user: undefined },
        presence: { version: 1, state: {} },
        ...over,
      },
      session,
    );
    return this.member;
  }

  /** Its socket is lost, and the server notices. */
  lose(room: Room): void {
    const { session, member } = this;
    if (!session || !member) return;
    this.session = null;
    session.stop();
    this.members.disconnected();
    room.lost(member, session);
  }

  goodbye(room: Room): void {
    const { session, member } = this;
    if (!session || !member) return;
    room.goodbye(member, this.generation);
    session.stop();
    this.session = null;
    this.join = undefined;
    this.members.clear();
    this.heard.length = 0;
  }

  /** Whom it knows, as it does: what the server has of them, or why that differs. */
  differences(room: Room): string[] {
    const wrong: string[] = [];
    for (const member of room.members) {
      const known = this.members.get(member.id)?.info;
      if (member.id === this.id) continue;
      if (!known) wrong.push(`${member.id} is missing`);
      else if (known.handle !== member.handle) wrong.push(`${member.id} has another handle`);
      else if (known.away !== member.away) wrong.push(`${member.id} is away or not`);
      else if (known.presence.version !== member.presence.version)
        wrong.push(`${member.id} has presence ${known.presence.version}`);
    }
    for (const { id } of this.members) if (!room.get(id)) wrong.push(`${id} is a ghost`);
    if (this.size !== room.size) wrong.push(`${this.size} instead of ${room.size}`);
    return wrong;
  }
}

export class CrowdSession extends FakeSession {
  lags = false;
  readonly #client: CrowdClient;
  readonly #housekeeping: Housekeeping;

  constructor(client: CrowdClient, room: Room) {
    super();
    this.#client = client;
    const apply = (event: string, payload: unknown) => this.#apply(event, payload);
    this.#housekeeping = new Housekeeping({
      clock: client.clock,
      comparable: true,
      outcome: { draining() {} },
      connection: {
        emit: (...[event]) => {
          if (event === "resync") client.oddities.push("audit");
          if (event === "resync") room.resync(this);
          return true;
        },
        lose() {},
      },
      tell: (event, payload) => {
        this.#housekeeping.take(event, payload, true);
        apply(event, payload);
      },
      handlers: {
        ...(Object.fromEntries(
          PASSED.map((event) => [event, (payload: unknown) => apply(event, payload)]),
        ) as unknown as SocketHandlers),
        together: (run) => run(),
        refused: (kind) => client.oddities.push(`refused ${kind}`),
      },
    });
  }

  override send(event: OutgoingEvent): void {
    if (this.ended) return;
    super.send(event);
    const { name } = event;
    // As it arrives: nothing in it is the server's own object any more.
    const argument: unknown = JSON.parse(JSON.stringify(event.argument));
    const isPlain = Object.hasOwn(EVENT_GUARDS, name);
    if (isPlain && !EVENT_GUARDS[name as keyof typeof EVENT_GUARDS](argument)) {
      this.#client.oddities.push(`malformed ${name}`);
    }
    this.#housekeeping.take(name, argument, isPlain);
    if (isPlain) this.#apply(name, argument);
  }

  override sendFrame(frame: OutgoingFrame): void {
    if (this.ended) return;
    super.sendFrame(frame);
    const sent = decodeSent(new Uint8Array(frame.data as Buffer));
    if (sent && this.#client.members.byHandle(sent.sender, sent.frame)) return;
    this.#client.oddities.push("frame of a stranger");
  }

  override end(refusal: Parameters<FakeSession["end"]>[0]): void {
    super.end(refusal);
    this.#housekeeping.stop();
  }

  stop(): void {
    this.end({ code: "replaced", message: "" });
  }

  #apply(event: string, payload: unknown): void {
    const { members } = this.#client;
    const about = payload as MemberInfo & { reason: "lost"; more: boolean };
    switch (event) {
      case "welcome":
        this.#welcome(payload as Welcome);
        break;
      case "page": {
        const { members: infos, more } = payload as { members: MemberInfo[]; more: boolean };
        if (members.told === null) break;
        members.confirm(infos, more ? members.told : null);
        if (more) break;
        for (const each of [...members]) if (each.info.handle === NO_HANDLE) members.missing(each);
        break;
      }
      case "joined":
        members.announce(about);
        break;
      case "away":
        if (!members.get(about.id) && members.told === null) this.#odd("away of a stranger");
        members.away(about.id);
        break;
      case "back":
        members.back(about.id, about.handle);
        break;
      case "left":
        members.left(about.id, about.reason);
        break;
      case "presence":
        members.get(about.id)?.presence(payload as MemberInfo["presence"]);
        break;
      case "signal":
        if (!members.get((payload as { from: string }).from)) this.#odd("signal of a stranger");
        break;
    }
  }

  #welcome({ self, members: infos, size }: Welcome): void {
    const client = this.#client;
    const first = client.join === undefined;
    client.join = self.join;
    client.members.welcome(infos, first, size ?? null, self.join);
  }

  #odd(what: string): void {
    this.#client.oddities.push(what);
  }
}
