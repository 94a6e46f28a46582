import { withOwnTypes } from "../cursor/own-types.ts";
import type { Room, RoomTypes } from "../room/types.ts";
import { ASK_HOLDS_MS, INSPECT, LINKS, tableOf } from "./link-table.ts";

/** At most one table in so many milliseconds, and in large rooms in so many for each member. */
const INTERVAL_MS = 1_000;
const INTERVAL_PER_MEMBER_MS = 60;
/** After a hand-over it is told sooner, in milliseconds: one broken link breaks others with it. */
const SOON_MS = 200;
/** More people than that do not look at one room at once. */
const MAX_INSPECTORS = 8;

const shared = new WeakMap<object, { uses: number; readonly sharing: Sharing }>();

/**
 * Lets this page's links be seen in the inspectors of others in the room: which path each takes, why,
 * and its round-trip time. Says nothing until somebody inspects. {@link attachInspector} does the same.
 *
 * @returns its undo
 */
export function shareLinks<T extends RoomTypes>(room: Room<T>): () => void {
  const known = shared.get(room) ?? { uses: 0, sharing: new Sharing(withOwnTypes(room)) };
  shared.set(room, known);
  known.uses++;
  let isUndone = false;
  return () => {
    if (isUndone) return;
    isUndone = true;
    known.uses--;
    if (known.uses > 0) return;
    shared.delete(room);
    known.sharing.stop();
  };
}

class Sharing {
  readonly #room: Room<RoomTypes>;
  /** Peer id → until when it counts as inspecting, on `performance.now()`'s clock. */
  readonly #inspectors = new Map<string, number>();
  readonly #stop = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #isOnItsWay = false;

  constructor(room: Room<RoomTypes>) {
    this.#room = room;
    const { signal } = this.#stop;
    room.onMessage(INSPECT, ({ data, peer }) => this.#asked(peer.id, data), { signal });
    room.on("path", () => this.#tellWithin(SOON_MS), { signal });
    room.on("leave", ({ peer }) => this.#inspectors.delete(peer.id), { signal });
  }

  stop(): void {
    this.#stop.abort();
    this.#inspectors.clear();
    clearTimeout(this.#timer);
  }

  #asked(id: string, data: unknown): void {
    const { on } = Object(data) as { readonly on?: unknown };
    if (on === false) this.#inspectors.delete(id);
    if (on !== true) return;
    const isNew = !this.#inspectors.has(id);
    if (isNew && this.#inspectors.size >= MAX_INSPECTORS) return;
    this.#inspectors.set(id, performance.now() + ASK_HOLDS_MS);
    this.#tellWithin(isNew ? 0 : INTERVAL_MS);
  }

  #tellWithin(ms: number): void {
    if (this.#inspectors.size === 0 || this.#isOnItsWay) return;
    const now = performance.now();
    // Never more often, however a path flaps and whoever comes: it is told to all of them.
    const due = Math.max(now + ms, this.#toldAt + INTERVAL_MS);
    if (this.#timer !== undefined && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => void this.#tell(), due - now);
  }

  /** One table at a time: whoever does not keep up gets fewer. */
  async #tell(): Promise<void> {
    this.#timer = undefined;
    const { peers } = this.#room.getSnapshot();
    const now = performance.now();
    for (const [id, until] of this.#inspectors) {
      if (until < now || !peers.some((peer) => peer.id === id)) this.#inspectors.delete(id);
    }
    if (this.#inspectors.size === 0) return;
    this.#isOnItsWay = true;
    this.#toldAt = now;
    try {
      const table = tableOf(this.#room.stats());
      await this.#room.send(LINKS, table, { to: [...this.#inspectors.keys()] });
    } catch {
      // The room is closed or its queue full: whoever still inspects then asks again.
    }
    this.#isOnItsWay = false;
    if (this.#stop.signal.aborted) return;
    this.#tellWithin(Math.max(INTERVAL_MS, peers.length * INTERVAL_PER_MEMBER_MS));
  }
}
