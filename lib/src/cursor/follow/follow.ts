/**
 * See what somebody else sees. Nobody says what they see until somebody asks, reliably, to follow; then
 * it goes as a latest value, and the follower's view moves along until its own hand takes over.
 */
import { type Media, mediaOf, STILLNESS } from "../../media.ts";
import { Emitter } from "../../room/emitter.ts";
import { SkeinError } from "../../room/errors.ts";
import { callSafely } from "../../room/report.ts";
import type { ListenOptions, Peer, Room, RoomTypes } from "../../room/types.ts";
import { type Animated, FrameLoop } from "../frame-loop.ts";
import { withOwnTypes } from "../own-types.ts";
import { onOwnInteraction } from "./interaction.ts";
import { checkFollowOptions, type FollowOptions } from "./options.ts";
import { scrollView } from "./scroll-view.ts";
import { checkedView, eased, type FollowableView, type ViewRect } from "./view.ts";

/** Message: `{ surface, on }`, to whom somebody begins or ends to follow. */
const FOLLOW = "skein:follow";
/** Latest value: a {@link ViewRect} and `via`, whose views it follows in turn; the key is the surface. */
const VIEW = "skein:view";
/** A longer row of people who follow each other than any that makes sense. */
const MAX_VIA = 16;

/**
 * By surface, who followed a view that ends in this very moment. Followers ask only once: what takes
 * its place at once, because an element was made anew, say, shows them what it sees.
 */
const handedOver = new WeakMap<Room<RoomTypes>, Map<string, readonly string[]>>();

function handOver(room: Room<RoomTypes>, surface: string, followers: readonly string[]): void {
  const ofRoom = handedOver.get(room) ?? new Map<string, readonly string[]>();
  handedOver.set(room, ofRoom);
  ofRoom.set(surface, followers);
  queueMicrotask(() => ofRoom.delete(surface));
}

/** Who follows whom here, and the means to change it. */
export interface ViewFollowing {
  /** The id of the peer whose view this one follows; null: nobody's. */
  readonly following: string | null;
  /** The ids of those who follow this view; the same array until it changes. */
  readonly followers: readonly string[];
  /**
   * Sees what this peer sees, until it leaves, {@link stop} is called or one's own hand moves the view.
   *
   * @throws SkeinError `unknown-peer` when nobody of this id is here; whatever the room's `send` throws
   * when the peer cannot be asked (`queue-full`, say), and then it goes on as before
   */
  follow(id: string): void;
  /** Follows nobody any more. Harmless when that is so; never throws. */
  stop(): void;
  /** Calls `run` when {@link following} or {@link followers} changed. Returns its undo. */
  onChange(run: () => void, options?: ListenOptions): () => void;
  /** To be called when what is seen here changed, unless the view has `subscribe` or is scrolled. */
  changed(): void;
  /** Ends all of it: follows nobody, shows nobody anything. */
  [Symbol.dispose](): void;
}

/**
 * Lets the others in the room follow what is seen here, and follows what they see.
 *
 * @throws SkeinError `not-supported` for an option that does not exist, `bad-argument` for a bad one
 */
export function followView<T extends RoomTypes>(
  room: Room<T>,
  options: FollowOptions = {},
): ViewFollowing {
  checkFollowOptions(options);
  return new Following(withOwnTypes(room), options);
}

class Following implements ViewFollowing, Animated {
  readonly #room: Room<RoomTypes>;
  readonly #surface: string;
  readonly #view: FollowableView;
  readonly #loop: FrameLoop;
  readonly #stillness: Media;
  readonly #changes = new Emitter<{ change: undefined }>();
  readonly #stop = new AbortController();
  readonly #unsubscribe: (() => void) | undefined;
  #following: string | null = null;
  #followers: readonly string[] = Object.freeze([]);
  /** Whom the peer that is followed follows in turn, and so on. */
  #via: readonly string[] = [];
  /** Who could not be told that nobody follows it from here any more. */
  readonly #untold = new Set<string>();
  /** Where the view is on its way to, and where on its way it is. */
  #goal: ViewRect | null = null;
  #shown: ViewRect | null = null;
  #shownAt: number | null = null;

