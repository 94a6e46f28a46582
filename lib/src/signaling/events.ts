/**
 * The signaling protocol as types: what travels as JSON over the WebSocket beside the binary frames.
 * Both sides import this file; docs/protocol.md says the same in prose. A change here is a change of
 * the protocol.
 */

/** Protocol number sent in every CONNECT and `hello`. Servers refuse numbers they do not know. */
export const PROTOCOL = 1;

/** Path of the WebSocket endpoint: beside an app's own socket.io and Vite's socket, never in their way. */
export const SOCKET_PATH = "/skein";

/** Query parameter of the WebSocket request that names the room (CONNECT must name the same). */
export const ROOM_PARAMETER = "room";

/** Longest room name, in UTF-8 bytes. It travels in a URL. */
export const MAX_ROOM_NAME_BYTES = 256;

/** Bytes of random key a client makes for each room object; its peer id is derived from it. */
export const KEY_BYTES = 16;

/** Largest presence state, in UTF-8 bytes of JSON: it is in every `welcome`, times the members. */
export const MAX_PRESENCE_BYTES = 16 * 1024;

/** Largest binary WebSocket message, in bytes: a 16 KiB chunk with room for header and route. */
export const MAX_FRAME_BYTES = 32 * 1024;

/** Largest signal (an SDP with many candidates is some 10 KB), in UTF-8 bytes of JSON. */
export const MAX_SIGNAL_BYTES = 64 * 1024;

/** Credit is given back after this many bytes … */
export const CREDIT_BYTES = 32 * 1024;
/** … or after this many milliseconds, whichever is first; clients measure by it what their line takes. */
export const CREDIT_INTERVAL_MS = 100;
/**
 * Clients may wait longer, in milliseconds: a server sheds by what it has no credit for, from 256 KiB,
 * and never lacks more than CREDIT_BYTES of it. Hundreds who say so ten times a second are a load.
 */
export const CLIENT_CREDIT_INTERVAL_MS = 1_000;

/** How long after a lost socket the server says `left` with reason `lost`, in milliseconds. */
export const LOST_AFTER_MS = 30_000;

/** How a client's links run, for a server's metrics: of those that opted in, at most every 30 s. */
export interface LinkReport {
  /** How many links are on each path now. */
  readonly links: { readonly direct: number; readonly relay: number; readonly server: number };
  /** From the first welcome to the first direct path, in milliseconds; once, when there is one. */
  readonly directMs?: number;
}

/** Bit of a client's `features`: it compares memberships; see `audit`. */
export const FEATURE_AUDIT = 1;

/** Bit of a client's `features`: it takes bundles, the frames of several members in one message. */
export const FEATURE_BUNDLES = 2;

/** Bit of a server's `features`: it takes acknowledgement vectors apart (wire/ack-vector.ts). */
export const FEATURE_ACK_VECTORS = 1;
/** Bit of a client's `features`: it takes memberships in parts; see `page` and `batch`. */
export const FEATURE_PAGES = 8;

/**
 * Bit of a server's `features`: it keeps from a client the cursors that its `interest` leaves out. Of a
 * client's: it does the same for those whom it has a data channel with (entry 9).
 */
export const FEATURE_INTEREST = 16;

/** Surfaces that one interest names at most. Their names are as long as a cursor frame's at most. */
export const MAX_INTEREST_SURFACES = 32;

/** Peers that one interest names at most: more cursors than anybody can tell apart. */
export const MAX_INTEREST_PEERS = 256;

/** Whose cursors a client draws; null in its place: everybody's, wherever they are. */
export interface Interest {
  /** Only cursors on these surfaces; absent: on all. At most MAX_INTEREST_SURFACES, each of 0 to 64 bytes. */
  readonly surfaces?: readonly string[];
  /** Only those of these ids; absent: of all. At most MAX_INTEREST_PEERS. */
  readonly peers?: readonly string[];
}

/** What JSON can carry. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Presence: whole state with a version; the newest version wins, whatever carried it. */
export interface VersionedPresence {
  readonly version: number;
  readonly state: { readonly [key: string]: Json };
}

/** What the server vouches for when it authenticates (absent on an open server). */
export interface VouchedUser {
  readonly id: string;
  readonly name?: string;
  readonly [claim: string]: Json | undefined;
}

/** Hues that peers have; see `MemberInfo.join`. */
export const PEER_COLORS = 16;

