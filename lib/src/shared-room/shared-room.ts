import { createRoom } from "../room/create.ts";
import { pageOrigin } from "../room/identity.ts";
import type { Room, RoomOptions, RoomTypes } from "../room/types.ts";
import { serverAddress } from "../signaling/client.ts";
import { sameOptions } from "./same-options.ts";

/**
 * A room with the number of components that hold it. It connects with the first and leaves one
 * task after the last, because StrictMode, Fast Refresh and a route that mounts the same room again
 * let go and take hold within one task: to the others in the room nothing happened.
 */
export class SharedRoom {
  readonly room: Room<RoomTypes>;
  readonly #key: string;
  readonly #options: RoomOptions<RoomTypes>;
  #holders = 0;
  #leaving: ReturnType<typeof setTimeout> | null = null;
  /** Made in this very task; what a render makes that is thrown away is held in none. */
  #isNew = true;

  constructor(key: string, name: string, options: RoomOptions<RoomTypes>) {
    this.#key = key;
    this.#options = options;
    this.room = createRoom<RoomTypes>(name, options);
    queueMicrotask(() => {
      this.#isNew = false;
    });
  }

  /** False when it was let go for longer, and another room was made under its name since. */
  get isKnownByItsName(): boolean {
    const known = findShared(this.#key);
    return known === undefined || known === this;
  }

  get isHeld(): boolean {
    return this.#holders > 0;
  }

  /** Whether it was made as these options would make it. */
  isMadeOf(options: RoomOptions<RoomTypes>): boolean {
    return sameOptions({ ...this.#options, server: undefined }, { ...options, server: undefined });
  }

  /** Whether somebody who gives these options can have it. */
  suits(options: RoomOptions<RoomTypes>): boolean {
    const wasOpened = this.room.getSnapshot().status !== "idle";
    return wasOpened || this.#isNew || this.isMadeOf(options);
  }

  /**
   * Connects, for whoever is about to take hold. Harmless when it is held. For effects only. Throws where
   * `connect` does.
   */
  open(): void {
    // A component that was hidden for a while comes back with a room that has left meanwhile.
    if (findShared(this.#key) === undefined) remember(this.#key, this);
    this.room.connect();
  }

  /** Takes hold; the undo lets go. For effects only. Throws where `connect` does, holding nothing. */
  hold(): () => void {
    if (this.#leaving !== null) clearTimeout(this.#leaving);
    this.#leaving = null;
    if (this.#holders === 0) this.open();
    this.#holders += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holders -= 1;
      if (this.#holders === 0) this.#leaving = setTimeout(() => this.#end(), 0);
    };
  }

  /**
   * Another room has its name: until the undo, whatever is said here is harmless, and said to nobody.
   * For the effects of components that are about to be told of the other room.
   */
  lend(): () => void {
    if (this.room.getSnapshot().status === "closed") this.room.connect();
    return () => void this.room.leave();
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

/**
 * The room of this server and name, made if there is none; inert until it is held. For render. One that
 * nobody ever held, of a render that was thrown away, is for whoever gives the same options: another
 * person has another.
 */
export function sharedRoom(name: string, options: RoomOptions<RoomTypes>): SharedRoom {
  const key = JSON.stringify([addressOf(options.server), name]);
  const found = findShared(key);
  if (found?.suits(options)) return found;
  const shared = new SharedRoom(key, name, options);
  // On a server every request renders its own.
  if (typeof window !== "undefined") remember(key, shared);
  return shared;
}

/** The same for the same server, however it is written. */
function addressOf(server: string | undefined): string | null {
  try {
    return serverAddress(server ?? pageOrigin() ?? "");
  } catch {
    // The room will say what is wrong with it.
    return server ?? null;
  }
}
