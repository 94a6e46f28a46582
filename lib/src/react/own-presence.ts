import type { Room, RoomTypes } from "../room/types.ts";

export type Patch<P> = Partial<P> | ((now: P) => Partial<P>);

/** One's own presence, which a room does not show before it knows who one is, nor after it left. */
export class OwnPresence {
  /** What a server renders, and with that the first render in the browser. */
  readonly initial: object;
  readonly #room: Room<RoomTypes>;
  readonly #listeners = new Set<() => void>();
  #newest: object;

  private constructor(room: Room<RoomTypes>) {
    this.#room = room;
    this.#newest = room.getSnapshot().self?.presence ?? this.#peek();
    this.initial = this.#newest;
  }

  /** The same for a room each time; for the first time before anything changes it. */
  static of(room: Room<RoomTypes>): OwnPresence {
    let own = owners.get(room);
    if (own === undefined) {
      own = new OwnPresence(room);
      owners.set(room, own);
    }
    return own;
  }

  readonly get = (): object => {
    this.#newest = this.#room.getSnapshot().self?.presence ?? this.#newest;
    return this.#newest;
  };

  readonly getInitial = (): object => this.initial;

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    const undo = this.#room.watch(this.get, changed);
    return () => {
      this.#listeners.delete(changed);
      undo();
    };
  };

  readonly set = (patch: Patch<object>): void => {
    this.#room.setPresence(patch);
    if (this.#room.getSnapshot().self !== null) return;
    this.#newest = this.#peek();
    for (const changed of [...this.#listeners]) changed();
  };

  #peek(): object {
    let now: object = {};
    // The room hands it to whoever patches it, and takes this for no change.
    this.#room.setPresence((present) => {
      now = present;
      return {};
    });
    return now;
  }
}

const owners = new WeakMap<Room<RoomTypes>, OwnPresence>();
