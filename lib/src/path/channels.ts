/** The two data channels of a connection as the two lanes of a path. */
import { MAX_FRAME_BYTES } from "../signaling/events.ts";
import { type Lane, MAX_LATEST_BUFFERED } from "./path.ts";

/** Chromium throws at 16.7 MB and Firefox queues silently; what does not fit waits in the link. */
export const MAX_RELIABLE_BUFFERED = 1024 * 1024;
/** Bytes held that arrive before this side reads: no more than the other side lets itself queue. */
const MAX_EARLY_BYTES = MAX_RELIABLE_BUFFERED;
/**
 * Frames of that: each costs far more than its bytes. Until this side reads and so answers, the other
 * sends hardly more than ten probes a second.
 */
export const MAX_EARLY_FRAMES = 1024;
/** Its type. */
const MIN_FRAME_BYTES = 2;

export interface ChannelsEvents {
  /** Both channels are open. Called at most once. */
  onOpen(): void;
  onFrame(frame: Uint8Array, lane: Lane): void;
  /** One of them is gone. May be called for each. */
  onClose(): void;
}

export class Channels {
  readonly #events: ChannelsEvents;
  readonly #channels: { [lane in Lane]: RTCDataChannel | null } = { reliable: null, latest: null };
  readonly #undo: (() => void)[] = [];
  #opened = false;
  #reading = false;
  #early: { frame: Uint8Array; lane: Lane }[] = [];
  #earlyBytes = 0;

  constructor(events: ChannelsEvents) {
    this.#events = events;
  }

  /** As in {@link import("./path.ts").Path}: each channel has its turn, so only its own queue counts. */
  get buffered(): number {
    return this.#channels.latest?.bufferedAmount ?? 0;
  }

  /** Bytes of lane `reliable` that the browser has not handed to the network. */
  get queued(): number {
    return this.#channels.reliable?.bufferedAmount ?? 0;
  }

  /** Before anything was received, so that nothing is missed. */
  add(channel: RTCDataChannel, lane: Lane): void {
    this.#channels[lane] = channel;
    channel.binaryType = "arraybuffer";
    const open = () => this.#channelOpened();
    const close = () => this.#events.onClose();
    const message = ({ data }: MessageEvent<unknown>) => {
      if (!(data instanceof ArrayBuffer)) return;
      const { byteLength } = data;
      if (byteLength < MIN_FRAME_BYTES || byteLength > MAX_FRAME_BYTES) return;
      this.#received(new Uint8Array(data), lane);
    };
    channel.addEventListener("open", open);
    channel.addEventListener("close", close);
    channel.addEventListener("message", message);
    this.#undo.push(() => {
      channel.removeEventListener("open", open);
      channel.removeEventListener("close", close);
      channel.removeEventListener("message", message);
    });
    // Where it was announced it may have opened already.
    this.#channelOpened();
  }

  /** False when the lane cannot take the frame now. */
  send(frame: Uint8Array, lane: Lane): boolean {
    const channel = this.#channels[lane];
    if (channel?.readyState !== "open") return false;
    const limit = lane === "reliable" ? MAX_RELIABLE_BUFFERED : MAX_LATEST_BUFFERED;
    if (channel.bufferedAmount + frame.byteLength > limit) return false;
    try {
      // A frame in shared memory, which the type allows, would throw; no frame is.
      channel.send(frame as Uint8Array<ArrayBuffer>);
      return true;
    } catch {
      return false;
    }
  }

  /** Gives out what arrived so far, and from now on everything at once. */
  read(): void {
    this.#reading = true;
    const early = this.#early;
    this.#early = [];
    for (const { frame, lane } of early) if (this.#reading) this.#events.onFrame(frame, lane);
  }

  /** Lets go of both channels; closing them is the connection's. */
  release(): void {
    for (const undo of this.#undo) undo();
    this.#undo.length = 0;
    this.#channels.reliable = this.#channels.latest = null;
    this.#early = [];
    this.#reading = false;
  }

  #channelOpened(): void {
    const { reliable, latest } = this.#channels;
    if (this.#opened) return;
    if (reliable?.readyState !== "open" || latest?.readyState !== "open") return;
    this.#opened = true;
    this.#events.onOpen();
  }

  #received(frame: Uint8Array, lane: Lane): void {
    if (this.#reading) {
      this.#events.onFrame(frame, lane);
      return;
    }
    // The other side may be some milliseconds ahead of this one.
    this.#earlyBytes += frame.byteLength;
    const fits = this.#earlyBytes <= MAX_EARLY_BYTES && this.#early.length < MAX_EARLY_FRAMES;
    if (fits) this.#early.push({ frame, lane });
    else if (lane === "reliable") this.#events.onClose();
  }
}
