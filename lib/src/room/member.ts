/** One other participant: its snapshot, its link, and what arrives from it turned into events. */
import type { Clock } from "../clock.ts";
import type { Link, StateFrame } from "../link/link.ts";
import type { MemberInfo, VersionedPresence } from "../signaling/events.ts";
import {
  type DecodedEntry,
  decodeEntry,
  decodeFrame,
  decodeValue,
  MessageJoiner,
  type Value,
} from "../wire/index.ts";
import { ACTIVITIES } from "./attention.ts";
import { colorOf } from "./color.ts";
import { canOf } from "./grants.ts";
import { NewestPerKey } from "./newest.ts";
import { PointerInbox } from "./pointer-inbox.ts";
import { check, schemaOf } from "./schema.ts";
import { SLOWEST_PACE } from "./turns.ts";
import type { Activity, Can, CursorSample, Peer, RoomSchema } from "./types.ts";

export interface MemberEvents {
  /** The snapshot changed; `what` says in which respect. `shown`: there was none before. */
  changed(member: Member, what: "presence" | "shown" | "other"): void;
  cursor(member: Member, samples: readonly CursorSample[]): void;
  message(member: Member, type: string, data: unknown): void;
  latest(member: Member, type: string, key: string, data: unknown): void;
  refused(kind: string): void;
}

export class Member {
  readonly #schema: RoomSchema | undefined;
  readonly #events: MemberEvents;
  readonly #joiner = new MessageJoiner();
  readonly #newest = new NewestPerKey();
  readonly #pointer: PointerInbox;
  #can: Can;
  #info: MemberInfo;
  #peer: Peer | null = null;
  #cursorShown = true;
  #activity: Activity = "active";
  /** The pace at which it wants to be told what changes all the time. */
  asked = 0;
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
    this.#pointer = new PointerInbox(clock);
    this.#can = canOf(info.grants);
    this.#info = { ...info, presence: { version: -1, state: {} } };
    this.presence(info.presence);
  }

  get id(): string {
    return this.#info.id;
  }
  get info(): MemberInfo {
    return this.#info;
  }
  /** Null while its presence does not fit the schema: the app never sees such a peer. */
  get peer(): Peer | null {
    return this.#peer;
  }
  get away(): boolean {
    return this.#info.away;
  }
  /** Its newest cursor sample; null when hidden. */
  get cursor(): CursorSample | null {
    return this.#cursorShown ? this.#pointer.last : null;
  }

  /** What the server says of it now. */
  update(info: MemberInfo): void {
    if (JSON.stringify(info.grants) !== JSON.stringify(this.#info.grants)) {
      this.#can = canOf(info.grants);
    }
    const { presence, user, ...rest } = info;
    const known = this.#info.user;
    // Every welcome brings new objects; a peer that is the same stays the same.
    const same = JSON.stringify(user) === JSON.stringify(known) ? known : user;
    this.#set({
      ...rest,
      ...(same === undefined ? {} : { user: same }),
      presence: this.#info.presence,
    });
    this.presence(presence);
  }

  set(change: Partial<Pick<MemberInfo, "away" | "handle" | "seat">>): void {
    this.#set({ ...this.#info, ...change });
  }

  /** A presence, whatever carried it: the newest version wins. */
  presence({ version, state }: VersionedPresence): void {
    if (version <= this.#info.presence.version) return;
    this.#info = { ...this.#info, presence: { version, state } };
    const checked = check(this.#schema?.presence, state);
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

  /** A reliable entry, in the peer's order. False when it is part of what is not whole yet. */
  entry(bytes: Uint8Array): boolean {
    const entry: DecodedEntry = decodeEntry(bytes);
    switch (entry.kind) {
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
