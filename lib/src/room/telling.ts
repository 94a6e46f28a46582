/**
 * What the app is told: the snapshot, and the events that tell of its changes, in order. The snapshot is
 * ahead of the events: whoever hears one can read there what it says.
 */
import { Emitter } from "./emitter.ts";
import type { SkeinError } from "./errors.ts";
import { Store } from "./store.ts";
import type {
  LatestEvent,
  MessageEvent,
  RoomEvents,
  RoomSnapshot,
  RoomTypes,
  ServerMessageEvent,
  Status,
} from "./types.ts";

export class Telling {
  readonly store = new Store<RoomSnapshot>(
    Object.freeze({ status: "idle", error: null, self: null, peers: Object.freeze([]), size: 0 }),
  );
  readonly events = new Emitter<RoomEvents>();
  /** By type. They change no snapshot, and are emitted as they come. */
  readonly messages = new Emitter<{ [type: string]: MessageEvent<RoomTypes, unknown> }>();
  /** Of the app's own back end. */
  readonly serverMessages = new Emitter<{ [type: string]: ServerMessageEvent<unknown> }>();
  readonly latest = new Emitter<{ [type: string]: LatestEvent<RoomTypes, unknown> }>();
  readonly #people: () => Pick<RoomSnapshot, "self" | "peers" | "size">;
  /** Much is being taken in: the snapshot changes once, at its end. */
  #batching = false;
  /** Events not yet told, oldest first: also those that listeners cause come in order. */
  readonly #queue: (() => void)[] = [];
  #telling = false;

  /** `people`: everybody in the room as they are now. */
  constructor(people: () => Pick<RoomSnapshot, "self" | "peers" | "size">) {
    this.#people = people;
  }

  get snapshot(): RoomSnapshot {
    return this.store.snapshot;
  }

  /** Somebody in the snapshot changed, perhaps. */
  publish(): void {
    if (!this.#batching) this.store.set(this.#people());
  }

  /** Holds back what `run` changes until the next {@link change}. */
  batch(run: () => void): void {
    this.#batching = true;
    run();
    this.#batching = false;
  }

  /** One change of the snapshot, and then the events that tell of it. */
  change(status: Status, error: SkeinError | null): void {
    const { status: previous, error: known } = this.snapshot;
    if (error !== null && error !== known) {
      this.#queue.push(() => this.events.emit("error", { error }));
    }
    if (status !== previous) {
      this.#queue.push(() => this.events.emit("status", { status, previous }));
    }
    this.store.set({ ...this.#people(), status, error });
    this.#tell();
  }

  emit<K extends keyof RoomEvents>(name: K, event: RoomEvents[K]): void {
    this.#queue.push(() => this.events.emit(name, event));
    this.#tell();
  }

  #tell(): void {
    if (this.#batching || this.#telling) return;
    this.#telling = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
    this.#telling = false;
  }
}
