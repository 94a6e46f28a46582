import type { CursorSample, Peer, Room, RoomTypes } from "../room/types.ts";
import { Area } from "./area.ts";
import { capturePointer } from "./capture.ts";
import { Glide } from "./glide.ts";
import { nameOf } from "./name.ts";
import { type CursorsOptions, checkOptions } from "./options.ts";
import { type CursorView, Overlay } from "./overlay.ts";

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
  readonly glide: Glide;
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
  const { surface, mapping } = checkOptions(element, options);
  const window = element.ownerDocument.defaultView ?? globalThis;
  const area = new Area(element);
  const overlay = new Overlay(element);
  const remotes = new Map<string, Remote>();
  const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
  const stop = new AbortController();
  const { signal } = stop;
  let frame: number | null = null;

  const draw = (now: number): void => {
    frame = null;
    let moving = false;
    const unit = mapping.toLocal({ x: 1, y: 1 }, area.size);
    for (const { glide, view } of remotes.values()) {
      if (glide.advance(now, unit)) moving = true;
      if (glide.position !== null)
        view.place(mapping.toLocal(glide.position, area.size), area.size);
    }
    if (moving) wake();
  };
  const wake = (): void => {
    frame ??= window.requestAnimationFrame(draw);
  };

  const refresh = (): void => {
    if (signal.aborted) return;
    overlay.aside(() => area.measure());
    overlay.resize(area.size, area.left);
    wake();
  };

  const remoteOf = (peer: Peer<RoomTypes>): Remote => {
    let remote = remotes.get(peer.id);
    if (remote === undefined) {
      remote = { view: overlay.add(), glide: new Glide(), peer };
      remotes.set(peer.id, remote);
      describe(remote);
    }
    return remote;
  };

  const show = (peer: Peer<RoomTypes>, samples: readonly CursorSample[]): void => {
    const newest = samples.at(-1);
    if (newest === undefined || newest.frame !== surface || !isPlace(newest)) {
      const remote = remotes.get(peer.id);
      remote?.glide.hide();
      remote?.view.hide();
      return;
    }
    const { glide, view } = remoteOf(peer);
    glide.moveTo(newest, performance.now(), stillness.matches);
    view.show(newest.pressed);
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
    if (frame !== null) window.cancelAnimationFrame(frame);
    remotes.clear();
    overlay.remove();
  };
  return Object.assign(detach, { refresh });
}

function describe({ view, peer }: Remote): void {
  view.describe({ name: nameOf(peer), color: peer.color, away: peer.activity === "away" });
}

const isPlace = ({ x, y }: CursorSample): boolean => Number.isFinite(x) && Number.isFinite(y);
