import { mediaOf, STILLNESS } from "../media.ts";
import { callSafely } from "../room/report.ts";
import type { CursorSample, Peer, RegisteredTypes, Room, RoomTypes } from "../room/types.ts";
import { placesOf } from "./anchor/places.ts";
import { Area } from "./area.ts";
import { capturePointer } from "./capture.ts";
import { ChatInput } from "./chat/chat-input.ts";
import { CHAT_TYPE } from "./chat/chat-text.ts";
import { hearChats } from "./chat/heard-chats.ts";
import type { Change, SharedPlace } from "./coordinates.ts";
import { type Animated, FrameLoop } from "./frame-loop.ts";
import { initialOf, nameOf, unvouchedIn } from "./name.ts";
import { type CursorsOptions, checkOptions } from "./options.ts";
import type { CursorView } from "./overlay/cursor-view.ts";
import { Overlay } from "./overlay/overlay.ts";
import { makeRenderer, type Renderer } from "./overlay/renderer.ts";
import { withOwnTypes } from "./own-types.ts";
import { modes } from "./playback/modes.ts";
import { type Drawn, Playback } from "./playback/playback.ts";

/** Of one's own text before the server said who one is. */
const FALLBACK_COLOR = "#0f62ff";

/** Call it to take everything off the element again: listeners, drawings and one's own cursor. */
export interface AttachedCursors {
  (): void;
  /**
   * The app's own coordinates mean something else now, after a pan or zoom: draws every cursor where it
   * belongs, in this very frame, and says anew where one's own points. Reads no layout: call it as often
   * as the board moves.
   */
  remap(): void;
  /**
   * The layout changed in a way that nobody tells of: the element's content grew or shrank inside a
   * scroller, or the element moved within the page. Reads it again in the next frame, once however often
   * this is called, draws every cursor where it belongs, and says anew where one's own points.
   */
  refresh(): void;
}

