/** A room: what an app holds in its hand. Everything else is behind it. */
import { type Clock, systemClock } from "../clock.ts";
import { Fanout } from "../link/fanout.ts";
import { Link } from "../link/link.ts";
import type { Lane } from "../path/path.ts";
import { ServerPath } from "../path/server.ts";
import { SignalingClient, type SignalingHandlers } from "../signaling/client.ts";
import type { MemberInfo, Signal, VersionedPresence, Welcome } from "../signaling/events.ts";
import {
  encodeFrame,
  MAX_CURSOR_FRAME_BYTES,
  MAX_KEY_BYTES,
  MAX_LATEST_BYTES,
} from "../wire/index.ts";
import { colorOf } from "./color.ts";
import { type CursorOutlet, CursorSender } from "./cursor-sender.ts";
import { Emitter } from "./emitter.ts";
import { SkeinError } from "./errors.ts";
import { LatestSender } from "./latest-sender.ts";
import { Member } from "./member.ts";
import { compareJoin, Members } from "./members.ts";
import { Mesh } from "./mesh.ts";
import { type AnyOptions, checkOptions, checkPresence, checkRoomName } from "./options.ts";
import { checkType, encodeChecked, OutgoingMessages } from "./outgoing-messages.ts";
import { watchPage } from "./page.ts";
import { checkOwn, schemaOf } from "./schema.ts";
import { SeatWatch } from "./seat-watch.ts";
import { Store } from "./store.ts";
import type {
  CursorPosition,
  CursorSample,
  LatestEvent,
  LatestOptions,
  ListenOptions,
  MessageEvent,
  Peer,
  Room,
  RoomEvents,
  RoomSnapshot,
  RoomStats,
  RoomTypes,
  SendOptions,
  SendResult,
  Status,
} from "./types.ts";

