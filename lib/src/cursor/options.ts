/** What `attachCursors` takes, and what it says of anything else. */
import { SkeinError } from "../room/errors.ts";
import { type Coordinates, type Mapping, mappings } from "./coordinates.ts";
import { checkMode, type Mode } from "./playback/modes.ts";

/** Longest surface name, in UTF-8 bytes: it travels with every batch of samples. */
const MAX_SURFACE_BYTES = 64;

/** Elements that show no children, so that nothing can be laid over their content from inside. */
const CHILDLESS = new Set(
  "AREA AUDIO BASE BR CANVAS COL EMBED HR IFRAME IMG INPUT LINK META OBJECT PROGRESS METER SELECT TEXTAREA VIDEO WBR".split(
    " ",
  ),
);

export interface CursorsOptions {
  /** What the others' coordinates are to mean; the same on every page of the room. Default `"fraction"`. */
  readonly coordinates?: Coordinates;
  /** How the others' movement is played back. Default `"balanced"`. */
  readonly mode?: Mode;
  /**
   * Keeps several boards of one room apart: a cursor shows on the surface of the same name only. At
   * most 64 UTF-8 bytes. Default `""`.
   */
  readonly surface?: string;
}

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof CursorsOptions>([
  "coordinates",
  "mode",
  "surface",
]);

export interface CheckedOptions {
  readonly surface: string;
  readonly mapping: Mapping;
  readonly mode: Mode;
}

/** @throws SkeinError as `attachCursors` documents. */
export function checkOptions(element: HTMLElement, options: CursorsOptions): CheckedOptions {
  if (!(element?.nodeType === 1 && "offsetWidth" in element) || CHILDLESS.has(element.tagName)) {
    throw new SkeinError(
      "bad-argument",
      `attachCursors needs an HTML element that can hold children${
        element?.nodeType === 1
          ? `; <${element.localName}> cannot. Wrap it, and attach to the wrapper`
          : ""
      }.`,
    );
  }
  for (const name of Object.keys(options)) {
    if (!OPTION_NAMES.has(name)) {
      throw new SkeinError(
        "not-supported",
        `attachCursors has no option "${name}". There are: ${[...OPTION_NAMES].join(", ")}.`,
      );
    }
  }
  const { coordinates = "fraction", surface = "" } = options;
  if (!Object.hasOwn(mappings, coordinates)) {
    throw new SkeinError(
      "bad-argument",
      `coordinates is "fraction" or "pixels", not ${JSON.stringify(coordinates)}.`,
    );
  }
  if (typeof surface !== "string" || new TextEncoder().encode(surface).length > MAX_SURFACE_BYTES) {
    throw new SkeinError(
      "bad-argument",
      `surface is a name of at most ${MAX_SURFACE_BYTES} UTF-8 bytes.`,
    );
  }
  return { surface, mapping: mappings[coordinates], mode: checkMode(options.mode) };
}