/** The `auth` object of socket.io's CONNECT packet. */
export interface ConnectRequest {
  readonly protocol: number;
  /** Bit set of optional features: the FEATURE_ constants. */
  readonly features: number;
  readonly room: string;
  /** base64url of KEY_BYTES random bytes. Known to this room object and the server only. */
  readonly key: string;
  /** One more for each new socket of this room object. The newest wins. */
  readonly generation: number;
  /** On a resume: the join number of the first welcome. */
  readonly join?: number;
  readonly presence: VersionedPresence;
  /** Whether this client can open WebRTC paths at all. */
  readonly webrtc: boolean;
  readonly token?: string;
}

/** A member as the server describes it to others. */
export interface MemberInfo {
  /** base64url of the first 16 bytes of SHA-256(room ‖ 0 ‖ key). */
  readonly id: string;
  /** Short number for binary routes, valid on this socket only; see docs/protocol.md. */
  readonly handle: number;
  /**
   * At least max(last + 1, clock in ms) of the room when it joined; ties broken by id. Its rest by
   * PEER_COLORS is the member's colour: up to so many members the server lets no two be alike.
   */
  readonly join: number;
  readonly features: number;
  readonly webrtc: boolean;
  /** Whether it has a seat in the WebRTC mesh. */
  readonly seat: boolean;
  /** Its socket is lost and it may come back. */
  readonly away: boolean;
  readonly presence: VersionedPresence;
  readonly user?: VouchedUser;
  /** What it may do (grants.ts); absent: everything. */
  readonly grants?: readonly string[];
}

/** What the server vouches for of one member. */
export interface Vouched {
  readonly user?: VouchedUser;
  readonly grants?: readonly string[];
}

