/** One other participant: its snapshot, its link, and what arrives from it turned into events. */
import type { Clock } from "../clock.ts";
import type { Link, StateFrame } from "../link/link.ts";
import type { MemberInfo, VersionedPresence, Vouched } from "../signaling/events.ts";
import { allows, type Grants } from "../signaling/grants.ts";
import {
  type DecodedEntry,
  decodeEntry,
  decodeFrame,
  decodeValue,
  MessageJoiner,
  type Value,
} from "../wire/index.ts";
import { ACTIVITIES } from "./activities.ts";
import { colorOf } from "./color.ts";
import type { Enforcement } from "./enforcement.ts";
import { canOf } from "./grants.ts";
import { NewestPerKey } from "./newest.ts";
import { SLOWEST_PACE } from "./pace.ts";
import { PointerInbox } from "./pointer-inbox.ts";
import { check, schemaOf } from "./schema.ts";
import type { Activity, Can, CursorSample, Peer, RoomSchema } from "./types.ts";

export interface MemberEvents {
  /** The snapshot changed; `what` says in which respect. `shown`: there was none before. */
  changed(member: Member, what: "presence" | "shown" | "other"): void;
  cursor(member: Member, samples: readonly CursorSample[]): void;
  message(member: Member, type: string, data: unknown): void;
  latest(member: Member, type: string, key: string, data: unknown): void;
  refused(kind: string): void;
  /** What holds it to its rights is needed, and was not before. `use`: now, or when it is there. */
  limited(use: (limits: LimitsOf) => void): void;
}

type Limits = Pick<Enforcement, "change" | "mayDeliver" | "permitsState" | "withholds">;

/** With grants that it had until now. */
type LimitsOf = (grants: Grants) => Limits;

/** Of one that may not do everything nothing passes while what looks at it is not loaded. */
const NOTHING: Limits = {
  change() {},
  mayDeliver: () => false,
  permitsState: () => false,
  withholds: () => true,
};

/** What a peer shows that may not show anything of its own. */
const NO_PRESENCE = Object.freeze({});

export class Member {
  readonly #schema: RoomSchema | undefined;
  readonly #events: MemberEvents;
  readonly #joiner = new MessageJoiner();
  readonly #newest = new NewestPerKey();
  readonly #pointer: PointerInbox;
  /** Holds it to its grants; null where it may do everything, and always might. */
  #limits: Limits | null = null;
  #can: Can;
  /** Nothing of it is shown, and nothing is sent to it. */
  isBlocked = false;
  #info: MemberInfo;
  #peer: Peer | null = null;
  #cursorShown = true;
  #activity: Activity = "active";
  /** The pace at which it wants to be told what changes all the time. */
  asked = 0;
  /** The surfaces on which it wants our cursor over a data channel; null: all. */
  surfaces: readonly string[] | null = null;
  link!: Link;
  /** The server gave it up as lost, but a WebRTC path still answers. */
  lostByServer = false;

  constructor(
    info: MemberInfo,
    clock: Clock,
    schema: RoomSchema | undefined,
    events: MemberEvents,
  ) {
    this.#schema = schema;
    this.#events = events;
    this.#can = canOf(info.grants);
    this.#pointer = new PointerInbox(clock);
    this.#info = { ...info, presence: { version: -1, state: {} } };
    this.presence(info.presence);
    this.#limit(info.grants);
  }

  get id(): string {
    return this.#info.id;
  }
  get info(): MemberInfo {
    return this.#info;
  }
  /** Null while it is blocked or its presence does not fit the schema: the app never sees such a peer. */
  get peer(): Peer | null {
    return this.isBlocked ? null : this.#peer;
  }
  get away(): boolean {
    return this.#info.away;
  }
  /** Its newest cursor sample; null when hidden. */
  get cursor(): CursorSample | null {
    return this.#cursorShown && !this.isBlocked ? this.#pointer.last : null;
  }

  /** What the server says of it now. */
  update(info: MemberInfo): void {
    const { presence, user, grants } = this.#info;
    // What is absent counts as undefined here.
    this.#info = { ...info, presence, user, grants } as MemberInfo;
    this.vouched(info);
    this.presence(info.presence);
  }

  /** What the server vouches for of it now. */
  vouched({ user, grants }: Vouched): void {
    const known = this.#info;
    const changed = JSON.stringify(grants) !== JSON.stringify(known.grants);
    if (changed) {
      this.#can = canOf(grants);
      if (!allows(grants, "cursor")) this.#forgetCursor();
    }
    // Every welcome brings new objects; a peer that is the same stays the same.
    const same = JSON.stringify(user) === JSON.stringify(known.user);
    this.#set({ ...known, user: same ? known.user : user, grants } as MemberInfo);
    if (!changed) return;
    this.#limit(known.grants);
    this.#limits?.change(grants);
    this.link.rightsChanged();
  }

