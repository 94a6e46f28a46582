import { createRoom } from "../room/create.ts";
import type { Room, RoomOptions, RoomTypes } from "../room/types.ts";

/**
 * A room with the number of components that hold it. It connects with the first and leaves one
 * task after the last, because StrictMode, Fast Refresh and a route that mounts the same room again
 * let go and take hold within one task: to the others in the room nothing happened.
 */
export class SharedRoom {
  readonly room: Room<RoomTypes>;
  readonly #key: string;
  #holders = 0;
  #leaving: ReturnType<typeof setTimeout> | null = null;

  constructor(key: string, room: Room<RoomTypes>) {
    this.#key = key;
    this.room = room;
  }

  /** False when it was let go for longer, and another room was made under its name since. */
  get isKnownByItsName(): boolean {
    const known = findShared(this.#key);
    return known === undefined || known === this;
  }

  /** Takes hold; the undo lets go. For effects only. Throws where `connect` does, holding nothing. */
  hold(): () => void {
    if (this.#leaving !== null) clearTimeout(this.#leaving);
    this.#leaving = null;
    if (this.#holders === 0) this.#begin();
    this.#holders += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holders -= 1;
      if (this.#holders === 0) this.#leaving = setTimeout(() => this.#end(), 0);
    };
  }

  #begin(): void {
    // A component that was hidden for a while comes back with a room that has left meanwhile.
    if (findShared(this.#key) === undefined) remember(this.#key, this);
    this.room.connect();
  }

  #end(): void {
    this.#leaving = null;
    if (findShared(this.#key) === this) known.delete(this.#key);
    void this.room.leave();
  }
}

/**
 * By server and name. Weak: what a render made and React then threw away (a suspended tree, the first
 * render of StrictMode) is inert and must not stay for ever.
 */
const known = new Map<string, WeakRef<SharedRoom>>();
const forgotten = new FinalizationRegistry<string>((key) => {
  if (findShared(key) === undefined) known.delete(key);
});

const findShared = (key: string): SharedRoom | undefined => known.get(key)?.deref();

function remember(key: string, shared: SharedRoom): void {
  known.set(key, new WeakRef(shared));
  forgotten.register(shared, key);
}

/** The room of this server and name, made if there is none; inert until it is held. For render. */
export function sharedRoom(name: string, options: RoomOptions<RoomTypes>): SharedRoom {
  const key = JSON.stringify([options.server ?? "", name]);
  const found = findShared(key);
  if (found !== undefined) return found;
  const shared = new SharedRoom(key, createRoom<RoomTypes>(name, options));
  // On a server every request renders its own.
  if (typeof window !== "undefined") remember(key, shared);
  return shared;
}
