/** The server's half of enforcing grants: what it carries, it looks at. */
import { allowsEntry, allowsState } from "../../../lib/src/signaling/allowing.ts";
import { allows, type Grants } from "../../../lib/src/signaling/grants.ts";
import type { Rights } from "../../../lib/src/signaling/rights.ts";
import {
  CLASS_CONTROL,
  CLASS_CURSOR,
  CLASS_LATEST,
  CLASS_PRESENCE,
  CLASS_RELIABLE,
  SEALED,
} from "../../../lib/src/wire/codes.ts";
import { decodeEntry, encodeEntry } from "../../../lib/src/wire/entry.ts";
import { decodeFrame, encodeFrame, frameClass } from "../../../lib/src/wire/frame.ts";

const WITHHELD = encodeEntry({ kind: "withheld" });

/** What becomes of a frame: it goes on, something goes on in its place, or nothing does. */
export interface Screened {
  readonly frame: Uint8Array | null;
  /** The sender had no right to say it. */
  readonly forbidden: boolean;
}

/**
 * A reliable frame that may not be said is replaced by one of the same number that says nothing, so
 * that nobody waits for it: neither for what its sender may say after it, nor does it stay in the
 * queue of a sender who sent it in time. Whoever may do everything pays one comparison.
 */
export function screen(rights: Rights, frame: Uint8Array): Screened {
  if (rights.unlimited) return passes(frame);
  const kind = frameClass(frame);
  if (kind === CLASS_CONTROL) return passes(frame);
  if (((frame[0] ?? 0) & SEALED) !== 0) return sealed(rights, kind, frame);
  if (kind === CLASS_RELIABLE) return reliable(rights, frame);
  // The class says enough; the types of latest values are further in.
  const allowed =
    kind === CLASS_CURSOR
      ? rights.permit((grants) => allows(grants, "cursor"))
      : rights.permit((grants) => allowsState(grants, decodeFrame(frame)));
  return allowed ? passes(frame) : DROPPED;
}

function reliable(rights: Rights, bytes: Uint8Array): Screened {
  const frame = decodeFrame(bytes);
  // Malformed, or of a later version: nobody here could tell what it says.
  if (!("entry" in frame)) return DROPPED;
  const entry = decodeEntry(frame.entry);
  if (rights.permit((grants) => allowsEntry(grants, entry))) return passes(bytes);
  return { frame: encodeFrame({ ...frame, entry: WITHHELD }), forbidden: true };
}

/** Only the receivers can read it, and enforce the rest. */
function sealed(rights: Rights, kind: number, frame: Uint8Array): Screened {
  // What goes reliably may be no more than how a tab is.
  if (kind === CLASS_RELIABLE) return passes(frame);
  const allowed = rights.permit((grants) => {
    if (kind === CLASS_CURSOR) return allows(grants, "cursor");
    if (kind === CLASS_PRESENCE) return allows(grants, "presence");
    return kind === CLASS_LATEST && mayMessage(grants);
  });
  return allowed ? passes(frame) : DROPPED;
}

/** Of whatever types. */
function mayMessage(grants: Grants): boolean {
  return grants === undefined || grants.some((grant) => grant.startsWith("message"));
}

const passes = (frame: Uint8Array): Screened => ({ frame, forbidden: false });

const DROPPED: Screened = { frame: null, forbidden: true };