/** What tests replace. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: () => number;
}

const utf8 = new TextEncoder();

export class SkeinRoom implements Room<RoomTypes> {
  readonly name: string;
  readonly #options: AnyOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #store: Store<RoomSnapshot>;
  readonly #events = new Emitter<RoomEvents>();
  readonly #messages = new Emitter<{ [type: string]: MessageEvent<RoomTypes, unknown> }>();
  readonly #latestValues = new Emitter<{ [type: string]: LatestEvent<RoomTypes, unknown> }>();
  readonly #signaling: SignalingClient;
  readonly #server: ServerPath;
  readonly #mesh: Mesh;
  readonly #members: Members;
  readonly #fanout: Fanout;
  readonly #outgoing: OutgoingMessages;
  readonly #cursor: CursorSender;
  readonly #latest: LatestSender;
  readonly #seat: SeatWatch;
  readonly #refused = new Map<string, number>();
  #presence: VersionedPresence;
  #self: MemberInfo | null = null;
  /** Numbers that must rise over the whole life of this object, whatever is left and joined again. */
  #incarnations = 0;
  #attempts = 0;
  #nextTo = 1;
  #ready = deferred();
  #unwatchPage: (() => void) | null = null;
  #batching = false;

  constructor(name: string, options: AnyOptions, surroundings: Partial<Surroundings> = {}) {
    checkRoomName(name);
    checkOptions(options);
    this.name = name;
    this.#options = options;
    this.#clock = surroundings.clock ?? systemClock;
    this.#random = surroundings.random ?? Math.random;
    this.#presence = { version: 1, state: checkPresence(options.presence ?? {}, options.schema) };
    this.#store = new Store<RoomSnapshot>(
      Object.freeze({ status: "idle", error: null, self: null, peers: Object.freeze([]) }),
    );
    this.#signaling = new SignalingClient(
      {
        server: options.server ?? pageOrigin(),
        room: name,
        key: makeKey(),
        request: () => ({ presence: this.#presence, webrtc: this.#mesh.possible }),
        clock: this.#clock,
        random: this.#random,
      },
      this.#handlers(),
    );
    this.#server = new ServerPath(this.#signaling, () => this.#pump());
    this.#mesh = new Mesh(options, this.#clock, {
      loaded: () => this.#allowLinks(),
      freed: () => {
        for (const { link } of this.#members) {
          if (link.reason === "too-many-connections") link.retryNow();
        }
      },
    });
    this.#members = new Members(this.#clock, {
      create: (info) => this.#createMember(info),
      joined: (member) => this.#joined(member),
      left: (member, reason) => {
        this.#nextTo = Math.max(this.#nextTo, member.link.nextTo);
        if (member.peer !== null) this.#events.emit("leave", { peer: member.peer, reason });
      },
      changed: () => this.#publish(),
    });
    this.#fanout = new Fanout(this.#clock, (ids, frame, lane) => this.#upload(ids, frame, lane));
    this.#outgoing = new OutgoingMessages(this.#members, this.#fanout);
    const outlet: CursorOutlet = {
      anybody: () => this.#members.size > 0,
      latest: (frame) => this.#fanout.latest(frame, this.#links()),
      reliable: (entry) => {
        const links = this.#links();
        if (this.#fanout.makeRoom(links, entry.length)) this.#fanout.all([entry], links, () => {});
      },
    };
    this.#cursor = new CursorSender(this.#clock, outlet);
    this.#latest = new LatestSender(this.#clock, outlet);
    this.#seat = new SeatWatch(this.#clock, {
      isWasted: () =>
        this.#self?.seat === true &&
        this.#members.size >= this.#mesh.limit &&
        this.#links().every((link) => !link.answers),
      giveBack: () => void this.#signaling.unseat(),
    });
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  connect(): void {
    const { status } = this.#store.snapshot;
    if (status !== "idle" && status !== "closed") return;
    if (this.#ready.settled) this.#ready = deferred();
    this.#setStatus("connecting", null);
    this.#unwatchPage = watchPage({
      hide: () => this.#hidePage(),
      show: () => this.#signaling.start(),
      networkChanged: () => this.#retryNow(),
    });
    this.#signaling.start();
    // Beside the handshake, never before it.
    this.#mesh.load();
  }

  async leave(): Promise<void> {
    const { status } = this.#store.snapshot;
    if (status === "closed") return;
    if (status !== "idle") this.#end();
    this.#close(new SkeinError("room-closed", "The room was left before it was ready."), null);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  getSnapshot(): RoomSnapshot {
    return this.#store.snapshot;
  }

  watch<V>(
    select: (snapshot: RoomSnapshot) => V,
    run: (now: V, before: V) => void,
    options?: ListenOptions & { readonly equal?: (a: V, b: V) => boolean },
  ): () => void {
    return this.#store.watch(select, run, options);
  }

  waitFor<V>(
    select: (snapshot: RoomSnapshot) => V,
    options?: ListenOptions,
  ): Promise<Exclude<V, null | undefined | false | 0 | "">> {
    return this.#store.waitFor(select, options);
  }

  on<K extends keyof RoomEvents>(
    event: K,
    run: (event: RoomEvents[K]) => void,
    options?: ListenOptions,
  ): () => void {
    return this.#events.on(event, run, options);
  }

  setPresence(patch: object | ((now: Peer["presence"]) => object)): void {
    const now = this.#presence.state;
    const change = typeof patch === "function" ? patch(now) : patch;
    const state = checkPresence({ ...now, ...change }, this.#options.schema);
    this.#presence = { version: this.#presence.version + 1, state };
    this.#publish();
    this.#signaling.sendPresence(this.#presence);
    const frame = encodeFrame({ kind: "presence", ...this.#presence });
    for (const link of this.#links()) link.sendPresence(this.#presence.version, frame);
  }

  moveCursor(position: CursorPosition): void {
    const { x, y, frame = "" } = position;
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      throw new SkeinError("bad-argument", `moveCursor needs finite x and y, not ${x} and ${y}.`);
    }
    if (utf8.encode(frame).length > MAX_CURSOR_FRAME_BYTES) {
      throw new SkeinError(
        "bad-argument",
        `A cursor's frame has at most ${MAX_CURSOR_FRAME_BYTES} bytes.`,
      );
    }
    this.#cursor.move({
      x,
      y,
      time: position.time ?? this.#clock.now(),
      pressed: position.pressed ?? false,
      pointerType: position.pointerType ?? "mouse",
      frame,
    });
  }

  hideCursor(): void {
    this.#cursor.hide();
  }

  cursorOf(id: string): CursorSample | null {
    return this.#members.get(id)?.cursor ?? null;
  }

  send(type: string, data?: unknown, options?: SendOptions): Promise<SendResult> {
    if (this.#store.snapshot.status === "closed") {
      throw new SkeinError("room-closed", "The room was left; call connect() before sending.");
    }
    checkOwn(schemaOf(this.#options.schema, "messages", type), data, `Message "${type}"`);
    return this.#outgoing.send(type, data, options?.to, this.#self?.id ?? null);
  }

  onMessage(
    type: string,
    run: (event: MessageEvent<RoomTypes, unknown>) => void,
    options?: ListenOptions,
  ): () => void {
    return this.#messages.on(type, run, options);
  }

  sendLatest(type: string, data?: unknown, options?: LatestOptions): void {
    checkType(type);
    checkOwn(schemaOf(this.#options.schema, "latest", type), data, `Latest "${type}"`);
    const key = options?.key ?? "";
    if (typeof key !== "string" || utf8.encode(key).length > MAX_KEY_BYTES) {
      throw new SkeinError("bad-argument", `A key is a string of at most ${MAX_KEY_BYTES} bytes.`);
    }
    if (!this.#latest.send(type, key, encodeChecked(data, MAX_LATEST_BYTES))) {
      throw new SkeinError("queue-full", "Too many keys are in motion at once; use fewer keys.");
    }
  }

  onLatest(
    type: string,
    run: (event: LatestEvent<RoomTypes, unknown>) => void,
    options?: ListenOptions,
  ): () => void {
    return this.#latestValues.on(type, run, options);
  }

  stats(): RoomStats {
    return {
      peers: Object.fromEntries([...this.#members].map(({ id, link }) => [id, link.stats])),
      serverRtt: this.#signaling.rtt,
      refused: Object.fromEntries(this.#refused),
      peerConnections: this.#mesh.peerConnections,
    };
  }

  /** What the server says. */
  #handlers(): SignalingHandlers {
    return {
      state: (state, error) => {
        if (state === "connected") return;
        const started = this.#self !== null;
        if (state === "stopped" && error !== undefined) this.#close(error, error);
        else if (state !== "stopped") {
          this.#setStatus(started ? "reconnecting" : "connecting", error ?? undefined);
          if (state === "waiting") for (const { link } of this.#members) link.serverChanged();
        }
      },
      welcome: (welcome) => this.#welcome(welcome),
      joined: (info) => this.#members.announce(info),
      away: ({ id }) => this.#members.away(id),
      back: ({ id, handle }) => this.#members.back(id, handle),
      left: ({ id, reason }) => this.#members.left(id, reason),
      presence: ({ id, version, state }) => this.#members.get(id)?.presence({ version, state }),
      signal: ({ from, ...signal }) => this.#members.get(from)?.link.signal(signal),
      seat: ({ id, seat }) => this.#seatChanged(id, seat),
      ice: ({ servers }) => this.#mesh.setIceServers(servers),
      policy: (policy) => {
        this.#mesh.setPolicy(policy);
        this.#allowLinks();
      },
      knock: ({ handle }) => {
        const frame = this.#cursor.presentIfMoving();
        if (frame !== null) this.#server.toOne(handle, frame, "reliable");
      },
      frame: (handle, frame) =>
        this.#members.byHandle(handle, frame)?.link.receiveFromServer(frame),
      credited: () => this.#server.credited(),
      refused: (kind) => this.#refuse(kind),
    };
  }

  #welcome(welcome: Welcome): void {
    const first = this.#self === null;
    this.#self = welcome.self;
    this.#mesh.setIceServers(welcome.ice.servers);
    this.#mesh.setPolicy(welcome.policy);
    // One change of the snapshot for everything that a welcome says.
    this.#batching = true;
    this.#members.welcome(welcome.members, first);
    this.#batching = false;
    this.#publish();
    this.#setStatus("connected", null);
    this.#allowLinks();
    for (const { link } of this.#members) link.serverChanged();
    this.#server.credited();
    if (!first) return;
    this.#outgoing.flush();
    this.#ready.resolve();
  }

  #createMember(info: MemberInfo): Member {
    const member = new Member(info, this.#clock, this.#options.schema, {
      changed: (_, what) => {
        this.#members.touched();
        if (what === "presence" && member.peer !== null) {
          this.#events.emit("presence", { peer: member.peer });
        }
      },
      cursor: (_, samples) => {
        if (member.peer !== null) this.#events.emit("cursor", { peer: member.peer, samples });
      },
      message: (_, type, data) => {
        if (member.peer !== null) this.#messages.emit(type, { data, peer: member.peer });
      },
      latest: (_, type, key, data) => {
        if (member.peer !== null) this.#latestValues.emit(type, { data, key, peer: member.peer });
      },
      refused: (kind) => this.#refuse(kind),
    });
    const server = this.#server;
    const signaling = this.#signaling;
    const reachable = () => signaling.joined && !member.away;
    member.link = new Link({
      peerId: info.id,
      clock: this.#clock,
      server: {
        reachable,
        send: (frame, lane) => server.toOne(member.info.handle, frame, lane),
        upload: (shared) => this.#fanout.upload(shared),
        get rtt() {
          return signaling.rtt;
        },
      },
      upgrade: {
        random: this.#random,
        initiator: () => this.#self !== null && compareJoin(this.#self, member.info) > 0,
        nextAttempt: () => ++this.#attempts,
        open: (options) => this.#mesh.open(options),
        reachable,
        sendSignal: (signal: Signal) => void signaling.sendSignal(info.id, signal),
      },
      events: {
        onEntry: (entry) => member.entry(entry),
        onState: (frame) => member.state(frame),
        onPath: (path, previous) => {
          this.#members.pathChanged(member);
          this.#seat.look();
          if (member.peer !== null) {
            this.#events.emit("path", { peer: member.peer, path, previous });
          }
        },
        onReason: () => {
          member.pathChanged();
          this.#seat.look();
        },
        onReset: (missed) => {
          if (!missed) return;
          member.streamsReset();
          if (member.peer !== null) this.#events.emit("missed", { peer: member.peer });
        },
        onGoodbye: () => this.#members.goodbye(member),
        onRefused: (kind) => this.#refuse(kind),
      },
      hidden: pageHidden,
      nextIncarnation: () => ++this.#incarnations,
      nextAll: () => this.#fanout.nextAll,
      firstTo: this.#nextTo,
      presenceVersion: () => this.#presence.version,
    });
    member.pathChanged();
    return member;
  }

  #joined(member: Member): void {
    if (member.peer !== null) this.#events.emit("join", { peer: member.peer });
    this.#allow(member);
    // A still cursor is there too.
    const frame = this.#cursor.present();
    if (frame !== null) this.#server.toOne(member.info.handle, frame, "reliable");
  }

  #allowLinks(): void {
    for (const member of this.#members) this.#allow(member);
  }

  #allow(member: Member): void {
    if (this.#self === null) return;
    const obstacle = this.#mesh.obstacle(this.#self, member.info);
    if (obstacle !== "connecting") member.link.allow(obstacle);
  }

  #seatChanged(id: string, seat: boolean): void {
    if (this.#self?.id === id) {
      this.#self = { ...this.#self, seat };
      this.#allowLinks();
      return;
    }
    const member = this.#members.get(id);
    member?.set({ seat });
    if (member !== undefined) this.#allow(member);
  }

  /** Uploads once, naming whichever is shorter: who shall get it, or who shall not. */
  #upload(ids: readonly string[], frame: Uint8Array, lane: Lane): boolean {
    const wanted = new Set(ids);
    const inside: number[] = [];
    const outside: number[] = [];
    for (const member of this.#members) {
      (wanted.has(member.id) ? inside : outside).push(member.info.handle);
    }
    return inside.length <= outside.length
      ? this.#server.toOnly(inside, frame, lane)
      : this.#server.toAllBut(outside, frame, lane);
  }

  #links(): Link[] {
    return [...this.#members].map((member) => member.link);
  }

  #pump(): void {
    for (const { link } of this.#members) link.pump();
  }

  #retryNow(): void {
    this.#signaling.retryNow();
    for (const { link } of this.#members) link.retryNow();
  }

  #refuse(kind: string): void {
    this.#refused.set(kind, (this.#refused.get(kind) ?? 0) + 1);
  }

  #publish(): void {
    if (this.#batching) return;
    const { self, presence } = { self: this.#self, presence: this.#presence.state };
    const before = this.#store.snapshot.self;
    const unchanged = before !== null && before.id === self?.id && before.presence === presence;
    this.#store.set({
      self: unchanged || self === null ? before : selfPeer(self, presence),
      peers: this.#members.peers,
    });
  }

  /** `error` undefined: keep what is there. */
  #setStatus(status: Status, error: SkeinError | null | undefined): void {
    const previous = this.#store.snapshot.status;
    this.#store.set(error === undefined ? { status } : { status, error });
    if (error) this.#events.emit("error", { error });
    if (status !== previous) this.#events.emit("status", { status, previous });
  }

  /** The page goes away, perhaps into the back-forward cache, from where it may come again. */
  #hidePage(): void {
    this.#end();
    this.#setStatus("connecting", null);
  }

  /** Says goodbye on every path and lets everything go; the object can begin again. */
  #end(): void {
    for (const { link } of this.#members) link.sayGoodbye();
    this.#signaling.stop(true);
    this.#forget();
  }

  #forget(): void {
    this.#cursor.stop();
    this.#latest.stop();
    this.#seat.stop();
    this.#outgoing.clear();
    for (const { link } of this.#members) this.#nextTo = Math.max(this.#nextTo, link.nextTo);
    this.#members.clear();
    this.#self = null;
    this.#store.set({ self: null, peers: this.#members.peers });
  }

  #close(whyNotReady: SkeinError, error: SkeinError | null): void {
    this.#unwatchPage?.();
    this.#unwatchPage = null;
    this.#mesh.stop();
    this.#forget();
    this.#ready.reject(whyNotReady);
    this.#setStatus("closed", error);
  }
}