/** An ICE server as RTCPeerConnection takes it. */
export interface IceServer {
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

export interface IceServers {
  readonly servers: readonly IceServer[];
  /** Seconds until the credentials in `servers` expire; 0 when there are none that do. */
  readonly ttlSeconds: number;
}

/** What the operator allows. A client's options can only narrow it. */
export interface Policy {
  readonly paths: "all" | "relay" | "server";
  readonly meshLimit: number;
  /** Cursor and latest frames at least 16 × 2ⁿ ms apart, n from 0 (also if absent) to 6. */
  readonly pace?: number;
}

export interface Welcome {
  readonly protocol: number;
  /** Bit set of optional features: FEATURE_ACK_VECTORS. */
  readonly features: number;
  /** The receiver as the server sees it (its handle, join number, seat, user). */
  readonly self: MemberInfo;
  /** Whether the server still knew the member (it never left). Informative only. */
  readonly resumed: boolean;
  /** Everybody else, in join order; in a large room those with seats and those who came last. */
  readonly members: readonly MemberInfo[];
  /**
   * How many members the room has, the receiver among them: only where `members` are not all, and the
   * rest follows in `page`.
   */
  readonly size?: number;
  readonly ice: IceServers;
  readonly policy: Policy;
  /** Seconds until what the server vouches for of `self` expires; absent: never. */
  readonly ttlSeconds?: number;
  /** Milliseconds, as in the event `spread`; absent: 250. */
  readonly spread?: number;
}

/** What a `batch` holds: what happened to the membership, told as if each came by itself. */
export type MembershipEvent = "joined" | "away" | "back" | "left" | "presence" | "seat" | "vouched";

export type Batched = {
  [E in MembershipEvent]: readonly [E, Parameters<ServerToClientEvents[E]>[0]];
}[MembershipEvent];

export type LeaveReason = "goodbye" | "lost" | "removed";

/** An ICE candidate as RTCIceCandidate serialises it. */
export interface CandidateInit {
  readonly candidate: string;
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number | null;
  readonly usernameFragment?: string | null;
}

export type SignalData =
  | { readonly type: "offer" | "answer"; readonly sdp: string }
  | { readonly type: "candidate"; readonly candidate: CandidateInit }
  /** Initiator only, inside simple-peer: a new offer follows (ICE restart). */
  | { readonly type: "renegotiate" }
  /** Responder to initiator: please begin a new attempt (`attempt` names the one that failed). */
  | { readonly type: "retry" };

/** One signal between two members. (attempt, index) identifies it; receivers drop duplicates. */
export interface Signal {
  readonly attempt: number;
  readonly index: number;
  readonly data: SignalData;
}

/** Why a server refused a client or closed its socket. */
export type RefusalCode =
  | "unsupported-protocol"
  | "bad-room-name"
  | "bad-handshake"
  | "room-mismatch"
  | "origin-not-allowed"
  | "unauthorized"
  | "auth-unavailable"
  | "token-invalid"
  | "token-expired"
  | "token-not-yet-valid"
  | "token-wrong-room"
  | "forbidden"
  | "stale-generation"
  | "frame-too-large"
  | "bad-message"
  | "presence-too-large"
  | "handshake-timeout"
  | "too-many-members"
  | "too-many-rooms"
  | "too-many-sockets"
  | "rate-limited"
  | "replaced"
  | "removed"
  | "shutting-down";

/** In `connect_error` as `error.data`, and in the `refused` event before the server closes a socket. */
export interface Refusal {
  readonly code: RefusalCode;
  /** One sentence a developer can act on. */
  readonly message: string;
}

export interface ServerToClientEvents {
  welcome: (welcome: Welcome) => void;
  joined: (member: MemberInfo) => void;
  away: (about: { id: string }) => void;
  /** A member's socket is back. `handle` may be new. */
  back: (about: { id: string; handle: number }) => void;
  left: (about: { id: string; reason: LeaveReason }) => void;
  presence: (about: { id: string } & VersionedPresence) => void;
  signal: (signal: { from: string } & Signal) => void;
  seat: (about: { id: string; seat: boolean }) => void;
  ice: (ice: IceServers) => void;
  policy: (policy: Policy) => void;
  /** Somebody is about to join: send your present cursor to `handle` if it moved in the last 2 s. */
  knock: (about: { handle: number }) => void;
  /** Total bytes of binary messages the server has taken from this socket so far. */
  credit: (bytes: number) => void;
  /** The same number back, at once: how the client measures its round trip and tests a silent socket. */
  echo: (number: number) => void;
  /** A signal was dropped: its receiver is not in the room. The socket stays; it is normal in a race. */
  undelivered: (about: { to: string; code: "unknown-peer"; message: string }) => void;
  /**
   * This server stops soon: open a new socket, then close this one, which ends by itself after
   * `withinMs`. A client that does not know this event is closed then, and reconnects.
   */
  drain: (about: { withinMs: number }) => void;
  /**
   * Whose socket is lost connects again first at a random moment within so many milliseconds (250 at
   * each welcome), so that the clients of a server that dies do not all come to another at once.
   */
  spread: (ms: number) => void;
  /**
   * Every 10 s: the sum, modulo 2^32, of the hashes (roll.ts) of everybody else, as this socket was
   * told of them. `version` grows with each change. Only to clients with FEATURE_AUDIT.
   */
  audit: (about: { version: number; hash: number }) => void;
  /** Everybody, as they are at `version`: the answer to `resync`. */
  roll: (about: { version: number; members: readonly MemberInfo[] }) => void;
  /**
   * More of those who were there at the welcome, as they are now. After one with `more` false
   * everybody is known. Only to clients with FEATURE_PAGES.
   */
  page: (page: { members: readonly MemberInfo[]; more: boolean }) => void;
  /** What happened within one tick, in order. Only to clients with FEATURE_PAGES. */
  batch: (events: readonly Batched[]) => void;
  /** What is vouched for of a member, the receiver itself among them, has changed. */
  vouched: (about: { id: string } & Vouched) => void;
  /** The receiver's `token` was taken. `ttlSeconds` as in `welcome`. */
  renewed: (about: { ttlSeconds?: number }) => void;
  /** The receiver's `token` was not taken; what was vouched for before holds until it expires. */
  notRenewed: (refusal: Refusal) => void;
  /** From the app's own back end. It comes again on a resume until it is `received`. */
  message: (message: { id: string; type: string; data?: Json }) => void;
  refused: (refusal: Refusal) => void;
  /** A binary message: `handle of the sender • frame`, or a bundle of these (FEATURE_BUNDLES). */
  frame: (message: Uint8Array) => void;
}

export interface ClientToServerEvents {
  presence: (presence: VersionedPresence) => void;
  signal: (signal: { to: string } & Signal) => void;
  /** Leaving for good. `generation` keeps a late goodbye from ending a newer socket. */
  goodbye: (about: { generation: number }) => void;
  /** A fresh token, before the one before expires. Answered by `renewed` or `notRenewed`. */
  token: (token: string) => void;
  /** The `message` of this id has arrived. */
  received: (id: string) => void;
  /** Give the seat back: every WebRTC attempt failed for 60 s. */
  unseat: () => void;
  /** Total bytes of binary messages this client has taken from this socket so far. */
  credit: (bytes: number) => void;
  /** Only if the app asked for it; servers that do not know it count it as unknown and go on. */
  report: (report: LinkReport) => void;
  /** Whose cursors shall come, until the next one or the end of this socket. Null: everybody's. */
  interest: (interest: Interest | null) => void;
  /** An `audit` did not match: the server answers with `roll`, a few times a minute. */
  resync: () => void;
  /** What differed, for the server's metrics. */
  audited: (differences: { ghost: number; missing: number; stale: number }) => void;
  /** The server answers with the same number (a non-negative integer; anything else is malformed). */
  echo: (number: number) => void;
  /** A binary message: `route • frame`. */
  frame: (message: Uint8Array) => void;
}
