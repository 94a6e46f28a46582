import { useCallback, useMemo } from "react";
import type { Peer, RegisteredTypes, RoomSnapshot, RoomTypes } from "../room/types.ts";
import { useRoom } from "./provider.ts";
import { useSelection } from "./selection.ts";

/** What a server renders, and the first render in the browser: nobody is there yet. */
const NOBODY: RoomSnapshot<RoomTypes> = Object.freeze({
  status: "idle",
  error: null,
  self: null,
  peers: Object.freeze([]),
  size: 0,
});

const nobody = () => NOBODY as never;

const same = <V>(value: V): V => value;

/**
 * A part of the room's snapshot; renders again only when that part changes, by `equal` (`Object.is`
 * when absent).
 */
export function useRoomState<V, T extends RoomTypes = RegisteredTypes>(
  select: (snapshot: RoomSnapshot<T>) => V,
  equal: (a: V, b: V) => boolean = Object.is,
): V {
  const room = useRoom<T>();
  const subscribe = useCallback(
    (changed: () => void) => room.watch((snapshot) => snapshot, changed),
    [room],
  );
  const getSnapshot = useCallback(() => room.getSnapshot(), [room]);
  return useSelection<RoomSnapshot<T>, V>(subscribe, getSnapshot, nobody, select, equal);
}

/** Everybody else, in join order. */
export function usePeers<T extends RoomTypes = RegisteredTypes>(): readonly Peer<T>[];
/** What `select` makes of everybody else; renders again only when that changes, by `equal`. */
export function usePeers<V, T extends RoomTypes = RegisteredTypes>(
  select: (peers: readonly Peer<T>[]) => V,
  equal?: (a: V, b: V) => boolean,
): V;
export function usePeers<V, T extends RoomTypes>(
  select: (peers: readonly Peer<T>[]) => V = same as never,
  equal?: (a: V, b: V) => boolean,
): V {
  return useRoomState<V, T>(
    useCallback(({ peers }) => select(peers), [select]),
    equal,
  );
}

/** What `select` makes of one peer; null while it is not in the room. */
export function usePeer<T extends RoomTypes = RegisteredTypes>(id: string): Peer<T> | null;
export function usePeer<V, T extends RoomTypes = RegisteredTypes>(
  id: string,
  select: (peer: Peer<T>) => V,
  equal?: (a: V | null, b: V | null) => boolean,
): V | null;
export function usePeer<V, T extends RoomTypes>(
  id: string,
  select: (peer: Peer<T>) => V = same as never,
  equal?: (a: V | null, b: V | null) => boolean,
): V | null {
  const find = useMemo(
    () =>
      ({ self, peers }: RoomSnapshot<T>): V | null => {
        const peer = self?.id === id ? self : peers.find((one) => one.id === id);
        return peer === undefined ? null : select(peer);
      },
    [id, select],
  );
  return useRoomState<V | null, T>(find, equal);
}
