import type { CursorSample, Peer, Room, RoomTypes } from "../room/types.ts";
import { Area } from "./area.ts";
import { capturePointer } from "./capture.ts";
import { type Animated, FrameLoop } from "./frame-loop.ts";
import { nameOf } from "./name.ts";
import { type CursorsOptions, checkOptions } from "./options.ts";
import { type CursorView, Overlay } from "./overlay.ts";
import { modes } from "./playback/modes.ts";
import { type Drawn, Playback } from "./playback/playback.ts";

/** Call it to take everything off the element again: listeners, drawings and one's own cursor. */
export interface AttachedCursors {
  (): void;
  /**
   * Reads the element's layout again. Needed only after a change that leaves the element's own size
   * alone: its content grew or shrank inside a scroller.
   */
  refresh(): void;
}

interface Remote {
  readonly view: CursorView;
  readonly playback: Playback;
  /** What the next frame draws. */
  drawn: Drawn | null;
  peer: Peer<RoomTypes>;
}

/**
 * Sends the pointer's way over `element` to the others in the room, and draws theirs over it.
 *
 * The element must be able to hold children; a static one becomes `position: relative` while
 * attached. Everything drawn is inside one child element with a shadow root.
 *
 * @throws SkeinError `bad-argument` for an element that cannot hold children (wrap it, and attach to
 * the wrapper), an unknown coordinate system or a surface name that is too long; `not-supported` for
 * an option that does not exist.
 */
export function attachCursors<T extends RoomTypes>(
  room: Room<T>,
  element: HTMLElement,
  options: CursorsOptions = {},
): AttachedCursors {
  const { surface, mapping, mode } = checkOptions(element, options);
  const window = element.ownerDocument.defaultView ?? globalThis;
  const area = new Area(element);
  const overlay = new Overlay(element);
  const remotes = new Map<string, Remote>();
  const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
  const stop = new AbortController();
  const { signal } = stop;
  const loop = FrameLoop.of(window);

  const cursors: Animated = {
    advance(now) {
      let moving = false;
      for (const remote of remotes.values()) {
        remote.drawn = remote.playback.read(now, stillness.matches);
        if (remote.playback.moving) moving = true;
      }
      return moving;
    },
    draw() {
      for (const { drawn, view } of remotes.values()) {
        if (drawn === null) view.hide();
        else {
          view.place(drawn, area.size);
          view.show(drawn.pressed);
        }
      }
    },
  };
  const wake = (): void => loop.wake(cursors);

  const refresh = (): void => {
    if (signal.aborted) return;
    overlay.aside(() => area.measure());
    overlay.resize(area.size, area.left);
    for (const { playback } of remotes.values()) playback.remap();
    wake();
  };

  const remoteOf = (peer: Peer<RoomTypes>): Remote => {
    let remote = remotes.get(peer.id);
    if (remote === undefined) {
      const playback = new Playback((sample) => mapping.toLocal(sample, area.size), modes[mode]);
      remote = { view: overlay.add(), playback, drawn: null, peer };
      remotes.set(peer.id, remote);
      describe(remote);
    }
    return remote;
  };

  const show = (peer: Peer<RoomTypes>, samples: readonly CursorSample[]): void => {
    const here = samples.filter(({ frame }) => frame === surface);
    if (here.length > 0) remoteOf(peer).playback.add(here, performance.now());
    // The newest counts: without one it is hidden, and it may have gone to another surface.
    if (samples.at(-1)?.frame !== surface) remotes.get(peer.id)?.playback.hide();
    wake();
  };

  const peersChanged = (peers: readonly Peer<RoomTypes>[]): void => {
    const present = new Map(peers.map((peer) => [peer.id, peer]));
    for (const [id, remote] of remotes) {
      const peer = present.get(id);
      if (peer === undefined) {
        remote.view.remove();
        remotes.delete(id);
      } else if (peer !== remote.peer) {
        remote.peer = peer;
        describe(remote);
      }
    }
  };

  const capture = capturePointer(element, room, {
    onEnter: refresh,
    onSamples(samples) {
      for (const { clientX, clientY, time, pressed, pointerType } of samples) {
        const shared = mapping.toShared(area.locate(clientX, clientY), area.size);
        if (shared !== null)
          room.moveCursor({ ...shared, time, pressed, pointerType, frame: surface });
      }
    },
    onLeave: () => room.hideCursor(),
  });

  refresh();
  const resized = new window.ResizeObserver(() => {
    refresh();
    capture.resample();
  });
  resized.observe(element);
  room.on("cursor", ({ peer, samples }) => show(peer, samples), { signal });
  room.watch(({ peers }) => peers, peersChanged, { signal });
  // Those already here may be still: their cursor is known, but no event comes for it.
  for (const peer of room.getSnapshot().peers) {
    const sample = room.cursorOf(peer.id);
    if (sample !== null) show(peer, [sample]);
  }

  const detach = (): void => {
    if (signal.aborted) return;
    stop.abort();
    capture.stop();
    resized.disconnect();
    loop.remove(cursors);
    remotes.clear();
    overlay.remove();
  };
  return Object.assign(detach, { refresh });
}

function describe({ view, peer }: Remote): void {
  view.describe({ name: nameOf(peer), color: peer.color, away: peer.activity === "away" });
}
