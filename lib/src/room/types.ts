/// <reference lib="esnext.disposable" preserve="true" />
/** The public face of a room, as types. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { PathKind } from "../path/path.ts";
import type { IceServer, LeaveReason, VouchedUser } from "../signaling/events.ts";
import type { Ability, Grant } from "../signaling/grants.ts";
import type { TokenOption, TokenReason, TokenRequest } from "../signaling/tokens.ts";
import type { SkeinError } from "./errors.ts";

export type { Ability, Grant, TokenOption, TokenReason, TokenRequest };

/**
 * Register your app's types once, for every room and hook:
 * `declare module "skein" { interface Register { room: { presence: …; messages: … } } }`
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by apps through declaration merging
export interface Register {}

/** What an app may say about the data in its rooms. Plain interfaces fit; untyped data is `unknown`. */
export interface RoomTypes {
  /** A peer's state. Required keys make the `presence` option required. */
  presence?: object;
  /** Message type → data. */
  messages?: object;
  /** `sendLatest` type → data. */
  latest?: object;
  /** What `authenticate` on the server returns. */
  user?: object;
}

export type RegisteredTypes = Register extends { room: infer R extends RoomTypes } ? R : RoomTypes;

/** The same types from one source that also checks what arrives: Standard Schemas (zod, valibot, arktype). */
export interface RoomSchema {
  readonly presence?: StandardSchemaV1;
  readonly messages?: { readonly [type: string]: StandardSchemaV1 };
  readonly latest?: { readonly [type: string]: StandardSchemaV1 };
}

type Untyped = { readonly [name: string]: unknown };
type Out<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : unknown;
type OutOfEach<M> = { [K in keyof M]: Out<M[K]> };

/** What a schema says as {@link RoomTypes}. */
export type TypesOfSchema<S extends RoomSchema> = Extract<
  (S extends { presence: infer P } ? { presence: Out<P> } : unknown) &
    (S extends { messages: infer M } ? { messages: OutOfEach<M> } : unknown) &
    (S extends { latest: infer L } ? { latest: OutOfEach<L> } : unknown),
  RoomTypes
>;

export type PresenceOf<T extends RoomTypes> = T extends { presence: infer P extends object }
  ? P
  : Untyped;
export type MessagesOf<T extends RoomTypes> = T extends { messages: infer M extends object }
  ? M
  : Untyped;
export type LatestOf<T extends RoomTypes> = T extends { latest: infer L extends object }
  ? L
  : Untyped;
export type UserOf<T extends RoomTypes> = T extends { user: infer U extends object }
  ? U
  : VouchedUser;

export type Status = "idle" | "connecting" | "connected" | "reconnecting" | "closed";

/** Why a link is on the path it is on. docs/troubleshooting.md says what to do about each. */
export type PathReason =
  /** WebRTC is being opened; frames travel over the server meanwhile. */
  | "connecting"
  /** `paths: "server"` here, or by the server's policy. */
  | "disabled"
  /** One of the two cannot do WebRTC at all, or the other one will not. */
  | "unsupported"
  /** The room is larger than its mesh; this link has no seat in it. */
  | "no-seat"
  /** No candidate pair worked; it is tried again. */
  | "ice-failed"
  /** It failed, and no TURN server could be reached from here. */
  | "turn-unreachable"
  /** It failed, and the TURN server refused the credentials. */
  | "turn-unauthorized"
  /** Nothing decided within the time limit; it is tried again. */
  | "timeout"
  /** The browser allows no more RTCPeerConnections in this process for now. */
  | "too-many-connections"
  /** An open WebRTC path stopped answering; it is being repaired. */
  | "path-lost"
  /** The other one sent more past the server than a tab can take; nothing goes that way for a minute. */
  | "flooded";

/**
 * - `active`: somebody is at it, as far as one can tell; programs outside a browser always are.
 * - `idle`: its tab shows, and had no input for a minute.
 * - `hidden`: its tab does not show.
 * - `away`: its connection to the server is lost and it may come back.
 */
export type Activity = "active" | "idle" | "hidden" | "away";

/**
 * Whether the server granted something: `can("cursor")`, `can("presence")`, `can("document")`,
 * `can("message", "chat")` for one type of messages and latest values, `can("message")` for all types.
 */
export type Can = (ability: Ability, type?: string) => boolean;

