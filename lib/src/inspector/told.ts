import type { Room, RoomTypes } from "../room/types.ts";
import { ASK_INTERVAL_MS, checkedTable, INSPECT, LINKS, type ToldLink } from "./link-table.ts";

/** A table older than this says nothing of now, in milliseconds. Tabs long hidden wake once a minute. */
const STALE_MS = 150_000;

interface Told {
  readonly links: ReadonlyMap<string, ToldLink>;
  readonly at: number;
}

/** What the other members tell about their links while somebody looks. */
export class ToldLinks {
  readonly #room: Room<RoomTypes>;
  readonly #changed: (id: string, before: ReadonlyMap<string, ToldLink> | null) => void;
  readonly #told = new Map<string, Told>();
  #stop: AbortController | null = null;
  #asked = Number.NEGATIVE_INFINITY;

  constructor(
    room: Room<RoomTypes>,
    changed: (id: string, before: ReadonlyMap<string, ToldLink> | null) => void,
  ) {
    this.#room = room;
    this.#changed = changed;
  }

  start(): void {
    if (this.#stop !== null) return;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#room.onMessage(
      LINKS,
      ({ data, peer }) => {
        const links = checkedTable(data);
        if (links === null) return;
        const before = this.#told.get(peer.id)?.links ?? null;
        this.#told.set(peer.id, { links, at: performance.now() });
        this.#changed(peer.id, before);
      },
      { signal },
    );
    this.#room.on("leave", ({ peer }) => this.#told.delete(peer.id), { signal });
    this.#room.on("join", ({ peer }) => this.#say(true, peer.id), { signal });
    this.#asked = Number.NEGATIVE_INFINITY;
    this.tick();
  }

  /** To be called now and then: it is asked again, so that nobody tells what nobody looks at. */
  tick(): void {
    const now = performance.now();
    for (const [id, { at }] of this.#told) if (now - at > STALE_MS) this.#told.delete(id);
    if (now - this.#asked < ASK_INTERVAL_MS || this.#room.getSnapshot().peers.length === 0) return;
    this.#asked = now;
    this.#say(true);
  }

  stop(): void {
    if (this.#stop === null) return;
    this.#stop.abort();
    this.#stop = null;
    this.#told.clear();
    this.#say(false);
  }

  /** By peer id; undefined: this one tells nothing. */
  of(id: string): ReadonlyMap<string, ToldLink> | undefined {
    return this.#told.get(id)?.links;
  }

  #say(on: boolean, to?: string): void {
    try {
      void this.#room.send(INSPECT, { on }, to === undefined ? {} : { to });
    } catch {
      // Closed, or too much waits already: it is asked again.
    }
  }
}
