import { useCallback, useSyncExternalStore } from "react";
import type { PresenceOf, RegisteredTypes, Room, RoomTypes } from "../room/types.ts";
import { useRoom } from "./provider.ts";

type Patch<P> = Partial<P> | ((now: P) => Partial<P>);

/** One's own presence, which a room does not show before it knows who one is. */
class OwnPresence {
  readonly #room: Room<RoomTypes>;
  readonly #listeners = new Set<() => void>();
  #early: object = {};

  constructor(room: Room<RoomTypes>) {
    this.#room = room;
    if (room.getSnapshot().self === null) this.#early = this.#peek();
  }

  readonly get = (): object => this.#room.getSnapshot().self?.presence ?? this.#early;

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
    this.#early = this.#peek();
    for (const changed of this.#listeners) changed();
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

function ownPresence(room: Room<RoomTypes>): OwnPresence {
  let own = owners.get(room);
  if (own === undefined) {
    own = new OwnPresence(room);
    owners.set(room, own);
  }
  return own;
}

/** One's own presence, and the function that patches it (shallow): like `useState`, seen by all. */
export function usePresence<T extends RoomTypes = RegisteredTypes>(): readonly [
  PresenceOf<T>,
  (patch: Patch<PresenceOf<T>>) => void,
] {
  const own = ownPresence(useRoom<T>() as unknown as Room<RoomTypes>);
  const value = useSyncExternalStore(own.subscribe, own.get, own.get) as PresenceOf<T>;
  const set = useCallback((patch: Patch<PresenceOf<T>>) => own.set(patch as Patch<object>), [own]);
  return [value, set];
}