/** One participant, as an immutable snapshot: a change makes a new object and leaves the others alone. */
export interface Peer<T extends RoomTypes = RegisteredTypes> {
  readonly id: string;
  readonly isSelf: boolean;
  /** What the server vouches for; null on an open server. */
  readonly user: UserOf<T> | null;
  /** Empty, whatever its type says, for one that has no grant for presence: read {@link user} first. */
  readonly presence: PresenceOf<T>;
  /** `#rrggbb`: at least 4.5:1 under white text, at least 3:1 against white and near-black pages. */
  readonly color: string;
  /** How its tab is. A change of it fires no `presence` event. */
  readonly activity: Activity;
  /** What carries frames to and from it now; null for self. */
  readonly path: PathKind | null;
  /** Why it is on that path, when it could be better; null when there is nothing to explain. */
  readonly pathReason: PathReason | null;
  /** What the server granted it; everything on a server that does not ask who one is. */
  readonly can: Can;
}

export interface RoomSnapshot<T extends RoomTypes = RegisteredTypes> {
  readonly status: Status;
  /** The last error from the server or the network; null once all is well again. */
  readonly error: SkeinError | null;
  /** Null until the first welcome: the server derives a peer's id. */
  readonly self: Peer<T> | null;
  /** Everybody else, in join order. In a large room they come in pages, within ticks of the welcome. */
  readonly peers: readonly Peer<T>[];
  /**
   * How many are in the room, oneself and those that are away or blocked among them; 0 before the first
   * welcome and after leaving. Right from the welcome on, also while {@link peers} are still to come.
   */
  readonly size: number;
}

export type PointerKind = "mouse" | "touch" | "pen" | "other";

/** Where a pointer was. Units are the app's own; `skein/cursors` chooses them for you. */
export interface CursorSample {
  readonly x: number;
  readonly y: number;
  /** Milliseconds on this page's `performance.now()` clock. */
  readonly time: number;
  readonly pressed: boolean;
  readonly pointerType: PointerKind;
  /** What the coordinates are relative to, such as a surface; "" unless the sender named one. */
  readonly frame: string;
}

/** What {@link Room.moveCursor} takes; `time` defaults to now. */
export interface CursorPosition {
  readonly x: number;
  readonly y: number;
  readonly time?: number;
  readonly pressed?: boolean;
  readonly pointerType?: PointerKind;
  /** At most 64 UTF-8 bytes. */
  readonly frame?: string;
}

export interface RoomEvents<T extends RoomTypes = RegisteredTypes> {
  /** Somebody came. Does not fire for those already there at the first welcome. */
  join: { readonly peer: Peer<T> };
  /** `blocked`: by {@link Room.block}, here. */
  leave: { readonly peer: Peer<T>; readonly reason: LeaveReason | "blocked" };
  presence: { readonly peer: Peer<T> };
  /** A peer's pointer moved; no samples: it is hidden. */
  cursor: { readonly peer: Peer<T>; readonly samples: readonly CursorSample[] };
  path: { readonly peer: Peer<T>; readonly path: PathKind; readonly previous: PathKind };
  status: { readonly status: Status; readonly previous: Status };
  error: { readonly error: SkeinError };
  /** A peer was too far behind and was reset: messages from it were lost to us. */
  missed: { readonly peer: Peer<T> };
}

export interface MessageEvent<T extends RoomTypes, D> {
  readonly data: D;
  readonly peer: Peer<T>;
}
/** From the app's own back end, which no peer can pretend to be. */
export interface ServerMessageEvent<D> {
  readonly data: D;
  readonly peer: null;
}
export interface LatestEvent<T extends RoomTypes, D> extends MessageEvent<T, D> {
  readonly key: string;
}

export interface ListenOptions {
  /** Aborting it takes the listener off. */
  readonly signal?: AbortSignal;
}

export interface CursorListenOptions extends ListenOptions {
  /**
   * With the event `cursor`, and left out with others: only cursors on this surface are of interest
   * ("" for those that name none). Where all who listen say so, and the app does not
   * {@link Room.setInterest}, others come only where they rest, or leave a surface.
   */
  readonly surface?: string;
}

