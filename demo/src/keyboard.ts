import type { DemoRoom } from "./presence.ts";

/** Steps of the cursor, as parts of the board. */
const STEP = 0.02;
const LONG_STEP = 0.1;

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Arrow keys move one's cursor on a focused board; a ring shows where it is. Returns its undo. */
export function attachKeyboard(room: DemoRoom, board: HTMLElement): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const ring = document.createElement("i");
  ring.className = "own-cursor";
  ring.hidden = true;
  board.append(ring);
  board.tabIndex = 0;
  let at = { x: 0.5, y: 0.5 };

  const end = (): void => {
    if (ring.hidden) return;
    ring.hidden = true;
    room.hideCursor();
  };

  board.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape") return end();
      const direction = DIRECTIONS[event.key];
      if (direction === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const step = event.shiftKey ? LONG_STEP : STEP;
      const [dx, dy] = direction;
      at = { x: clamp(at.x + dx * step), y: clamp(at.y + dy * step) };
      ring.hidden = false;
      ring.style.transform = `translate(${at.x * board.clientWidth}px, ${at.y * board.clientHeight}px)`;
      ring.style.setProperty("--color", room.getSnapshot().self?.color ?? null);
      room.moveCursor(at);
    },
    { signal },
  );
  board.addEventListener("blur", end, { signal });
  // The pointer takes over where it is; nothing to hide, the cursor is the same one.
  board.addEventListener(
    "pointermove",
    () => {
      ring.hidden = true;
    },
    { signal },
  );

  return () => {
    stop.abort();
    ring.remove();
    board.removeAttribute("tabindex");
  };
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));
