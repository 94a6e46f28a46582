import type { CursorPosition } from "skein";
import type { Pen } from "../ink/ink.ts";
import { html } from "../page.ts";
import { REACTIONS } from "../reactions/reactions.ts";
import type { DemoRoom } from "../room/presence.ts";
import type { Tools } from "../tools/tools.ts";
import type { Camera, Point } from "./camera.ts";

/** Steps of the cursor, in pixels of the screen. */
const STEP_PX = 14;
const LONG_STEP_PX = 70;

/** One press of plus or minus. */
const ZOOM_STEP = 1.25;

/** Between two points of a line drawn with arrow keys, in pixels: ink is soft where points are close. */
const PEN_STEPS = 4;

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export interface KeyboardOptions {
  readonly room: DemoRoom;
  readonly board: HTMLElement;
  readonly world: HTMLElement;
  readonly camera: Camera;
  readonly tools: Tools;
  readonly toShared: (at: Point) => CursorPosition;
  readonly draw: () => Pen;
  readonly give: (emoji: string, at: Point) => void;
}

/**
 * Everything that the pointer can do on a focused board: arrow keys move one's cursor, a ring shows
 * where it is, Enter uses the tool there. Returns its undo.
 */
export function attachKeyboard(options: KeyboardOptions): () => void {
  const { room, board, world, camera, tools, toShared, draw, give } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const ring = html("i", "own-cursor");
  ring.hidden = true;
  world.append(ring);
  board.tabIndex = 0;
  /** Null until it is moved: then it begins in the middle of what is seen. */
  let at: Point | null = null;
  let pen: Pen | null = null;

  const lift = (): void => {
    pen?.lift();
    pen = null;
    ring.removeAttribute("data-drawing");
  };
  const end = (): void => {
    lift();
    if (ring.hidden) return;
    ring.hidden = true;
    at = null;
    room.hideCursor();
  };
  const place = (to: Point): void => {
    at = to;
    ring.hidden = false;
    ring.style.transform = `translate(${to.x}px, ${to.y}px)`;
    ring.style.setProperty("--color", room.getSnapshot().self?.color ?? null);
    camera.follow(to);
    room.moveCursor(toShared(to));
  };
  const here = (): Point => {
    if (at === null) {
      const { x, y, width, height } = camera.view;
      place({ x: x + width / 2, y: y + height / 2 });
    }
    return at as unknown as Point;
  };
  const step = ([dx, dy]: readonly [number, number], long: boolean): void => {
    const { x, y } = here();
    const length = (long ? LONG_STEP_PX : STEP_PX) / camera.zoom;
    const now = performance.now();
    for (let part = 1; part <= PEN_STEPS; part++) {
      const share = (length * part) / PEN_STEPS;
      pen?.move({ x: x + dx * share, y: y + dy * share }, now + part, 0);
    }
    place({ x: x + dx * length, y: y + dy * length });
  };
  const use = (): void => {
    const now = here();
    if (tools.tool === "react") give(tools.emoji, now);
    else if (tools.tool === "pen" && pen === null) {
      pen = draw();
      pen.move(now, performance.now(), 0);
      ring.setAttribute("data-drawing", "");
    } else lift();
  };

  const keys: Readonly<Record<string, () => void>> = {
    Enter: use,
    Escape: end,
    "+": () => camera.zoomBy(ZOOM_STEP),
    "=": () => camera.zoomBy(ZOOM_STEP),
    "-": () => camera.zoomBy(1 / ZOOM_STEP),
    "0": () => camera.goHome(),
    p: () => tools.choose("pen"),
    m: () => tools.choose("move"),
    e: () => tools.choose("react"),
  };

  board.addEventListener(
    "keydown",
    (event) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
      // A bead or a field in the board has keys of its own.
      if (event.target !== board) return;
      const direction = DIRECTIONS[event.key];
      const reaction = REACTIONS[Number(event.key) - 1];
      if (direction !== undefined) {
        step(direction, event.shiftKey);
      } else if (reaction !== undefined) {
        give(reaction.emoji, here());
      } else {
        const run = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
        // Space pans with the pointer, and must not scroll the page.
        if (run === undefined && event.code !== "Space") return;
        run?.();
      }
      event.preventDefault();
    },
    { signal },
  );
  board.addEventListener("blur", end, { signal });
  // The pointer takes over where it is; nothing to hide, the cursor is the same one.
  board.addEventListener(
    "pointermove",
    () => {
      lift();
      ring.hidden = true;
      at = null;
    },
    { signal },
  );

  return () => {
    lift();
    stop.abort();
    ring.remove();
    board.removeAttribute("tabindex");
  };
}