  /** From now on it is looked at what it says. `former`: what it might do until now. */
  #limit(former: Grants): void {
    if (this.#limits !== null || (former ?? this.#info.grants) === undefined) return;
    this.#limits = NOTHING;
    this.#events.limited((limitsOf) => {
      this.#limits = limitsOf(former);
      this.#limits.change(this.#info.grants);
      // Without a link it is being made, and nothing came yet.
      this.link?.rightsChanged();
    });
  }

  #forgetCursor(): void {
    const { cursor } = this;
    this.#pointer.forget();
    if (cursor !== null) this.#events.cursor(this, []);
  }

  set(change: Partial<Pick<MemberInfo, "away" | "handle" | "seat">>): void {
    this.#set({ ...this.#info, ...change });
  }

  /** A presence, whatever carried it: the newest version wins. */
  presence({ version, state }: VersionedPresence): void {
    if (version <= this.#info.presence.version) return;
    this.#info = { ...this.#info, presence: { version, state } };
    // The schema's keys are for those who may fill them in.
    const isBare = !allows(this.#info.grants, "presence") && Object.keys(state).length === 0;
    const checked = isBare
      ? ({ ok: true, value: NO_PRESENCE } as const)
      : check(this.#schema?.presence, state);
    if (!checked.ok) {
      this.#events.refused("schema-presence");
      return;
    }
    const known = this.#peer !== null;
    this.#peer = this.#snapshot(checked.value as object);
    // Without a link it is being made, and nobody knows of it yet.
    if (this.link !== undefined) this.#events.changed(this, known ? "presence" : "shown");
  }

  /** The link's path or its reason changed. */
  pathChanged(): void {
    this.#set(this.#info);
  }

  /** Hides or shows the cursor of a peer that is away, without forgetting where it is. */
  showCursor(shown: boolean): void {
    if (shown === this.#cursorShown) return;
    this.#cursorShown = shown;
    const last = this.#pointer.last;
    if (last !== null) this.#events.cursor(this, shown ? [last] : []);
  }

  /** It numbers its streams anew: half a message will never be whole. */
  streamsReset(): void {
    this.#joiner.reset();
  }

  /** A frame that is complete in itself. */
  state(frame: StateFrame): void {
    if (this.#limits?.permitsState(frame) === false) {
      this.#events.refused(`forbidden-${frame.kind}`);
      return;
    }
    switch (frame.kind) {
      case "presence":
        this.presence(frame as VersionedPresence);
        break;
      case "cursor":
        this.#samples(this.#pointer.accept(frame, this.link.path));
        break;
      case "latest":
        this.#latest(frame.number, frame.type, frame.key, frame.value);
        break;
    }
  }

  /** Whether the next entry in the peer's order can be dealt with, or has to wait. */
  mayDeliver(bytes: Uint8Array): boolean {
    return this.#limits?.mayDeliver(bytes) ?? true;
  }

  /** A reliable entry, in the peer's order. False when it is part of what is not whole yet. */
  entry(bytes: Uint8Array): boolean {
    const entry: DecodedEntry = decodeEntry(bytes);
    if (this.#limits?.withholds(entry)) {
      this.#joiner.reset();
      this.#events.refused(`forbidden-${entry.kind}`);
      return true;
    }
    switch (entry.kind) {
      case "withheld":
        // A chunk of a message may have been here.
        this.#joiner.reset();
        this.#events.refused("withheld");
        break;
      case "message":
      case "begin":
      case "continue": {
        const joined = this.#joiner.add(entry);
        if (joined.kind === "message") this.#message(joined.type, joined.value);
        else if (joined.kind === "malformed") this.#events.refused("chunk-malformed");
        return joined.kind !== "incomplete";
      }
      case "cursor": {
        const frame = decodeFrame(entry.frame);
        if (frame.kind === "cursor") this.#samples(this.#pointer.accept(frame, this.link.path));
        else this.#events.refused("entry-malformed");
        break;
      }
      case "cursorHidden":
        if (this.#pointer.hide(entry)) this.#events.cursor(this, []);
        break;
      case "latest":
        this.#latest(entry.number, entry.type, entry.key, entry.value);
        break;
      case "activity":
        this.#activity = ACTIVITIES[entry.activity] ?? "active";
        this.asked = Math.min(SLOWEST_PACE, entry.pace);
        this.#set(this.#info);
        break;
      case "interest":
        this.surfaces = entry.surfaces;
        break;
      default:
        this.#events.refused(`entry-${entry.kind}`);
    }
    return true;
  }

  #samples(samples: readonly CursorSample[]): void {
    if (samples.length > 0) this.#events.cursor(this, samples);
  }

  #message(type: string, value: Value): void {
    const data = this.#checked("messages", type, value);
    if (data !== undefined) this.#events.message(this, type, data.value);
  }

  #latest(number: number, type: string, key: string, value: Value): void {
    if (!this.#newest.accept(number, type, key)) return;
    const data = this.#checked("latest", type, value);
    if (data !== undefined) this.#events.latest(this, type, key, data.value);
  }

  #checked(
    kind: "messages" | "latest",
    type: string,
    value: Value,
  ): { readonly value: unknown } | undefined {
    const decoded = decodeValue(value);
    if (decoded === undefined) {
      this.#events.refused("value-malformed");
      return undefined;
    }
    const checked = check(schemaOf(this.#schema, kind, type), decoded.data);
    if (checked.ok) return checked;
    this.#events.refused(`schema-${kind}`);
    return undefined;
  }

  #set(info: MemberInfo): void {
    this.#info = info;
    const before = this.#peer;
    if (before === null) return;
    const peer = this.#snapshot(before.presence);
    const same =
      before.activity === peer.activity &&
      before.path === peer.path &&
      before.pathReason === peer.pathReason &&
      before.user === peer.user &&
      before.can === peer.can;
    if (same) return;
    this.#peer = peer;
    this.#events.changed(this, "other");
  }

  #snapshot(presence: object): Peer {
    return Object.freeze({
      id: this.#info.id,
      isSelf: false,
      user: this.#info.user ?? null,
      presence: Object.freeze(presence) as Peer["presence"],
      color: colorOf(this.#info.join),
      activity: this.#info.away ? "away" : this.#activity,
      path: this.link?.path ?? "server",
      pathReason: this.link === undefined ? "connecting" : this.link.reason,
      can: this.#can,
    });
  }
}
