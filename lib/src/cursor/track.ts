import { mediaOf, STILLNESS } from "../media.ts";
import { SkeinError } from "../room/errors.ts";
import { callSafely } from "../room/report.ts";
import type {
  CursorSample,
  Peer,
  PointerKind,
  RegisteredTypes,
  Room,
  RoomTypes,
} from "../room/types.ts";
import type { Point } from "./coordinates.ts";
import { checkMode, type Mode, modes } from "./playback/modes.ts";
import { Playback } from "./playback/playback.ts";

export interface TrackOptions {
  /** Only cursors on the surface of this name, the `frame` of their samples. Default `""`. */
  readonly surface?: string;
  /** How movement is played back. Default `"balanced"`. */
  readonly mode?: Mode;
  /**
   * Where on the canvas a shared point lies, in pixels. Needed where what is shared is anything else:
   * a leap is told from a movement by its pixels. Null: nowhere. Call `refresh` when it gives
   * something else than before, after a zoom or pan.
   */
  readonly toLocal?: (point: Point) => Point | null;
}

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof TrackOptions>([
  "mode",
  "surface",
  "toLocal",
]);

/** One peer's cursor, to be drawn now. */
export interface TrackedCursor<T extends RoomTypes = RegisteredTypes> {
  readonly peer: Peer<T>;
  /** As `toLocal` gives them. */
  readonly x: number;
  readonly y: number;
  readonly pressed: boolean;
  readonly pointerType: PointerKind;
}

export interface TrackedCursors<T extends RoomTypes = RegisteredTypes> {
  /**
   * The cursors to draw, in the order in which they were first seen; those hidden are left out. `now`
   * is a time as animation frames are given, in milliseconds; the present by default.
   */
  read(now?: number): readonly TrackedCursor<T>[];
  /** The next `read` may give something else: draw another frame. */
  readonly active: boolean;
  /** Calls `run` when `active` becomes true. Returns its undo. */
  onWake(run: () => void): () => void;
  /** Asks `toLocal` anew for everything. */
  refresh(): void;
  /** Listens no more; nothing is left to draw. */
  stop(): void;
  [Symbol.dispose](): void;
}

interface Tracked<T extends RoomTypes> {
  readonly playback: Playback;
  peer: Peer<T>;
}

/**
 * The others' cursors without a DOM, for canvases: the same playback as `attachCursors` has, read in
 * the app's own animation frames. People who ask for less motion get the newest positions as they
 * are.
 *
 * @throws SkeinError `bad-argument` for an unknown mode or a value of the wrong type; `not-supported`
 * for an option that does not exist.
 */
export function trackCursors<T extends RoomTypes = RegisteredTypes>(
  room: Room<T>,
  options: TrackOptions = {},
): TrackedCursors<T> {
  const { surface, tuning, toLocal } = check(options);
  const cursors = new Map<string, Tracked<T>>();
  const stop = new AbortController();
  const { signal } = stop;
  const stillness = mediaOf(globalThis, STILLNESS);
  const listeners = new Set<() => void>();
  let active = false;

  const wake = (): void => {
    if (active || signal.aborted) return;
    active = true;
    for (const run of [...listeners]) callSafely(run);
  };
  const add = (peer: Peer<T>, samples: readonly CursorSample[]): void => {
    const here = samples.filter(({ frame }) => frame === surface);
    let tracked = cursors.get(peer.id);
    if (here.length > 0) {
      tracked ??= { playback: new Playback(toLocal, tuning), peer };
      cursors.set(peer.id, tracked);
      tracked.playback.add(here, performance.now());
    }
    // The newest counts: without one it is hidden, and it may have gone to another surface.
    if (samples.at(-1)?.frame !== surface) tracked?.playback.hide();
    if (tracked !== undefined) wake();
  };

  room.on("cursor", ({ peer, samples }) => add(peer, samples), { signal, surface });
  const peersChanged = (peers: readonly Peer<T>[]): void => {
    const present = new Map(peers.map((peer) => [peer.id, peer]));
    for (const [id, tracked] of [...cursors]) {
      const peer = present.get(id);
      if (peer === undefined) cursors.delete(id);
      else if (peer === tracked.peer) continue;
      else tracked.peer = peer;
      wake();
    }
  };
  room.watch(({ peers }) => peers, peersChanged, { signal });
  // Those already here may be still: their cursor is known, but no event comes for it.
  for (const peer of room.getSnapshot().peers) {
    const sample = room.cursorOf(peer.id);
    if (sample !== null) add(peer, [sample]);
  }

  const end = (): void => {
    stop.abort();
    cursors.clear();
    listeners.clear();
    active = false;
  };
  return {
    read(now = performance.now()) {
      active = false;
      const drawn: TrackedCursor<T>[] = [];
      for (const { playback, peer } of cursors.values()) {
        const at = playback.read(now, stillness.matches);
        if (at !== null) drawn.push({ peer, ...at });
        active ||= playback.moving;
      }
      return drawn;
    },
    get active() {
      return active;
    },
    onWake(run) {
      listeners.add(run);
      return () => void listeners.delete(run);
    },
    refresh() {
      for (const { playback } of cursors.values()) playback.remap();
      if (cursors.size > 0) wake();
    },
    stop: end,
    [Symbol.dispose]: end,
  };
}

function check(options: TrackOptions) {
  for (const name of Object.keys(options)) {
    if (!OPTION_NAMES.has(name)) {
      throw new SkeinError(
        "not-supported",
        `trackCursors has no option "${name}". There are: ${[...OPTION_NAMES].join(", ")}.`,
      );
    }
  }
  const { surface = "", mode, toLocal = (point: Point): Point => point } = options;
  if (typeof surface !== "string" || typeof toLocal !== "function") {
    throw new SkeinError("bad-argument", "surface is a string, and toLocal a function.");
  }
  return { surface, tuning: modes[checkMode(mode)], toLocal };
}
