/**
 * One way to carry frames along a link. A path knows nothing of rooms, streams or acknowledgements:
 * it takes bytes, gives bytes, and says when it opened and when it is gone. Everything that makes
 * delivery exactly-once lives in `link/`, so that a new transport is a small file.
 */

/** How a frame must travel: in order and repeated until it arrives, or newest wins. */
export type Lane = "reliable" | "latest";

/** Some 100 ms of a busy cursor stream: what waits longer is out of date when it arrives. */
export const MAX_LATEST_BUFFERED = 16 * 1024;

export type PathKind = "direct" | "relay" | "server";

export interface PathEvents {
  /** Frames can be sent from now on. Called at most once. */
  onOpen(): void;
  /** One frame arrived. The bytes are the receiver's to keep. */
  onFrame(frame: Uint8Array, lane: Lane): void;
  /** The path is gone for good, for the reason given. Called at most once, never after `close()`. */
  onClose(reason: string): void;
}

export interface Path {
  /**
   * Sends one frame. False when the path cannot take it now (closed, or its queue is full): a
   * reliable frame is then the caller's to send again, a latest one is gone.
   */
  send(frame: Uint8Array, lane: Lane): boolean;
  /** Bytes accepted but not yet handed to the network that a frame of lane `latest` waits for. */
  readonly buffered: number;
  /** Bytes of lane `reliable` accepted but not yet handed to the network: what a next one waits for. */
  readonly queued: number;
  close(): void;
}
