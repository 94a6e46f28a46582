/**
 * What is seen of something that scrolls, in parts of all that there is. In a window of another size
 * the smaller view lies within the larger one, and both begin and end together.
 */
import type { FollowableView } from "./view.ts";

/** `element` scrolls; null: the page. */
export function scrollView(element: HTMLElement | null, window: Window): FollowableView {
  const { document } = window;
  const scroller = element ?? document.scrollingElement ?? document.documentElement;
  return {
    read() {
      const { scrollWidth, scrollHeight } = scroller;
      if (scrollWidth <= 0 || scrollHeight <= 0) return null;
      return {
        x: scroller.scrollLeft / scrollWidth,
        y: scroller.scrollTop / scrollHeight,
        width: scroller.clientWidth / scrollWidth,
        height: scroller.clientHeight / scrollHeight,
      };
    },
    show({ x, y, width, height }) {
      const { scrollWidth, scrollHeight, clientWidth, clientHeight } = scroller;
      scroller.scrollTo({
        left: progress(x, width, scroller.scrollLeft, scrollWidth - clientWidth),
        top: progress(y, height, scroller.scrollTop, scrollHeight - clientHeight),
        // The way there is ours.
        behavior: "instant",
      });
    },
    subscribe(run) {
      const scrolled: EventTarget = element ?? window;
      const passive = { passive: true };
      scrolled.addEventListener("scroll", run, passive);
      window.addEventListener("resize", run, passive);
      return () => {
        scrolled.removeEventListener("scroll", run);
        window.removeEventListener("resize", run);
      };
    },
  };
}

/** Who sees all of it sees no part of it: everybody stays where they are. */
const ALL = 0.999;

/** As far of `range` as `start` is of what a view of this size can be moved; negative right to left. */
function progress(start: number, size: number, now: number, range: number): number {
  if (size >= ALL) return now;
  return Math.max(-1, Math.min(1, start / (1 - size))) * range;
}
