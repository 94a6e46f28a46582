import { MAX_CURSOR_FRAME_BYTES } from "../wire/index.ts";
import { SkeinError } from "./errors.ts";
import type { CursorPosition, CursorSample, PointerKind } from "./types.ts";

const KINDS: readonly PointerKind[] = ["mouse", "touch", "pen", "other"];
const utf8 = new TextEncoder();

/** What an app says of its pointer, checked and whole. `now`: its time unless it says another. */
export function checkPosition(position: CursorPosition, now: number): CursorSample {
  const { x, y, time = now, pressed = false, pointerType = "mouse", frame = "" } = position;
  if (![x, y, time].every(Number.isFinite)) {
    throw new SkeinError(
      "bad-argument",
      `moveCursor needs finite x, y and time, not ${x}, ${y} and ${time}.`,
    );
  }
  if (typeof frame !== "string" || utf8.encode(frame).length > MAX_CURSOR_FRAME_BYTES) {
    throw new SkeinError(
      "bad-argument",
      `A cursor's frame is a string of at most ${MAX_CURSOR_FRAME_BYTES} bytes.`,
    );
  }
  return {
    x,
    y,
    time,
    pressed: Boolean(pressed),
    // Event types have others, and "" where a browser does not know.
    pointerType: KINDS.includes(pointerType) ? pointerType : "other",
    frame,
  };
}
