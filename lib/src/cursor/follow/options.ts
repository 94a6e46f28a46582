/** What `followView` takes, and what it says of anything else. */
import { SkeinError } from "../../room/errors.ts";
import type { FollowableView } from "./view.ts";

/** Longest surface name, in UTF-8 bytes, as for cursors. */
const MAX_SURFACE_BYTES = 64;

export interface FollowOptions {
  /** Keeps several views of one room apart. At most 64 UTF-8 bytes. Default `""`. */
  readonly surface?: string;
  /**
   * What scrolls; the page when absent. With `view`, where one's own wheel, finger or button ends the
   * following.
   */
  readonly element?: HTMLElement;
  /** For a board with a pan and zoom of its own. */
  readonly view?: FollowableView;
}

const NAMES = ["surface", "element", "view"];

/** @throws SkeinError `not-supported` or `bad-argument` */
export function checkFollowOptions(options: FollowOptions): void {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new SkeinError(
      "not-supported",
      `followView has no option "${unknown}". It knows ${NAMES.join(", ")}.`,
    );
  }
  const { surface = "", view } = options;
  if (typeof surface !== "string" || new TextEncoder().encode(surface).length > MAX_SURFACE_BYTES) {
    throw new SkeinError(
      "bad-argument",
      `A surface is a string of at most ${MAX_SURFACE_BYTES} bytes.`,
    );
  }
  if (view !== undefined && (typeof view.read !== "function" || typeof view.show !== "function")) {
    throw new SkeinError("bad-argument", "A view has the functions read() and show(view).");
  }
}
