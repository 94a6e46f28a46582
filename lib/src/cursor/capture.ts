import type { PointerKind } from "../room/types.ts";

/**
 * How long a finger or pen that was lifted stays in sight, in milliseconds: a tap takes a tenth of
 * that, and the others could not see where it was.
 */
export const LIFTED_VISIBLE_MS = 800;

/** One position of the pointer, in the window's coordinates. */
export interface PointerSample {
  readonly clientX: number;
  readonly clientY: number;
  /** Milliseconds on this page's `performance.now()` clock. */
  readonly time: number;
  readonly pressed: boolean;
  readonly pointerType: PointerKind;
}

export interface CaptureHandlers {
  /** The pointer came in; the layout may have changed since it was here last. */
  onEnter(): void;
  /**
   * In the order of time, each once. `again`: the pointer did not move, the content may have moved
   * under it.
   */
  onSamples(samples: readonly PointerSample[], again: boolean): void;
  onLeave(): void;
}

export interface PointerCapture {
  /** The content moved under the pointer: says where it points now. */
  resample(): void;
  /** Listens no more. */
  stop(): void;
}

/**
 * - `outside`: no pointer is over the surface.
 * - `hovering`: a mouse or pen is over it.
 * - `pressed`: a pointer went down on it; until it is up again the cursor is its own, wherever it goes.
 * - `lifted`: a finger or pen that is gone from the screen stays in sight for a moment.
 */
type State = "outside" | "hovering" | "pressed" | "lifted";

/** What the surfaces of one owner (a room) share: a person has one hand in it. */
interface Surfaces {
  /** Where one lies inside another, the inner one has the pointer. */
  readonly elements: Map<EventTarget, AbortController>;
  /** The one that a pointer is pressed on. */
  holder: AbortController | null;
}
const surfacesOf = new WeakMap<object, Surfaces>();

/**
 * Listens for the pointer on an element. Between two frames a mouse or pen makes many samples;
 * `getCoalescedEvents` (Pointer Events, level 3) gives them all. Listens while events are on their
 * way down, so that an app which stops them keeps its cursor.
 */
