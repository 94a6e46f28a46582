/**
 * Sends to many links at once: one numbering of `all` for every receiver, one upload for however
 * many of them stand on the server path.
 */
import type { Lane } from "../path/path.ts";
import { encodeFrame } from "../wire/index.ts";
import { type Link, MAX_BEHIND_BYTES } from "./link.ts";
import type { SharedFrame } from "./outbox.ts";

/** Sends one frame over the server path to the peers named, uploaded once; false when it is full. */
export type Broadcast = (peerIds: readonly string[], frame: Uint8Array, lane: Lane) => boolean;

export class Fanout {
  readonly #broadcast: Broadcast;
  #nextAll = 1;
  /** Whose turn it is on the server path. */
  #turn = "";

  constructor(broadcast: Broadcast) {
    this.#broadcast = broadcast;
  }

  /** Number of the next frame of `all`. */
  get nextAll(): number {
    return this.#nextAll;
  }

  /**
   * Whether `bytes` more may be sent to these links. One that is far behind while others keep up is
   * reset, so that nobody waits for it; when all of them are behind, it is the sender that is too fast.
   */
  makeRoom(links: readonly Link[], bytes: number): boolean {
    const behind = links.filter((link) => link.behindBytes + bytes > MAX_BEHIND_BYTES);
    if (behind.length === 0) return true;
    const keepsUp = (link: Link) => link.behindBytes + bytes <= MAX_BEHIND_BYTES / 2;
    const stuck = (link: Link) => link.isStuck || links.some(keepsUp);
    if (!behind.every(stuck)) return false;
    for (const link of behind) link.reset();
    return true;
  }

  /** Sends entries to all of these links; `settle` hears once per link and entry. */
  all(
    entries: readonly Uint8Array[],
    links: readonly Link[],
    settle: (link: Link, missed: boolean) => void,
  ): void {
    for (const entry of entries) {
      const number = this.#nextAll++;
      const frame = encodeFrame({ kind: "all", number, entry });
      const shared: SharedFrame = { number, entry, frame, waiting: new Set() };
      for (const link of links) link.queueAll(shared, (missed) => settle(link, missed));
    }
    for (const link of links) link.pump();
  }

  /** Sends entries to some links, each its own copy in its own numbering. */
  to(
    entries: readonly Uint8Array[],
    links: readonly Link[],
    settle: (link: Link, missed: boolean) => void,
  ): void {
    for (const link of links) {
      for (const entry of entries) link.queueTo(entry, (missed) => settle(link, missed));
      link.pump();
    }
  }

  /**
   * There is room on the server path: control frames of all links go first, then a frame of each in
   * turn, beginning with the one that found no more room the last time.
   */
  pump(links: readonly Link[]): void {
    for (const link of links) link.pumpControl();
    const first = Math.max(
      0,
      links.findIndex(({ peerId }) => peerId === this.#turn),
    );
    let waiting = [...links.slice(first), ...links.slice(0, first)];
    while (waiting.length > 0) {
      const more: Link[] = [];
      for (const link of waiting) {
        const done = link.pumpOne();
        if (done === "full") {
          this.#turn = link.peerId;
          return;
        }
        if (done === "sent") more.push(link);
      }
      waiting = more;
    }
  }

  /** Sends a frame of the latest lane; what no path takes now is gone. */
  latest(frame: Uint8Array, links: readonly Link[]): void {
    const overServer = links.filter((link) => link.sendLatest(frame)).map((link) => link.peerId);
    if (overServer.length > 0) this.#broadcast(overServer, frame, "latest");
  }

  /** One upload for everybody who waits for this frame on the server path. */
  upload(shared: SharedFrame): boolean {
    const targets = [...shared.waiting].filter((target) => target.takesUploads);
    const ids = targets.map((target) => target.peerId);
    if (ids.length === 0 || !this.#broadcast(ids, shared.frame, "reliable")) return false;
    for (const target of targets) target.uploaded(shared);
    return true;
  }
}
