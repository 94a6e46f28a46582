/** What the coordinates of a cursor frame are relative to, without decoding the rest of it. */
import { CLASS_CURSOR, MAX_CURSOR_FRAME_BYTES } from "./codes.ts";
import { isKnownCursor, NAMED } from "./cursor.ts";
import { decodeText } from "./reader.ts";

/** Where a name stands, if there is one: behind its length, type, number and time. */
const NAME_AT = 6;

/** Null where it cannot be read: the frame is sealed, cut short, or of a later version. */
export function frameNameOf(bytes: Uint8Array): string | null {
  const flags = bytes[1];
  if (bytes[0] !== CLASS_CURSOR || flags === undefined || !isKnownCursor(flags)) return null;
  if ((flags & NAMED) === 0) return "";
  const length = bytes[NAME_AT - 1] ?? 0;
  if (length < 1 || length > MAX_CURSOR_FRAME_BYTES || bytes.length < NAME_AT + length) return null;
  return decodeText(bytes.subarray(NAME_AT, NAME_AT + length)) ?? null;
}