export function capturePointer(
  element: HTMLElement,
  owner: object,
  handlers: CaptureHandlers,
): PointerCapture {
  const { ownerDocument: document } = element;
  const window = document.defaultView;
  const stop = new AbortController();
  const { signal } = stop;
  const surfaces = surfacesOf.get(owner) ?? { elements: new Map(), holder: null };
  surfacesOf.set(owner, surfaces);
  surfaces.elements.set(element, stop);
  // An iframe's events have the time of the iframe's own clock.
  const clockAhead = (window?.performance.timeOrigin ?? 0) - performance.timeOrigin || 0;

  let state: State = "outside";
  let pointer = 0;
  let newest: PointerSample | null = null;
  let lastTime = 0;
  let lastEvent: Event | null = null;
  let linger: ReturnType<typeof setTimeout> | undefined;

  const become = (next: State): void => {
    clearTimeout(linger);
    if (next === "pressed") surfaces.holder = stop;
    else if (surfaces.holder === stop) surfaces.holder = null;
    if (next === "lifted") linger = setTimeout(leave, LIFTED_VISIBLE_MS);
    if (next === "outside") newest = null;
    state = next;
  };

  const leave = (): void => {
    if (state === "outside") return;
    become("outside");
    handlers.onLeave();
  };

  const sampleOf = (event: PointerEvent, now: number): PointerSample => {
    // Some events carry no time of their own, and coalesced ones have come out of order.
    const time = event.timeStamp > 0 ? Math.min(event.timeStamp + clockAhead, now) : now;
    lastTime = Math.max(lastTime, time);
    return {
      clientX: event.clientX,
      clientY: event.clientY,
      time: lastTime,
      pressed: event.buttons !== 0,
      pointerType: kindOf(event.pointerType),
    };
  };

  /** Whether the cursor is this surface's to move by this event. */
  const isOurs = (event: PointerEvent, path: readonly EventTarget[]): boolean => {
    const { pointerType, pointerId, type } = event;
    if (!event.isPrimary) {
      // A second finger is a gesture, not a second place where the hand is.
      if (state === "pressed" && type === "pointerdown" && newest?.pointerType === "touch") leave();
      return false;
    }
    if (surfaces.holder !== null && surfaces.holder !== stop) return false;
    if (state === "pressed" && pointerId === pointer) return true;
    // The palm beside a pen; any other press replaces one whose end was never told.
    if (state === "pressed" && (type !== "pointerdown" || newest?.pointerType === "pen"))
      return false;
    if (path.find((node) => surfaces.elements.has(node)) !== element) {
      // The surface inside says where the pointer is now; leaving is its to tell.
      if (path.includes(element)) become("outside");
      return false;
    }
    // A finger is where it was put down: one that is left of a gesture, or slides in, points nowhere.
    return pointerType !== "touch" || type === "pointerdown";
  };

  const take = (event: PointerEvent): void => {
    if (event === lastEvent) return;
    lastEvent = event;
    const path = event.composedPath();
    if (!isOurs(event, path)) return;
    pointer = event.pointerId;
    if (state === "outside") {
      state = "hovering";
      handlers.onEnter();
    }
    const coalesced = event.type === "pointermove" ? (event.getCoalescedEvents?.() ?? []) : [];
    const now = performance.now();
    const samples = (coalesced.length > 0 ? coalesced : [event]).map((one) => sampleOf(one, now));
    newest = samples.at(-1) ?? null;
    handlers.onSamples(samples, false);
    if (event.buttons !== 0) become(state === "pressed" || isDown(event) ? "pressed" : "hovering");
    else if (event.type === "pointerup" && event.pointerType !== "mouse") become("lifted");
    else if (path.includes(element)) become("hovering");
    else leave();
  };

  const onWindow = (event: PointerEvent): void => {
    if (state === "pressed") take(event);
  };
  const onOver = (event: PointerEvent): void => {
    // Where content moves under a still pointer, this is all that is told of it.
    if (state === "outside") take(event);
  };
  const onLeave = (event: PointerEvent): void => {
    if (event.pointerId === pointer && state === "hovering") leave();
  };
  const onCancel = (event: PointerEvent): void => {
    if (event.pointerId === pointer) leave();
  };

  const resample = (pressed = newest?.pressed ?? false): void => {
    if (newest === null || state === "lifted") return;
    lastTime = Math.max(lastTime, performance.now());
    const again = newest.pressed === pressed;
    newest = { ...newest, pressed, time: lastTime };
    handlers.onSamples([newest], again);
  };

  const onBlur = (): void => {
    // Where another window takes the keyboard, the end of a press may never be told.
    if (state !== "pressed") return;
    resample(false);
    become(newest?.pointerType === "touch" ? "lifted" : "hovering");
  };

  const capture = { signal, capture: true, passive: true };
  for (const type of ["pointermove", "pointerdown", "pointerup"] as const) {
    element.addEventListener(type, take, capture);
    window?.addEventListener(type, onWindow, capture);
  }
  element.addEventListener("pointerover", onOver, capture);
  element.addEventListener("pointerleave", onLeave, { signal });
  window?.addEventListener("pointercancel", onCancel, capture);
  // Scroll events do not bubble: capturing on the window hears every scroller around and inside.
  window?.addEventListener("scroll", () => resample(), capture);
  window?.addEventListener("blur", onBlur, { signal });
  // Nobody tells the pointer's leaving when the tab is changed by the keyboard.
  document.addEventListener("visibilitychange", () => document.hidden && leave(), { signal });

  return {
    resample: () => resample(),
    stop: () => {
      stop.abort();
      if (surfaces.elements.get(element) === stop) surfaces.elements.delete(element);
      leave();
    },
  };
}

const isDown = ({ type }: Event): boolean => type === "pointerdown";

function kindOf(pointerType: string): PointerKind {
  return pointerType === "mouse" || pointerType === "touch" || pointerType === "pen"
    ? pointerType
    : "other";
}
