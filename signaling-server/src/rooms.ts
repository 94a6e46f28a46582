/** The rooms of this node, by name, and the cluster that they are shared with, where there is one. */
import type { Clock } from "../../lib/src/clock.ts";
import type { Refusal } from "../../lib/src/signaling/events.ts";
import type { Cluster } from "./cluster/cluster.ts";
import type { RoomLink } from "./cluster/room-link.ts";
import type { Share } from "./cluster/share.ts";
import { Room, type RoomOptions } from "./room.ts";

/**
 * A shared room stays so long after its last member here left, in milliseconds: somebody may be
 * shaking hands, for whom it has just been read.
 */
const LINGER_MS = 15_000;

interface Kept {
  readonly room: Room;
  readonly share: Share | undefined;
  cancelLinger: (() => void) | undefined;
}

export interface RoomsOptions {
  readonly clock: Clock;
  readonly cluster: Cluster | undefined;
  /** How many rooms there may be. */
  readonly most: number;
  /** What every room is made with; asked for each. */
  readonly roomOptions: () => Omit<RoomOptions, "onEmpty" | "link">;
}

export class Rooms {
  readonly #options: RoomsOptions;
  readonly #kept = new Map<string, Kept>();
  #isClosed = false;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  /** Whether other nodes may have members of rooms that are not known here. */
  get shared(): boolean {
    return this.#options.cluster !== undefined;
  }

  /** There is no place for another one. */
  get isFull(): boolean {
    return this.#kept.size >= this.#options.most;
  }

  get(name: string): Room | undefined {
    return this.#kept.get(name)?.room;
  }

  *[Symbol.iterator](): Iterator<Room> {
    for (const { room } of this.#kept.values()) yield room;
  }

  /** The room of this name; made, and shared, if it is not there. Throws after {@link close}. */
  named(name: string): Room {
    return this.#keep(name).room;
  }

  /**
   * Before somebody comes in: undefined when nothing is to wait for; else it resolves when the other
   * nodes' members are known, with the newcomer's join number where it needs one. It never rejects.
   */
  prepare(name: string, needsJoin: boolean): Promise<number | undefined> | undefined {
    if (this.#isClosed) return undefined;
    return this.#options.cluster && this.#keep(name).share?.prepare(needsJoin);
  }

  /**
   * Ends every socket, and makes no room again. What other nodes must know is on its way when this
   * returns.
   */
  close(refusal: Refusal): void {
    this.#isClosed = true;
    for (const { room, share, cancelLinger } of this.#kept.values()) {
      cancelLinger?.();
      room.close(refusal);
      if (share) this.#options.cluster?.unshare(share);
    }
    this.#kept.clear();
  }

  #keep(name: string): Kept {
    const known = this.#kept.get(name);
    if (known) return known;
    // It would be shared by a node that says its last words, and nobody would ever end it.
    if (this.#isClosed) throw new Error("These rooms are closed.");
    const { cluster, roomOptions } = this.#options;
    const share = cluster?.share(name);
    const link: RoomLink | undefined = share;
    const room = new Room(name, {
      ...roomOptions(),
      link,
      onEmpty: () => this.#empty(kept),
    });
    const kept: Kept = { room, share, cancelLinger: undefined };
    this.#kept.set(name, kept);
    share?.attach(room);
    if (share) this.#linger(kept);
    return kept;
  }

  #empty(kept: Kept): void {
    if (kept.share) this.#linger(kept);
    else this.#drop(kept);
  }

  #linger(kept: Kept): void {
    kept.cancelLinger?.();
    kept.cancelLinger = this.#options.clock.after(LINGER_MS, () => {
      kept.cancelLinger = undefined;
      if (kept.room.here === 0) this.#drop(kept);
    });
  }

  #drop(kept: Kept): void {
    const { room, share } = kept;
    if (this.#kept.get(room.name) !== kept) return;
    this.#kept.delete(room.name);
    if (!share) return;
    room.close(EMPTY);
    this.#options.cluster?.unshare(share);
  }
}

/** Nobody is there to be told. */
const EMPTY: Refusal = { code: "shutting-down", message: "The room is empty." };
