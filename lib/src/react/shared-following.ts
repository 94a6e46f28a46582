import { type FollowOptions, followView, type ViewFollowing } from "../cursor/index.ts";
import type { Room, RoomTypes } from "../room/types.ts";

/** Who follows whom on one surface; the same object until that changes. */
export interface FollowState {
  /** The id of the peer whose view this one follows; null: nobody's. */
  readonly following: string | null;
  /** The ids of those who follow this view. */
  readonly followers: readonly string[];
}

export const NOBODY: FollowState = Object.freeze({
  following: null,
  followers: Object.freeze([]),
});

/** What a component knows of the view: nothing, when it only shows who follows whom. */
export type View = Pick<FollowOptions, "element" | "view">;

/**
 * One `followView` for every component that asks about one surface of a room: whoever follows is told
 * once. It begins a microtask after the first component is mounted, so that the one that knows the
 * view has its say, whichever it is, and ends one task after the last, as rooms do.
 */
export class SharedFollowing {
  readonly #room: Room<RoomTypes>;
  readonly #surface: string;
  readonly #views = new Set<View>();
  readonly #listeners = new Set<() => void>();
  #made: { readonly following: ViewFollowing; readonly of: View } | null = null;
  #state = NOBODY;
  #ending: ReturnType<typeof setTimeout> | null = null;

  constructor(room: Room<RoomTypes>, surface: string) {
    this.#room = room;
    this.#surface = surface;
  }

  /** The one of this room and surface, inert until it is held. For render. */
  static of(room: Room<RoomTypes>, surface: string): SharedFollowing {
    const ofRoom = known.get(room) ?? new Map<string, SharedFollowing>();
    known.set(room, ofRoom);
    const shared = ofRoom.get(surface) ?? new SharedFollowing(room, surface);
    ofRoom.set(surface, shared);
    return shared;
  }

  readonly get = (): FollowState => this.#state;

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  };

  /** Takes hold; the undo lets go. For effects only. */
  hold(view: View): () => void {
    if (this.#ending !== null) clearTimeout(this.#ending);
    this.#ending = null;
    this.#views.add(view);
    queueMicrotask(this.#settle);
    return () => {
      this.#views.delete(view);
      queueMicrotask(this.#settle);
      if (this.#views.size === 0 && this.#ending === null) {
        this.#ending = setTimeout(() => {
          this.#ending = null;
          this.#end();
        }, 0);
      }
    };
  }

  /** @throws SkeinError `unknown-peer` when nobody of this id is here */
  readonly follow = (id: string): void => {
    if (this.#views.size === 0) return;
    (this.#made ?? this.#make()).following.follow(id);
  };
  readonly stop = (): void => this.#made?.following.stop();
  readonly changed = (): void => this.#made?.following.changed();

  /** Makes one for the view that counts, when that is not the one it has. */
  readonly #settle = (): void => {
    if (this.#views.size === 0) return;
    const of = this.#made?.of;
    if (of === undefined || !isSame(of, this.#best)) this.#make();
  };

  /** The first that says something. */
  get #best(): View {
    for (const view of this.#views) {
      if (view.element !== undefined || view.view !== undefined) return view;
    }
    return WHOLE_PAGE;
  }

  /** Instead of the one that there was: whoever follows, here or there, goes on. */
  #make() {
    const { following: id } = this.#state;
    const of = this.#best;
    this.#made?.following[Symbol.dispose]();
    const following = followView(this.#room, { ...of, surface: this.#surface });
    this.#made = { following, of };
    if (id !== null && this.#room.getSnapshot().peers.some((peer) => peer.id === id)) {
      following.follow(id);
    }
    following.onChange(() => this.#look(following));
    this.#look(following);
    return this.#made;
  }

  #end(): void {
    this.#made?.following[Symbol.dispose]();
    this.#made = null;
    this.#look(NOBODY);
  }

  #look({ following, followers }: FollowState): void {
    if (following === this.#state.following && followers === this.#state.followers) return;
    const isNobody = following === null && followers.length === 0;
    this.#state = isNobody ? NOBODY : Object.freeze({ following, followers });
    for (const changed of [...this.#listeners]) changed();
  }
}

const isSame = (a: View, b: View): boolean => a.element === b.element && a.view === b.view;

const WHOLE_PAGE: View = Object.freeze({});

const known = new WeakMap<Room<RoomTypes>, Map<string, SharedFollowing>>();