interface Remote<T extends RoomTypes> {
  readonly view: CursorView;
  readonly playback: Playback;
  /** What the next frame draws. */
  drawn: Drawn | null;
  peer: Peer<T>;
  /** The app's own drawing. */
  readonly renderer: Renderer<T> | null;
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
export function attachCursors<T extends RoomTypes = RegisteredTypes>(
  room: Room<T>,
  element: HTMLElement,
  options: CursorsOptions<T> = {},
): AttachedCursors {
  const { surface, coordinates, mode, render, chat, edges } = checkOptions(element, options);
  const window = element.ownerDocument.defaultView ?? globalThis;
  const area = new Area(element);
  const places = placesOf(coordinates, element, area, surface);
  const remotes = new Map<string, Remote<T>>();
  const stillness = mediaOf(window, STILLNESS);
  const stop = new AbortController();
  const { signal } = stop;
  const loop = FrameLoop.of(window);

  /** Whoever may not point only looks on: nothing is said, and nothing goes wrong. */
  const isSeen = (): boolean => room.getSnapshot().self?.can("cursor") ?? true;

  const maySay = (): boolean => room.getSnapshot().self?.can("message", CHAT_TYPE) ?? true;

  const cursors: Animated = {
    advance(now) {
      let moving = false;
      // One reading for all that changed since the last frame.
      const change = stale;
      stale = null;
      if (change === "content") measure();
      const moved = places.settle?.() ?? false;
      if (moved || change === "content") remapAll();
      if (change !== null) capture.resample();
      time = now;
      visible = overlay.visible.rect;
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
          view.place(drawn, visible);
          view.show(drawn.pressed, drawn.pointerType);
        }
      }
      overlay.drawEdges(time);
    },
  };
  const wake = (): void => loop.wake(cursors);

  const peerOf = (view: CursorView): Peer<T> | undefined =>
    [...remotes.values()].find((remote) => remote.view === view)?.peer;
  const overlay = new Overlay(element, area, {
    wake,
    edges: edges && {
      inset: edges.inset,
      canReveal: ({ at }) => edges.reveal !== undefined || (at !== null && area.contains(at)),
      reveal: (view) => {
        const peer = peerOf(view);
        const sample = peer && room.cursorOf(peer.id);
        if (edges.reveal === undefined) overlay.scrollTo(view.at, !stillness.matches);
        else if (sample) callSafely(() => edges.reveal?.(peer, { x: sample.x, y: sample.y }));
      },
    },
  });
  let visible = overlay.visible.rect;
  let time = 0;
  let remapping = false;
  /** What the next frame is to read anew: all of the layout, or where places lie. */
  let stale: Change | null = null;
  /** Where one's own pointer was last said to be. */
  let pointed: SharedPlace | null = null;

  const stir = (change: Change): void => {
    if (signal.aborted) return;
    if (stale !== "content") stale = change;
    wake();
  };
  const measure = (): void => {
    input?.shrink();
    overlay.measure();
    input?.resize();
    places.forget?.();
  };
  const measureNow = (): void => {
    measure();
    remapAll();
    capture.resample();
    wake();
  };
  const remapAll = (): void => {
    for (const { playback } of remotes.values()) playback.remap();
  };
  /**
   * After whatever changed the mapping, and before the page is painted: a board moves in animation
   * frames of its own, and cursors that came a frame later would swim on it.
   */
  const remapNow = (): void => {
    remapping = false;
    if (signal.aborted) return;
    places.forget?.();
    remapAll();
    capture.resample();
    for (const remote of remotes.values()) {
      // Its place at the time of the last frame: only the board has moved since.
      if (remote.drawn !== null) remote.drawn = remote.playback.read(time, stillness.matches);
    }
    cursors.draw();
    wake();
  };
  const remap = (): void => {
    if (remapping) return;
    remapping = true;
    queueMicrotask(remapNow);
  };

  const remoteOf = (peer: Peer<T>): Remote<T> => {
    const known = remotes.get(peer.id);
    if (known !== undefined) return known;
    const playback = new Playback((sample) => places.toLocal(sample), modes[mode]);
    const renderer = makeRenderer(render, peer);
    const view = overlay.add(renderer?.element ?? null, () => {
      callSafely(() => renderer?.update?.(remote.peer, view.state));
    });
    const remote = { view, playback, drawn: null, peer, renderer };
    remotes.set(peer.id, remote);
    describeAll();
    return remote;
  };
  const forget = (id: string, { view, renderer }: Remote<T>): void => {
    remotes.delete(id);
    overlay.forget(view);
    callSafely(() => renderer?.destroy?.());
  };

  const describeAll = (): void => {
    const { self, peers } = room.getSnapshot();
    const unvouched = unvouchedIn(self === null ? peers : [self, ...peers]);
    for (const { view, peer } of remotes.values()) {
      const name = nameOf(peer);
      view.describe({
        name,
        initial: initialOf(name),
        unvouched: unvouched(peer),
        color: peer.color,
        activity: peer.activity,
      });
    }
  };

  const show = (peer: Peer<T>, samples: readonly CursorSample[]): void => {
    const here = samples.filter(({ frame }) => places.has(frame));
    if (here.length > 0) {
      const { playback, view } = remoteOf(peer);
      playback.add(here, performance.now());
      overlay.stir(view);
    }
    // The newest counts: without one it is hidden, and it may have gone to another surface.
    const newest = samples.at(-1);
    if (newest === undefined || !places.has(newest.frame)) remotes.get(peer.id)?.playback.hide();
    wake();
  };

  const peersChanged = (peers: readonly Peer<T>[]): void => {
    const present = new Map(peers.map((peer) => [peer.id, peer]));
    for (const [id, remote] of [...remotes]) {
      const peer = present.get(id);
      if (peer === undefined) forget(id, remote);
      else remote.peer = peer;
    }
    describeAll();
    // The marker of one who left goes too.
    if (remotes.size > 0 || edges !== null) wake();
  };

  const input =
    chat &&
    new ChatInput(element, room, {
      texts: chat,
      area,
      visible: () => overlay.visible.rect,
      color: () => room.getSnapshot().self?.color ?? FALLBACK_COLOR,
      mayOpen: maySay,
      send: (said) => {
        if (maySay()) withOwnTypes(room).sendLatest(CHAT_TYPE, { ...said, surface });
      },
      placeCursor: (clientX, clientY) => {
        const place = places.toShared(clientX, clientY);
        if (place !== null && isSeen()) room.moveCursor(place);
      },
      hideCursor: () => room.hideCursor(),
    });

  const capture = capturePointer(element, room, {
    onEnter: measureNow,
    onSamples(samples, again) {
      const seen = isSeen();
      // Whatever moved the board in the page since the last of them.
      if (!again) area.forget();
      for (const { clientX, clientY, time, pressed, pointerType } of samples) {
        const place = places.toShared(clientX, clientY);
        if (place === null) room.hideCursor();
        else if (seen && (!again || !isSame(place, pointed)))
          room.moveCursor({ ...place, time, pressed, pointerType });
        pointed = seen ? place : null;
      }
      const newest = samples.at(-1);
      if (newest !== undefined) input?.pointAt(newest.clientX, newest.clientY);
    },
    onLeave: () => {
      input?.leave();
      room.hideCursor();
      pointed = null;
    },
  });

  measureNow();
  // jsdom has no layout, and nothing that observes it.
  const resized = window.ResizeObserver && new window.ResizeObserver(measureNow);
  resized?.observe(element);
  places.watch?.(stir, signal);
  room.on("cursor", ({ peer, samples }) => show(peer, samples), { signal, surface });
  room.watch(({ peers }) => peers, peersChanged, { signal });
  hearChats(room, surface, signal, (peer, text) => {
    if (text === "" && !remotes.has(peer.id)) return;
    const { view } = remoteOf(peer);
    view.say(text);
    overlay.stir(view);
  });
  // Those already here may be still: their cursor is known, but no event comes for it.
  for (const peer of room.getSnapshot().peers) {
    const sample = room.cursorOf(peer.id);
    if (sample !== null) show(peer, [sample]);
  }

  const detach = (): void => {
    if (signal.aborted) return;
    stop.abort();
    input?.stop();
    capture.stop();
    resized?.disconnect();
    loop.remove(cursors);
    for (const [id, remote] of [...remotes]) forget(id, remote);
    overlay.remove();
  };
  return Object.assign(detach, { remap, refresh: () => stir("content") });
}

const isSame = (a: SharedPlace, b: SharedPlace | null): boolean =>
  a.x === b?.x && a.y === b.y && a.frame === b.frame;