/** See {@link Room.setInterest}. */
export interface CursorInterest {
  /** Only cursors on this surface, or these: at most 32 names of at most 64 UTF-8 bytes. Absent: all. */
  readonly surface?: string | readonly string[];
  /** Only the cursors of these peers: at most 256 ids; `[]` for none. Absent: everybody's. */
  readonly peers?: readonly string[];
}

/** Whom messages are heard from; see {@link Room.onMessage}. */
export interface ServerListenOptions extends ListenOptions {
  readonly from: "server";
}

export interface SendOptions {
  /** One peer id or several; everybody present when absent. */
  readonly to?: string | readonly string[];
}
export interface SendResult {
  /** Ids of addressed peers that left or were reset before they acknowledged. */
  readonly missed: readonly string[];
}
/** `data` may be left out where its type allows `undefined`. */
export type DataAndOptions<D, O> = undefined extends D
  ? [data?: D, options?: O]
  : [data: D, options?: O];

export interface LatestOptions {
  /** Newest per key wins; "" when absent. At most 256 UTF-8 bytes. */
  readonly key?: string;
}

export interface LinkStats {
  readonly path: PathKind;
  readonly reason: PathReason | null;
  /** Smoothed round-trip time of the path in use, in milliseconds; null until measured. */
  readonly rtt: number | null;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly framesSent: number;
  readonly framesReceived: number;
  /** Times the link changed its path. */
  readonly handovers: number;
  /** Reliable bytes not yet acknowledged. */
  readonly unacknowledged: number;
  /** Reliable frames sent more than once. */
  readonly resent: number;
  /** WebRTC attempts begun. */
  readonly attempts: number;
}

export interface RoomStats {
  readonly peers: { readonly [id: string]: LinkStats };
  /** Round-trip time over the signaling socket, in milliseconds; null until measured. */
  readonly serverRtt: number | null;
  /** What was refused on arrival, by kind: malformed frames, data that a schema refused, and so on. */
  readonly refused: { readonly [kind: string]: number };
  /** RTCPeerConnections made and not yet seen finalised. */
  readonly peerConnections: number;
}

export interface RoomOptions<T extends RoomTypes = RegisteredTypes> {
  /** The signaling server's origin, with an optional base path. Default: the page's own origin. */
  readonly server?: string;
  readonly presence?: PresenceOf<T>;
  /**
   * Shows a server that asks who this is: a string, or a function that fetches one. The function is
   * asked at first, before the token expires, and when the server rejects it; what it fetches is shown
   * over the open socket. Throw a SkeinError of code `unauthorized` in it to close the room for good.
   */
  readonly token?: TokenOption;
  /**
   * `"relay"`: WebRTC through TURN only, so that no peer learns this one's addresses; `"server"`: no
   * WebRTC at all. Default `"all"`. The server's policy can narrow it further.
   */
  readonly paths?: "all" | "relay" | "server";
  /** Replaces the ICE servers that the signaling server announces. */
  readonly iceServers?: readonly IceServer[];
  /** A WebRTC implementation, for programs outside a browser. */
  readonly wrtc?: WebRtcImplementation;
  /**
   * Tells the server now and then how many links run on which path, and once how long the first direct
   * one took: for its operator's metrics. No peer is named. Default `false`.
   */
  readonly reportPaths?: boolean;
}

/** What simple-peer and Skein need of WebRTC: the constructors by their standard names. */
export interface WebRtcImplementation {
  readonly RTCPeerConnection: typeof RTCPeerConnection;
  readonly RTCSessionDescription: typeof RTCSessionDescription;
  readonly RTCIceCandidate: typeof RTCIceCandidate;
}

