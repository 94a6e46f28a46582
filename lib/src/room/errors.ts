/** Every code a {@link SkeinError} can carry. docs/troubleshooting.md says what to do about each. */
export type SkeinErrorCode =
  // Misuse: thrown at the call.
  | "bad-argument"
  | "bad-room-name"
  | "bad-server-url"
  | "not-supported"
  | "presence-too-large"
  | "message-too-large"
  | "not-serializable"
  | "schema-mismatch"
  | "unknown-peer"
  | "queue-full"
  | "room-closed"
  | "no-grant"
  // From the server or the network: in `snapshot.error`, the `error` event and `ready`.
  | "unsupported-protocol"
  | "bad-handshake"
  | "room-mismatch"
  | "origin-not-allowed"
  | "unauthorized"
  | "auth-unavailable"
  | "token-failed"
  | "token-invalid"
  | "token-expired"
  | "token-not-yet-valid"
  | "token-wrong-room"
  | "forbidden"
  | "stale-generation"
  | "frame-too-large"
  | "bad-message"
  | "handshake-timeout"
  | "too-many-members"
  | "too-many-rooms"
  | "too-many-sockets"
  | "rate-limited"
  | "replaced"
  | "removed"
  | "shutting-down"
  | "server-unreachable";

/** What goes wrong in Skein: `code` for programs, `message` for people, saying what to do. */
export class SkeinError extends Error {
  readonly code: SkeinErrorCode;

  constructor(code: SkeinErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SkeinError";
    this.code = code;
  }
}
