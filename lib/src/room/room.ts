/** A room: what an app holds in its hand. Everything else is behind it. */
import { encodeFrame, MAX_KEY_BYTES, MAX_LATEST_BYTES } from "../wire/index.ts";
import { checkPosition } from "./cursor-position.ts";
import { deferred } from "./deferred.ts";
import { SkeinError } from "./errors.ts";
import { type AnyOptions, checkOptions, checkRoomName } from "./options.ts";
import { checkType, encodeChecked } from "./outgoing-messages.ts";
import { makeParts, type RoomParts, type Surroundings } from "./parts.ts";
import { checkSent, schemaOf } from "./schema.ts";
import type {
  Ability,
  CursorInterest,
  CursorListenOptions,
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
  ServerListenOptions,
  ServerMessageEvent,
} from "./types.ts";

export type { Surroundings } from "./parts.ts";

const utf8 = new TextEncoder();

export class SkeinRoom implements Room<RoomTypes> {
  readonly name: string;
  /** For tests, like the other members that `Room` does not have. */
  readonly seams: Surroundings;
  readonly #parts: RoomParts;
  #ready = deferred();
  #unwatchPage: (() => void) | null = null;

  constructor(name: string, options: AnyOptions, surroundings: Surroundings = {}) {
    checkRoomName(name);
    checkOptions(options);
    this.name = name;
    this.seams = surroundings;
    this.#parts = makeParts(name, options, surroundings, {
      ready: () => this.#ready.resolve(),
      failed: (error) => this.#close(error, error),
    });
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  connect(): void {
    const { later, mesh, signaling, telling } = this.#parts;
    const { status } = this.getSnapshot();
    if (status !== "idle" && status !== "closed") return;
    if (this.#ready.settled) this.#ready = deferred();
    telling.store.set({ error: null });
    // Throws where there is no server to ask. Nothing has begun then.
    signaling.start();
    // Whoever was told of the new status may have left over it.
    if (this.getSnapshot().status === "closed") return;
    this.#unwatchPage = later.with(() =>
      this.#parts.attending?.start({
        hide: () => this.#hidePage(),
        show: () => signaling.start(),
        networkChanged: () => this.retryNow(),
      }),
    );
    // Beside the handshake, never before it.
    mesh.load();
  }

  async leave(): Promise<void> {
    const { status } = this.getSnapshot();
    if (status === "closed") return;
    if (status !== "idle") this.#end();
    this.#close(new SkeinError("room-closed", "The room was left before it was ready."), null);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  getSnapshot(): RoomSnapshot {
    return this.#parts.telling.snapshot;
  }

  watch<V>(
    select: (snapshot: RoomSnapshot) => V,
    run: (now: V, before: V) => void,
    options?: ListenOptions & { readonly equal?: (a: V, b: V) => boolean },
  ): () => void {
    return this.#parts.telling.store.watch(select, run, options);
  }

  waitFor<V>(
    select: (snapshot: RoomSnapshot) => V,
    options?: ListenOptions,
  ): Promise<Exclude<V, null | undefined | false | 0 | "">> {
    return this.#parts.telling.store.waitFor(select, options);
  }

  on<K extends keyof RoomEvents>(
    event: K,
    run: (event: RoomEvents[K]) => void,
    options?: CursorListenOptions,
  ): () => void {
    const { later, telling } = this.#parts;
    const off = telling.events.on(event, run, options);
    const forget =
      event === "cursor" ? later.with(() => this.#parts.interests?.listen(options)) : off;
    return () => {
      off();
      forget();
    };
  }

  get size(): number {
    return this.getSnapshot().size;
  }

  setInterest(interest: CursorInterest | null): void {
    // What checks it may not be loaded yet: then a mistake is reported when it is.
    this.#parts.later.with(() => this.#parts.interests?.set(interest));
  }

  can(ability: Ability, type?: string): boolean {
    return this.#parts.self.can(ability, type);
  }

  block(peer: Peer | string): () => void {
    const id = typeof peer === "string" ? peer : peer.id;
    const { later, self } = this.#parts;
    if (typeof id !== "string" || id === self.info?.id) {
      throw new SkeinError("bad-argument", "block takes another peer, or its id.");
    }
    // Loaded long before anybody could be annoyed; if not, it holds when it is.
    return later.with(({ block }) => block(this.#parts, id, peer));
  }

  setPresence(patch: object | ((now: Peer["presence"]) => object)): void {
    const { outlet, self, signaling, telling } = this.#parts;
    // Nothing to tell anybody.
    if (!self.setPresence(patch)) return;
    telling.publish();
    signaling.sendPresence(self.presence);
    const frame = encodeFrame({ kind: "presence", ...self.presence });
    for (const link of outlet.links) link.sendPresence(self.presence.version, frame);
  }

  moveCursor(position: CursorPosition): void {
    if (this.getSnapshot().status === "closed") return;
    this.#parts.self.require("cursor");
    this.#parts.motion.move(checkPosition(position, this.#parts.clock.now()));
  }

  hideCursor(): void {
    this.#parts.motion.hide();
  }

  cursorOf(id: string): CursorSample | null {
    return this.#parts.members.get(id)?.cursor ?? null;
  }

  send(type: string, data?: unknown, options?: SendOptions): Promise<SendResult> {
    if (this.getSnapshot().status === "closed") {
      throw new SkeinError("room-closed", "The room was left; call connect() before sending.");
    }
    const { members, outgoing, schema, self } = this.#parts;
    checkType(type);
    self.require("message", type);
    const typed = schemaOf(schema, "messages", type);
    // Also until everybody is known whom the server is to tell of.
    const selfId = members.told === null ? (self.info?.id ?? null) : null;
    return outgoing.send(type, data, options?.to, selfId, (value) =>
      checkSent(typed, value, `Message "${type}"`),
    );
  }

  onMessage(
    type: string,
    run: (event: MessageEvent<RoomTypes, unknown>) => void,
    options?: ListenOptions & { readonly from?: "peers" },
  ): () => void;
  onMessage(
    type: string,
    run: (event: ServerMessageEvent<unknown>) => void,
    options: ServerListenOptions,
  ): () => void;
  onMessage(
    type: string,
    run: (event: MessageEvent<RoomTypes, unknown> & ServerMessageEvent<unknown>) => void,
    options?: ListenOptions & { readonly from?: "peers" | "server" },
  ): () => void {
    const { messages, serverMessages } = this.#parts.telling;
    // The overloads tie each listener to its emitter.
    const listener = run as (event: unknown) => void;
    return options?.from === "server"
      ? serverMessages.on(type, listener, options)
      : messages.on(type, listener, options);
  }

  sendLatest(type: string, data?: unknown, options?: LatestOptions): void {
    checkType(type);
    const key = options?.key ?? "";
    if (typeof key !== "string" || utf8.encode(key).length > MAX_KEY_BYTES) {
      throw new SkeinError("bad-argument", `A key is a string of at most ${MAX_KEY_BYTES} bytes.`);
    }
    this.#parts.self.require("message", type);
    const value = encodeChecked(data, MAX_LATEST_BYTES);
    checkSent(schemaOf(this.#parts.schema, "latest", type), value, `Latest "${type}"`);
    if (!this.#parts.motion.send(type, key, value)) {
      throw new SkeinError("queue-full", "Too many keys are in motion; use fewer.");
    }
  }

  onLatest(
    type: string,
    run: (event: LatestEvent<RoomTypes, unknown>) => void,
    options?: ListenOptions,
  ): () => void {
    return this.#parts.telling.latest.on(type, run, options);
  }

  stats(): RoomStats {
    const { members, mesh, refused, signaling } = this.#parts;
    return {
      peers: Object.fromEntries([...members].map(({ id, link }) => [id, link.stats])),
      serverRtt: signaling.rtt,
      refused: Object.fromEntries(refused),
      peerConnections: mesh.peerConnections,
    };
  }

  /** The network changed for the better: no use in waiting longer. */
  retryNow(): void {
    this.#parts.signaling.retryNow();
    for (const { link } of this.#parts.members) link.retryNow();
  }

  /** Its socket is gone, as far as anybody can tell. */
  loseSocket(message: string): void {
    this.#parts.signaling.lose(message);
  }

  /** The page goes away, perhaps into the back-forward cache, from where it may come again. */
  #hidePage(): void {
    this.#end();
    this.#parts.telling.change("connecting", null);
  }

  /** Says goodbye on every path and lets everything go; the object can begin again. */
  #end(): void {
    for (const { link } of this.#parts.members) link.sayGoodbye();
    this.#parts.signaling.stop(true);
    this.#forget();
  }

  /** Nobody is here any more, ourselves included; no timer is left. */
  #forget(): void {
    const { acks, interests, members, motion, outgoing, report, seats, self } = this.#parts;
    acks?.stop();
    motion.stop();
    interests?.stop();
    seats.stop();
    report?.stop();
    outgoing.clear();
    members.clear();
    self.info = null;
  }

  #close(whyNotReady: SkeinError, error: SkeinError | null): void {
    const { mesh, telling } = this.#parts;
    this.#unwatchPage?.();
    this.#unwatchPage = null;
    mesh.stop();
    this.#forget();
    this.#ready.reject(whyNotReady);
    telling.change("closed", error);
  }
}