/** One room, seen from one peer. Made by `joinRoom` or `createRoom`. */
export interface Room<T extends RoomTypes = RegisteredTypes> {
  readonly name: string;
  /** Resolves with the first welcome; rejects with a SkeinError that says why there will be none. */
  readonly ready: Promise<void>;
  /** Begins, or begins again after `leave`. Harmless when already begun. */
  connect(): void;
  /** Says goodbye and closes everything. Harmless when already left. */
  leave(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;

  /** The same reference until something in it changes. */
  getSnapshot(): RoomSnapshot<T>;
  /** How many are in the room: {@link RoomSnapshot.size}. */
  readonly size: number;
  /** Calls `run` when what `select` returns changes (by `Object.is`, or `equal`). Returns its undo. */
  watch<V>(
    select: (snapshot: RoomSnapshot<T>) => V,
    run: (now: V, before: V) => void,
    options?: ListenOptions & { readonly equal?: (a: V, b: V) => boolean },
  ): () => void;
  /** Resolves with the first truthy value of `select`; rejects when aborted. */
  waitFor<V>(
    select: (snapshot: RoomSnapshot<T>) => V,
    options?: ListenOptions,
  ): Promise<Exclude<V, null | undefined | false | 0 | "">>;
  on<K extends keyof RoomEvents<T>>(
    event: K,
    run: (event: RoomEvents<T>[K]) => void,
    options?: CursorListenOptions,
  ): () => void;

  /**
   * Whether the server granted this to oneself; false until the first welcome. See {@link Can}.
   * `snapshot.self` is a new object when it changes.
   */
  can(ability: Ability, type?: string): boolean;

  /**
   * As though this peer were not here: it is in no list, nothing of it is drawn or delivered, and
   * nothing is linked or sent to it any more, until the undo is called. Of a user that the server
   * vouches for it holds for all their peers, also those to come. See docs/access.md for what it
   * cannot hide.
   */
  block(peer: Peer<T> | string): () => void;

  /**
   * Merges a patch into one's own presence (shallow); one that changes nothing does nothing. Throws
   * `presence-too-large` over 16 KiB, `no-grant` without the grant for it.
   */
  setPresence(
    patch: Partial<PresenceOf<T>> | ((now: PresenceOf<T>) => Partial<PresenceOf<T>>),
  ): void;

  /**
   * Tells the others where the pointer is. Lossy on the way; the last position always arrives. Throws
   * `no-grant` without the grant for it.
   */
  moveCursor(position: CursorPosition): void;
  hideCursor(): void;
  /**
   * Says which cursors the app draws, and only those come: of these peers, on these surfaces. Of the
   * others their last position still comes when they rest, so that nothing is missing where the interest
   * grows. It holds until the next call, also over reconnections; `{}` wants all. `null` leaves it to
   * what those who listen to `cursor` say, as `attachCursors` and `trackCursors` do. Told ten times
   * a second at most, so call it as often as you like. Throws `bad-argument` over the bounds of
   * {@link CursorInterest}; before the room has connected for the first time it is reported like an
   * uncaught error instead, as soon as it is looked at.
   */
  setInterest(interest: CursorInterest | null): void;
  /** A peer's newest cursor sample; null when hidden or unknown. */
  cursorOf(id: string): CursorSample | null;

  /**
   * Sends to the peers present now: reliable, in order, exactly once. Strings, JSON values and
   * `Uint8Array`, up to 256 KiB. Resolves when each has acknowledged, left or been reset; never
   * rejects for the network. Throws a SkeinError at the call on misuse.
   */
  send<K extends keyof MessagesOf<T> & string>(
    type: K,
    ...rest: DataAndOptions<MessagesOf<T>[K], SendOptions>
  ): Promise<SendResult>;
  onMessage<K extends keyof MessagesOf<T> & string>(
    type: K,
    run: (event: MessageEvent<T, MessagesOf<T>[K]>) => void,
    options?: ListenOptions & { readonly from?: "peers" },
  ): () => void;
  /** What the app's own back end sends (`sendMessage` of skein-server), and nobody else: exactly once. */
  onMessage<K extends keyof MessagesOf<T> & string>(
    type: K,
    run: (event: ServerMessageEvent<MessagesOf<T>[K]>) => void,
    options: ServerListenOptions,
  ): () => void;

  /** Lossy, newest per key wins, the last always arrives. Up to 8 KiB. */
  sendLatest<K extends keyof LatestOf<T> & string>(
    type: K,
    ...rest: DataAndOptions<LatestOf<T>[K], LatestOptions>
  ): void;
  onLatest<K extends keyof LatestOf<T> & string>(
    type: K,
    run: (event: LatestEvent<T, LatestOf<T>[K]>) => void,
    options?: ListenOptions,
  ): () => void;

  /** Measured, never estimated; a new object at each call. */
  stats(): RoomStats;
}

/** `options` is required where presence has required keys. */
export type OptionsArgument<T extends RoomTypes> =
  Partial<PresenceOf<T>> extends PresenceOf<T>
    ? [options?: RoomOptions<T>]
    : [options: RoomOptions<T> & { readonly presence: PresenceOf<T> }];