  constructor(room: Room<RoomTypes>, options: FollowOptions) {
    const { surface = "", element = null } = options;
    const window = element?.ownerDocument.defaultView ?? globalThis.window;
    const { signal } = this.#stop;
    this.#room = room;
    this.#surface = surface;
    this.#view = options.view ?? scrollView(element, window);
    this.#loop = FrameLoop.of(window);
    this.#stillness = mediaOf(window, STILLNESS);
    this.#unsubscribe = this.#view.subscribe?.(() => this.changed());
    onOwnInteraction(window, element, () => this.stop(), signal);
    room.onMessage(FOLLOW, ({ data, peer }) => this.#asked(peer.id, data), { signal });
    room.onLatest(
      VIEW,
      ({ data, key, peer }) => {
        if (key !== surface) return;
        if (peer.id === this.#following) this.#told(data);
        else if (this.#untold.has(peer.id)) this.#askNoMore(peer.id);
      },
      { signal },
    );
    room.watch(
      ({ peers }) => peers,
      (peers) => this.#peersChanged(peers),
      { signal },
    );
    const before = handedOver.get(room)?.get(surface) ?? [];
    this.#followers = Object.freeze(before.filter((id) => this.#isHere(id)));
    this.changed();
  }

  get following(): string | null {
    return this.#following;
  }
  get followers(): readonly string[] {
    return this.#followers;
  }

  follow(id: string): void {
    if (this.#stop.signal.aborted || id === this.#following) return;
    if (!this.#isHere(id)) {
      throw new SkeinError("unknown-peer", `Nobody of the id "${id}" is here to be followed.`);
    }
    const [before, via, goal] = [this.#following, this.#via, this.#goal];
    this.#turnTo(id);
    try {
      this.#ask(id, true);
    } catch (error) {
      [this.#following, this.#via, this.#goal] = [before, via, goal];
      if (goal !== null) this.#loop.wake(this);
      throw error;
    }
    this.#askNoMore(before);
    this.#tellChange();
  }

  stop(): void {
    if (this.#following === null) return;
    this.#leave();
    this.#tellChange();
  }

  onChange(run: () => void, options?: ListenOptions): () => void {
    return this.#changes.on("change", run, options);
  }

  changed(): void {
    const view = this.#followers.length > 0 ? this.#view.read() : null;
    if (view === null) return;
    // Whoever may not show a pointer shows no view either.
    if (this.#room.getSnapshot().self?.can("message", VIEW) === false) return;
    const { x, y, width, height } = view;
    const via = this.#following === null ? [] : [this.#following, ...this.#via].slice(0, MAX_VIA);
    this.#room.sendLatest(VIEW, { x, y, width, height, via }, { key: this.#surface });
  }

  [Symbol.dispose](): void {
    if (this.#stop.signal.aborted) return;
    this.#leave();
    this.#stop.abort();
    this.#unsubscribe?.();
    if (this.#followers.length > 0) handOver(this.#room, this.#surface, this.#followers);
    this.#followers = Object.freeze([]);
  }

  advance(now: number): boolean {
    const from = this.#shown ?? this.#view.read();
    const ms = now - (this.#shownAt ?? now - 16);
    this.#shownAt = now;
    if (this.#goal === null) return false;
    this.#shown =
      from === null || this.#stillness.matches ? this.#goal : eased(from, this.#goal, ms);
    return this.#shown !== this.#goal;
  }

  draw(): void {
    const view = this.#shown;
    if (this.#goal === null || view === null) return;
    callSafely(() => this.#view.show(view));
    if (view === this.#goal) this.#rest();
  }

  /** Somebody begins or ends to follow. */
  #asked(id: string, data: unknown): void {
    if (typeof data !== "object" || data === null) return;
    const { surface, on } = data as { readonly surface?: unknown; readonly on?: unknown };
    if (surface !== this.#surface || typeof on !== "boolean") return;
    const others = this.#followers.filter((follower) => follower !== id);
    if (on) {
      this.#setFollowers([...others, id]);
      this.changed();
    } else this.#setFollowers(others);
  }

  /** What is seen by whom we follow. */
  #told(data: unknown): void {
    const view = checkedView(data);
    if (view === null) return;
    const { via } = data as { readonly via?: unknown };
    const ids: readonly unknown[] = Array.isArray(via) ? via.slice(0, MAX_VIA) : [];
    this.#via = ids.filter((id) => typeof id === "string");
    // It sees what we see: whoever follows its own view would never come to rest.
    if (this.#via.includes(this.#room.getSnapshot().self?.id ?? "")) {
      this.#rest();
      return;
    }
    this.#goal = view;
    this.#loop.wake(this);
  }

  #peersChanged(peers: readonly Peer<RoomTypes>[]): void {
    const here = new Set(peers.map(({ id }) => id));
    for (const id of this.#untold) if (!here.has(id)) this.#untold.delete(id);
    this.#setFollowers(this.#followers.filter((id) => here.has(id)));
    if (this.#following !== null && !here.has(this.#following)) this.stop();
  }

  #setFollowers(followers: readonly string[]): void {
    if (followers.join() === this.#followers.join()) return;
    this.#followers = Object.freeze(followers);
    this.#changes.emit("change", undefined);
  }

  #leave(): void {
    const id = this.#following;
    this.#turnTo(null);
    this.#askNoMore(id);
  }

  #turnTo(id: string | null): void {
    this.#following = id;
    this.#via = [];
    this.#rest();
  }

  #rest(): void {
    this.#goal = this.#shown = this.#shownAt = null;
    this.#loop.remove(this);
  }

  #tellChange(): void {
    // Followers learn whose view this is from now on.
    this.changed();
    this.#changes.emit("change", undefined);
  }

  /**
   * Says it again should it be lost with all else that was on its way to a peer far behind.
   *
   * @throws SkeinError as `send` does
   */
  #ask(id: string, on: boolean): void {
    const data = { surface: this.#surface, on };
    this.#untold.delete(id);
    void this.#room.send(FOLLOW, data, { to: id }).then(({ missed }) => {
      if (!missed.includes(id) || !this.#isHere(id) || on !== (this.#following === id)) return;
      if (on) this.#askAgain(id);
      else this.#askNoMore(id);
    });
  }

  /** Whoever cannot be asked is not followed. */
  #askAgain(id: string): void {
    try {
      this.#ask(id, true);
    } catch {
      this.stop();
    }
  }

  /** When it cannot be told now, it is when it next says what it sees. */
  #askNoMore(id: string | null): void {
    if (id === null || !this.#isHere(id)) return;
    try {
      this.#ask(id, false);
    } catch {
      this.#untold.add(id);
    }
  }

  #isHere(id: string): boolean {
    return this.#room.getSnapshot().peers.some((peer) => peer.id === id);
  }
}
