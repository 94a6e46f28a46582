/** A room: what an app holds in its hand. Everything else is behind it. */
import { type Clock, systemClock } from "../clock.ts";
import { Fanout } from "../link/fanout.ts";
import { type Bookmark, Link } from "../link/link.ts";
import type { Lane } from "../path/path.ts";
import { LATEST_LIMIT_BYTES, ServerPath } from "../path/server.ts";
import type { Seams } from "../seams.ts";
import { SignalingClient, type SignalingHandlers } from "../signaling/client.ts";
import type { MemberInfo, Signal, VersionedPresence, Welcome } from "../signaling/events.ts";
import { encodeEntry, encodeFrame, MAX_KEY_BYTES, MAX_LATEST_BYTES } from "../wire/index.ts";
import { addressing } from "./addressing.ts";
import { Attention, pageHidden } from "./attention.ts";
import { colorOf } from "./color.ts";
import { checkPosition } from "./cursor-position.ts";
import { type CursorOutlet, CursorSender } from "./cursor-sender.ts";
import { deferred } from "./deferred.ts";
import { Emitter } from "./emitter.ts";
import { SkeinError } from "./errors.ts";
import { makeKey, pageOrigin } from "./identity.ts";
import { LatestSender } from "./latest-sender.ts";
import { LinkReporter } from "./link-report.ts";
import { Member } from "./member.ts";
import { compareJoin, Members } from "./members.ts";
import { Mesh, type MeshEvents } from "./mesh.ts";
import { type AnyOptions, checkOptions, checkPresence, checkRoomName } from "./options.ts";
import { checkType, encodeChecked, OutgoingMessages } from "./outgoing-messages.ts";
import { watchPage } from "./page.ts";
import { checkSent, schemaOf } from "./schema.ts";
import { SeatWatch } from "./seat-watch.ts";
import { Store } from "./store.ts";
import { paceAt } from "./turns.ts";
import type {
  Activity,
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
export interface Surroundings extends Seams {
  readonly clock?: Clock;
  readonly random?: () => number;
}

const utf8 = new TextEncoder();

export class SkeinRoom implements Room<RoomTypes> {
  readonly name: string;
  /** For tests, like the other members that `Room` does not have. */
  readonly seams: Surroundings;
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
  readonly #cursor: CursorSender<Member>;
  readonly #latest: LatestSender<Member>;
  readonly #seat: SeatWatch;
  readonly #report: LinkReporter | null;
  readonly #attention: Attention;
  readonly #refused = new Map<string, number>();
  #presence: VersionedPresence;
  #self: MemberInfo | null = null;
  /** Numbers that must rise over the whole life of this object, whatever is left and joined again. */
  #incarnations = 0;
  #attempts = 0;
  #ready = deferred();
  #unwatchPage: (() => void) | null = null;
  /** A welcome is being taken in: the snapshot changes once, at its end. */
  #batching = false;
  /** Events not yet told, oldest first: also those that listeners cause come in order. */
  readonly #queue: (() => void)[] = [];
  #telling = false;

  constructor(name: string, options: AnyOptions, surroundings: Surroundings = {}) {
    checkRoomName(name);
    checkOptions(options);
    this.name = name;
    this.#options = options;
    this.seams = surroundings;
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
        seams: surroundings,
      },
      this.#handlers(),
    );
    this.#server = new ServerPath(this.#signaling, () => this.#pump());
    const meshEvents: MeshEvents = {
      loaded: () => this.#allowLinks(),
      freed: () => {
        for (const { link } of this.#members) {
          if (link.reason === "too-many-connections") link.retryNow();
        }
      },
    };
    this.#mesh = new Mesh(options, this.#clock, meshEvents, surroundings);
    this.#members = new Members(this.#clock, {
      create: (info, bookmark) => this.#createMember(info, bookmark),
      joined: (member) => this.#joined(member),
      left: (member, reason) => {
        if (member.peer !== null) this.#emit("leave", { peer: member.peer, reason });
      },
      changed: () => {
        this.#publish();
        this.#report?.changed();
      },
    });
    this.#fanout = new Fanout(this.#clock, (ids, frame, lane) => this.#upload(ids, frame, lane));
    this.#outgoing = new OutgoingMessages(this.#members, this.#fanout);
    const outlet: CursorOutlet<Member> = {
      receivers: () => [...this.#members],
      pace: ({ asked, link }) =>
        paceAt(
          Math.max(asked, this.#mesh.pace),
          link.load ?? this.#server.buffered / LATEST_LIMIT_BYTES,
        ),
      latest: (frame, members) =>
        this.#fanout.latest(
          frame,
          members.map(({ link }) => link),
        ),
      reliable: (entry) => {
        const links = this.#links();
        const room = this.#fanout.makeRoom(links, entry.length);
        if (room) this.#fanout.all([entry], links, () => {});
        return room;
      },
    };
    this.#cursor = new CursorSender(this.#clock, outlet);
    this.#latest = new LatestSender(this.#clock, outlet);
    this.#report = options.reportPaths
      ? new LinkReporter(this.#clock, {
          paths: () => this.#links().map((link) => link.path),
          send: (report) => this.#signaling.report(report),
        })
      : null;
    this.#attention = new Attention(this.#clock, () => {
      this.#publish();
      this.#tellAttention();
    });
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
    this.#store.set({ error: null });
    // Throws where there is no server to ask. Nothing has begun then.
    this.#signaling.start();
    // Whoever was told of the new status may have left over it.
    if (this.#store.snapshot.status === "closed") return;
    this.#unwatchPage = watchPage({
      hide: () => this.#hidePage(),
      show: () => this.#signaling.start(),
      networkChanged: () => this.retryNow(),
    });
    this.#attention.start();
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
    const change: unknown = typeof patch === "function" ? patch(now) : patch;
    if (typeof change !== "object" || change === null) {
      throw new SkeinError("bad-argument", "setPresence takes an object of what changes.");
    }
    const state = checkPresence({ ...now, ...change }, this.#options.schema);
    // Nothing to tell anybody.
    if (JSON.stringify(state) === JSON.stringify(now)) return;
    this.#presence = { version: this.#presence.version + 1, state };
    this.#publish();
    this.#signaling.sendPresence(this.#presence);
    const frame = encodeFrame({ kind: "presence", ...this.#presence });
    for (const link of this.#links()) link.sendPresence(this.#presence.version, frame);
  }

  moveCursor(position: CursorPosition): void {
    if (this.#store.snapshot.status === "closed") return;
    this.#cursor.move(checkPosition(position, this.#clock.now()));
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
    const schema = schemaOf(this.#options.schema, "messages", type);
    return this.#outgoing.send(type, data, options?.to, this.#self?.id ?? null, (value) =>
      checkSent(schema, value, `Message "${type}"`),
    );
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
    const key = options?.key ?? "";
    if (typeof key !== "string" || utf8.encode(key).length > MAX_KEY_BYTES) {
      throw new SkeinError("bad-argument", `A key is a string of at most ${MAX_KEY_BYTES} bytes.`);
    }
    const value = encodeChecked(data, MAX_LATEST_BYTES);
    checkSent(schemaOf(this.#options.schema, "latest", type), value, `Latest "${type}"`);
    if (!this.#latest.send(type, key, value)) {
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
          this.#change(
            started ? "reconnecting" : "connecting",
            error ?? this.#store.snapshot.error,
          );
          if (state === "waiting") this.#members.disconnected();
        }
      },
      welcome: (welcome) => this.#welcome(welcome),
      joined: (info) => {
        this.#members.announce(info);
        const member = this.#members.get(info.id);
        if (member !== undefined) this.#allow(member);
      },
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
    // A page that opened while the server was away could not load it either.
    this.#mesh.load();
    // One change of the snapshot for everything that a welcome says.
    this.#batching = true;
    this.#members.welcome(welcome.members, first);
    this.#batching = false;
    this.#change("connected", null);
    // Whoever was told of it may have left over it.
    if (this.#self === null) return;
    // It changed while CONNECT was on its way.
    if (this.#presence.version > welcome.self.presence.version) {
      this.#signaling.sendPresence(this.#presence);
    }
    this.#allowLinks();
    this.#server.credited();
    this.#report?.welcomed();
    if (!first) return;
    const frame = this.#members.size > 0 ? this.#cursor.present() : null;
    if (frame !== null) this.#server.toAllBut([], frame, "reliable");
    this.#outgoing.flush();
    this.#ready.resolve();
  }

  #createMember(info: MemberInfo, bookmark: Bookmark): Member {
    const member = new Member(info, this.#clock, this.#options.schema, {
      changed: (_, what) => {
        this.#members.touched();
        if (member.peer === null) return;
        if (what === "presence") this.#emit("presence", { peer: member.peer });
        if (what === "shown") this.#emit("join", { peer: member.peer });
      },
      cursor: (_, samples) => {
        this.#attention.heard();
        if (member.peer !== null) this.#emit("cursor", { peer: member.peer, samples });
      },
      message: (_, type, data) => {
        if (member.peer !== null) this.#messages.emit(type, { data, peer: member.peer });
      },
      latest: (_, type, key, data) => {
        this.#attention.heard();
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
        create: (options) => this.#mesh.upgrade(options),
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
          if (member.peer !== null && this.#members.get(member.id) === member) {
            this.#emit("path", { peer: member.peer, path, previous });
          }
        },
        onReason: () => {
          member.pathChanged();
          this.#seat.look();
        },
        onReset: (missed) => {
          member.streamsReset();
          // Perhaps it took us for lost, and knows nothing of us any more.
          this.#showCursor(member);
          this.#tellAttentionTo(member);
          if (missed && member.peer !== null) this.#emit("missed", { peer: member.peer });
        },
        onGoodbye: () => this.#members.goodbye(member),
        onRefused: (kind) => this.#refuse(kind),
      },
      hidden: pageHidden,
      nextIncarnation: () => ++this.#incarnations,
      nextAll: () => this.#fanout.nextAll,
      bookmark,
      presenceVersion: () => this.#presence.version,
    });
    member.pathChanged();
    this.#tellAttentionTo(member);
    return member;
  }

  /** How this tab is, to everybody or to one. */
  #tellAttention(one?: Link): void {
    const entries = [encodeEntry(this.#attention.entry)];
    const settle = (link: Link, missed: boolean) => {
      if (!missed) return;
      // Its link was reset, and this must not be lost with all else, or it has left.
      this.#clock.after(0, () => {
        if (this.#members.get(link.peerId)?.link === link) this.#tellAttention(link);
      });
    };
    if (one === undefined) this.#fanout.all(entries, this.#links(), settle);
    else this.#fanout.to(entries, [one], settle);
  }

  /** To whom nothing was told, a tab is active and wants to know all. */
  #tellAttentionTo({ link }: Member): void {
    if (this.#attention.isWorthTelling) this.#tellAttention(link);
  }

  #joined(member: Member): void {
    if (member.peer !== null) this.#emit("join", { peer: member.peer });
    this.#allow(member);
    this.#showCursor(member);
  }

  /** A still cursor is there too. */
  #showCursor(member: Member): void {
    const frame = this.#cursor.present();
    const hidden = this.#cursor.hiddenLately();
    if (frame !== null) this.#server.toOne(member.info.handle, frame, "reliable");
    else if (hidden !== null) this.#fanout.to([hidden], [member.link], () => {});
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
    const { only, handles } = addressing(this.#members, ids, lane);
    return only
      ? this.#server.toOnly(handles, frame, lane)
      : this.#server.toAllBut(handles, frame, lane);
  }

  #links(): Link[] {
    return [...this.#members].map((member) => member.link);
  }

  #pump(): void {
    for (const { link } of this.#members) link.pump();
  }

  /** The network changed for the better: no use in waiting longer. */
  retryNow(): void {
    this.#signaling.retryNow();
    for (const { link } of this.#members) link.retryNow();
  }

  /** Its socket is gone, as far as anybody can tell. */
  loseSocket(message: string): void {
    this.#signaling.lose(message);
  }

  #refuse(kind: string): void {
    this.#refused.set(kind, (this.#refused.get(kind) ?? 0) + 1);
  }

  #publish(): void {
    if (!this.#batching) this.#store.set(this.#people());
  }

  #people(): Pick<RoomSnapshot, "self" | "peers"> {
    const { peers } = this.#members;
    if (this.#self === null) return { self: null, peers };
    const before = this.#store.snapshot.self;
    const now = selfPeer(this.#self, this.#presence.state, this.#attention.activity);
    const unchanged =
      before?.id === now.id &&
      before.activity === now.activity &&
      before.presence === now.presence &&
      JSON.stringify(before.user) === JSON.stringify(now.user);
    return { self: unchanged ? before : now, peers };
  }

  /** One change of the snapshot, and then the events that tell of it. */
  #change(status: Status, error: SkeinError | null): void {
    const { status: previous, error: known } = this.#store.snapshot;
    if (error !== null && error !== known) {
      this.#queue.push(() => this.#events.emit("error", { error }));
    }
    if (status !== previous) {
      this.#queue.push(() => this.#events.emit("status", { status, previous }));
    }
    this.#store.set({ ...this.#people(), status, error });
    this.#tell();
  }

  #emit<K extends keyof RoomEvents>(name: K, event: RoomEvents[K]): void {
    this.#queue.push(() => this.#events.emit(name, event));
    this.#tell();
  }

  /** The snapshot is ahead of the events: whoever hears one can read there what it says. */
  #tell(): void {
    if (this.#batching || this.#telling) return;
    this.#telling = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
    this.#telling = false;
  }

  /** The page goes away, perhaps into the back-forward cache, from where it may come again. */
  #hidePage(): void {
    this.#end();
    this.#change("connecting", null);
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
    this.#report?.stop();
    this.#outgoing.clear();
    this.#members.clear();
    this.#self = null;
  }

  #close(whyNotReady: SkeinError, error: SkeinError | null): void {
    this.#unwatchPage?.();
    this.#unwatchPage = null;
    this.#attention.stop();
    this.#mesh.stop();
    this.#forget();
    this.#ready.reject(whyNotReady);
    this.#change("closed", error);
  }
}

function selfPeer(
  info: MemberInfo,
  presence: VersionedPresence["state"],
  activity: Activity,
): Peer {
  return Object.freeze({
    id: info.id,
    isSelf: true,
    user: info.user ?? null,
    presence,
    color: colorOf(info.join),
    activity,
    path: null,
    pathReason: null,
  });
}
