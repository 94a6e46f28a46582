/**
 * Which cursors somebody wants to be told of. Pure, and the same for the server and for the peers at the
 * other ends of data channels.
 */
import { CLASS_CURSOR } from "../wire/codes.ts";
import { frameNameOf } from "../wire/cursor-name.ts";
import { frameClass } from "../wire/frame.ts";

/** What stands between a surface's name and that of an anchor on it; see docs/cursors.md. */
const AFTER_SURFACE = ["\u001e", "\u001f"] as const;

/** The surface that a cursor's `frame` names, which may name an anchor on it as well. */
export function surfaceOf(frame: string): string {
  const ends = AFTER_SURFACE.map((separator) => frame.indexOf(separator)).filter((at) => at >= 0);
  return ends.length === 0 ? frame : frame.slice(0, Math.min(...ends));
}

/**
 * The surface of a cursor frame; undefined for frames of other classes, null for a cursor frame that
 * cannot be read here: it is sealed, malformed, or of a later version.
 */
export function surfaceOfFrame(frame: Uint8Array): string | null | undefined {
  if (frameClass(frame) !== CLASS_CURSOR) return undefined;
  const name = frameNameOf(frame);
  return name === null ? null : surfaceOf(name);
}

/** An interest as it is asked of again and again. Null: of all. */
export interface Wanted {
  readonly surfaces: ReadonlySet<string> | null;
  readonly peers: ReadonlySet<string> | null;
}

/** Whether who wants this wants the cursor of `sender` on `surface`; null: on whichever it may be. */
export function wants(wanted: Wanted | null, sender: string, surface: string | null): boolean {
  if (wanted === null) return true;
  if (wanted.peers !== null && !wanted.peers.has(sender)) return false;
  return wanted.surfaces === null || surface === null || wanted.surfaces.has(surface);
}
