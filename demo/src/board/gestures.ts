/** The pointer on a board: drawing and giving with the tool in hand, panning and zooming with or without. */
import type { Pen } from "../ink/ink.ts";
import type { Tool } from "../tools/tools.ts";
import type { Camera, Point } from "./camera.ts";

/** One notch of a mouse wheel zooms by about this factor. */
const ZOOM_PER_PIXEL = 0.0022;
/** Trackpads report a pinch as a wheel with Ctrl, in far smaller numbers. */
const PINCH_BELOW_PX = 40;
const PINCH_PER_PIXEL = 0.011;

/** What a line and a page of a wheel are, in pixels; Firefox counts a mouse's wheel in lines. */
const LINE_PX = 33;
const PAGE_PX = 400;

const PRIMARY = 0;
const MIDDLE = 1;

export interface GestureHandlers {
  readonly camera: Camera;
  readonly tool: () => Tool;
  /** Puts the pen down. */
  readonly draw: () => Pen;
  /** The tool was used in one place. */
  readonly give: (at: Point) => void;
}

/** What the hand on the board does now. */
type Doing =
  | { readonly kind: "nothing" }
  | { readonly kind: "drawing"; readonly id: number; readonly pen: Pen }
  | { readonly kind: "panning"; readonly id: number };

/** Returns its undo. */
export function attachGestures(
  board: HTMLElement,
  { camera, tool, draw, give }: GestureHandlers,
): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  /** Fingers on the board, in pixels of it. */
  const fingers = new Map<number, Point>();
  let doing: Doing = { kind: "nothing" };
  let last: Point = { x: 0, y: 0 };
  let spaceHeld = false;

  const locate = ({ clientX, clientY }: MouseEvent): Point => {
    const { left, top } = board.getBoundingClientRect();
    return { x: clientX - left - board.clientLeft, y: clientY - top - board.clientTop };
  };
  const end = (): void => {
    if (doing.kind === "drawing") doing.pen.lift();
    doing = { kind: "nothing" };
    board.removeAttribute("data-doing");
  };
  const begin = (next: Doing): void => {
    doing = next;
    board.setAttribute("data-doing", next.kind);
  };
  const ink = (pen: Pen, event: PointerEvent): void => {
    const coalesced = event.type === "pointermove" ? (event.getCoalescedEvents?.() ?? []) : [];
    for (const one of coalesced.length > 0 ? coalesced : [event]) {
      const pressure = one.pointerType === "pen" ? one.pressure : 0;
      pen.move(camera.toBoard(locate(one)), one.timeStamp || performance.now(), pressure);
    }
  };

  const down = (event: PointerEvent): void => {
    if (isOnThing(event)) return;
    const at = locate(event);
    const { pointerId: id, pointerType, button } = event;
    if (pointerType === "touch") {
      fingers.set(id, at);
      // Two fingers pan and zoom, whatever one of them had begun.
      if (fingers.size > 1) {
        end();
        return;
      }
    }
    if (doing.kind !== "nothing") return;
    last = at;
    const pans = button === MIDDLE || (button === PRIMARY && (spaceHeld || tool() === "move"));
    if (!pans && button !== PRIMARY) return;
    board.setPointerCapture(id);
    if (pans) begin({ kind: "panning", id });
    else if (tool() === "react") give(camera.toBoard(at));
    else {
      const pen = draw();
      begin({ kind: "drawing", id, pen });
      ink(pen, event);
    }
    // Else the middle button scrolls by itself.
    if (button === MIDDLE) event.preventDefault();
  };

  const move = (event: PointerEvent): void => {
    const at = locate(event);
    const before = fingers.get(event.pointerId);
    if (before !== undefined) {
      const [other] = [...fingers].filter(([id]) => id !== event.pointerId);
      fingers.set(event.pointerId, at);
      if (other !== undefined) {
        pinch(before, at, other[1]);
        return;
      }
    }
    if (doing.kind === "nothing" || event.pointerId !== doing.id) return;
    if (doing.kind === "drawing") ink(doing.pen, event);
    else camera.panBy(at.x - last.x, at.y - last.y);
    last = at;
  };

  /** One finger moved, the other rests: the middle between them pans, their distance zooms. */
  const pinch = (before: Point, now: Point, other: Point): void => {
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    camera.panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
    const apart = Math.hypot(before.x - other.x, before.y - other.y);
    if (apart > 0) camera.zoomBy(Math.hypot(now.x - other.x, now.y - other.y) / apart, middle);
  };

  const up = (event: PointerEvent): void => {
    fingers.delete(event.pointerId);
    if (doing.kind !== "nothing" && event.pointerId === doing.id) end();
  };

  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const unit = [1, LINE_PX, PAGE_PX][event.deltaMode] ?? 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.ctrlKey || event.metaKey) {
      const perPixel = Math.abs(dy) < PINCH_BELOW_PX ? PINCH_PER_PIXEL : ZOOM_PER_PIXEL;
      camera.zoomBy(Math.exp(-dy * perPixel), locate(event));
    } else if (event.shiftKey && dx === 0) camera.panBy(-dy, 0);
    else camera.panBy(-dx, -dy);
  };

  const space = ({ type, code }: KeyboardEvent): void => {
    if (code === "Space") spaceHeld = type === "keydown" && board.matches(":focus, :hover");
    board.toggleAttribute("data-space", spaceHeld);
  };

  board.addEventListener("pointerdown", down, { signal });
  board.addEventListener("pointermove", move, { signal });
  board.addEventListener("pointerup", up, { signal });
  board.addEventListener("pointercancel", up, { signal });
  board.addEventListener("lostpointercapture", up, { signal });
  board.addEventListener("wheel", wheel, { signal, passive: false });
  addEventListener("keydown", space, { signal });
  addEventListener("keyup", space, { signal });
  return () => {
    end();
    stop.abort();
  };
}

/** A bead, a button: it has a use of its own for the pointer. */
function isOnThing({ target }: Event): boolean {
  return target instanceof Element && target.closest("button, input, a") !== null;
}