function selfPeer(info: MemberInfo, presence: VersionedPresence["state"]): Peer {
  return Object.freeze({
    id: info.id,
    isSelf: true,
    user: info.user ?? null,
    presence,
    color: colorOf(info.id),
    activity: "active",
    path: null,
    pathReason: null,
  });
}

function pageOrigin(): string {
  const origin = globalThis.location?.origin;
  if (origin !== undefined && origin !== "null") return origin;
  throw new SkeinError(
    "bad-server-url",
    'There is no page whose origin could be the server: pass server: "https://…".',
  );
}

function pageHidden(): boolean {
  return typeof document === "object" && document.visibilityState === "hidden";
}

/** 16 random bytes as base64url. `getRandomValues` exists on plain http too. */
function makeKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

interface Deferred {
  readonly promise: Promise<void>;
  readonly settled: boolean;
  resolve(): void;
  reject(error: SkeinError): void;
}

/** A promise to be settled from outside; unused, its rejection raises nothing. */
function deferred(): Deferred {
  let settled = false;
  let settle: { resolve(): void; reject(error: SkeinError): void } | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {});
  return {
    promise,
    get settled() {
      return settled;
    },
    resolve() {
      settled = true;
      settle?.resolve();
    },
    reject(error) {
      settled = true;
      settle?.reject(error);
    },
  };
}
