import type { PointerKind } from "../room/types.ts";

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
  /** In the order of time, each once. */
  onSamples(samples: readonly PointerSample[]): void;
  onLeave(): void;
}

/**
 * The pointer event last taken, per owner (a room): where one surface lies inside another both see
 * the event, and it belongs to the inner one.
 */
const taken = new WeakMap<object, Event>();

export interface PointerCapture {
  /** The content moved under the pointer: says where it points now. */
  resample(): void;
  /** Listens no more. */
  stop(): void;
}

/**
 * Listens for the pointer on an element. Between two frames a mouse or pen makes many samples;
 * `getCoalescedEvents` (Pointer Events, level 3) gives them all.
 */
export function capturePointer(
  element: HTMLElement,
  owner: object,
  handlers: CaptureHandlers,
): PointerCapture {
  const window = element.ownerDocument.defaultView;
  const stop = new AbortController();
  const { signal } = stop;
  let inside = false;
  /** The newest position of a pointer that hovers: scrolling moves the content under it. */
  let hovering: PointerSample | null = null;
  let lastTime = 0;

  const sampleOf = (event: PointerEvent, now: number): PointerSample => {
    // Some events carry no time of their own, and coalesced ones have come out of order.
    const time = event.timeStamp > 0 ? Math.min(event.timeStamp, now) : now;
    lastTime = Math.max(lastTime, time);
    return {
      clientX: event.clientX,
      clientY: event.clientY,
      time: lastTime,
      pressed: event.buttons !== 0,
      pointerType: kindOf(event.pointerType),
    };
  };

  const take = (event: PointerEvent): void => {
    // A second finger is a gesture, not a second place where the hand is.
    if (!event.isPrimary || taken.get(owner) === event) return;
    taken.set(owner, event);
    if (!inside) {
      inside = true;
      handlers.onEnter();
    }
    const coalesced = event.type === "pointermove" ? (event.getCoalescedEvents?.() ?? []) : [];
    const now = performance.now();
    const samples = (coalesced.length > 0 ? coalesced : [event]).map((one) => sampleOf(one, now));
    hovering = (event.pointerType !== "touch" && samples.at(-1)) || null;
    handlers.onSamples(samples);
  };

  const leave = (event: PointerEvent): void => {
    if (!event.isPrimary || !inside) return;
    inside = false;
    hovering = null;
    handlers.onLeave();
  };

  const resample = (): void => {
    if (hovering === null) return;
    lastTime = Math.max(lastTime, performance.now());
    handlers.onSamples([{ ...hovering, time: lastTime }]);
  };

  element.addEventListener("pointermove", take, { signal });
  element.addEventListener("pointerdown", take, { signal });
  element.addEventListener("pointerup", take, { signal });
  element.addEventListener("pointerleave", leave, { signal });
  element.addEventListener("pointercancel", leave, { signal });
  // Scroll events do not bubble: capturing on the window hears every scroller around and inside.
  window?.addEventListener("scroll", resample, { signal, capture: true, passive: true });

  return {
    resample,
    stop: () => {
      stop.abort();
      if (inside) handlers.onLeave();
      inside = false;
    },
  };
}

function kindOf(pointerType: string): PointerKind {
  return pointerType === "mouse" || pointerType === "touch" || pointerType === "pen"
    ? pointerType
    : "other";
}
