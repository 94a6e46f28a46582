import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import type { FollowableView } from "../cursor/index.ts";
import type { Room, RoomTypes } from "../room/types.ts";
import { useNewestValue } from "./newest.ts";
import { useRoom } from "./provider.ts";
import { type FollowState, NOBODY, SharedFollowing } from "./shared-following.ts";
import { type Target, useTarget } from "./target.ts";

export interface UseFollowOptions {
  /** Keeps several views of one room apart. At most 64 UTF-8 bytes. Default `""`. */
  readonly surface?: string;
  /**
   * What scrolls, or a ref to it; null while it is not there. It may come later, and be made anew. The
   * page when no component names one.
   */
  readonly target?: Target;
  /** For a board with a pan and zoom of its own. May be written inline: the newest one is asked. */
  readonly view?: FollowableView;
}

/** Who follows whom on one surface, and the means to change it. */
export interface Follow extends FollowState {
  /**
   * Sees what this peer sees, until it leaves, {@link stop} is called or one's own hand moves the view.
   *
   * @throws SkeinError `unknown-peer` when nobody of this id is here
   */
  follow(id: string): void;
  /** Follows nobody any more. */
  stop(): void;
  /** To be called when what is seen here changed, unless the view has `subscribe` or is scrolled. */
  changed(): void;
}

/**
 * Lets the others follow what is seen here, and follows what they see, as `followView` does. Every
 * component that asks about the same surface shares one: the board names its `target` or `view`, and
 * a button elsewhere only follows. While several name one, the first mounted counts.
 */
export function useFollow(options: UseFollowOptions = {}): Follow {
  const { surface = "", target, view } = options;
  const room = useRoom() as unknown as Room<RoomTypes>;
  const shared = useMemo(() => SharedFollowing.of(room, surface), [room, surface]);
  const newest = useNewestValue(view);
  // The same object for as long as the component is there: a new one would be another view.
  const [newestView] = useState<FollowableView>(() => ({
    read: () => newest.current?.read() ?? null,
    show: (seen) => newest.current?.show(seen),
    subscribe: (run) => newest.current?.subscribe?.(run) ?? (() => {}),
  }));
  const hasView = view !== undefined;
  const attach = useCallback(
    (element: HTMLElement | null) =>
      shared.hold({
        ...(element !== null && { element }),
        ...(hasView && { view: newestView }),
      }),
    [shared, hasView, newestView],
  );
  useTarget(target, attach);
  const state = useSyncExternalStore(shared.subscribe, shared.get, nobody);
  const { follow, stop, changed } = shared;
  return useMemo(() => ({ ...state, follow, stop, changed }), [state, follow, stop, changed]);
}

const nobody = () => NOBODY;
