/** What `attachCursors` takes, and what it says of anything else. */
import { SkeinError } from "../room/errors.ts";
import type { Peer, RegisteredTypes, RoomTypes } from "../room/types.ts";
import { MAX_ANCHORED_SURFACE_BYTES, SEPARATORS } from "./anchor/names.ts";
import type { ChatTexts } from "./chat/chat-input.ts";
import { type Coordinates, mappings, type Point } from "./coordinates.ts";
import type { RenderCursor } from "./overlay/renderer.ts";
import type { Sides } from "./overlay/visible.ts";
import { checkMode, type Mode } from "./playback/modes.ts";

/** Longest surface name, in UTF-8 bytes: it travels with every batch of samples. */
const MAX_SURFACE_BYTES = 64;

/** Elements that show no children, so that nothing can be laid over their content from inside. */
const CHILDLESS = new Set(
  "AREA AUDIO BASE BR CANVAS COL EMBED HR IFRAME IMG INPUT LINK META OBJECT PROGRESS METER SELECT TEXTAREA VIDEO WBR".split(
    " ",
  ),
);

export interface CursorsOptions<T extends RoomTypes = RegisteredTypes> {
  /**
   * Pressing `/` over the surface opens a line of text that follows one's own cursor; the others see it
   * as it is typed. What to say of it in another language, or true. Default false: what the others
   * say is shown all the same.
   */
  readonly chat?: boolean | ChatTexts;
  /** What the others' coordinates are to mean; the same on every page of the room. Default `"fraction"`. */
  readonly coordinates?: Coordinates;
  /**
   * Whether peers out of sight have a marker at the edge, which brings their cursor into sight when
   * clicked: by scrolling the page and the scrollers around the cursor, or by `reveal` where the app
   * has a pan and zoom of its own. Default true.
   */
  readonly edges?: boolean | EdgeOptions<T>;
  /** How the others' movement is played back. Default `"balanced"`. */
  readonly mode?: Mode;
  /**
   * Draws a peer's cursor in the app's own way; called once for each. What it throws is reported like
   * any uncaught error, and the cursor looks as usual.
   */
  readonly render?: RenderCursor<T>;
  /**
   * Keeps several boards of one room apart: a cursor shows on the surface of the same name only. At
   * most 64 UTF-8 bytes, 49 with `coordinates: "anchor"`, without U+001E and U+001F. Default `""`.
   */
  readonly surface?: string;
}

export interface EdgeOptions<T extends RoomTypes = RegisteredTypes> {
  /**
   * Brings a place on the board into sight. `point` is as it travels: in shared coordinates. Default:
   * by scrolling.
   */
  readonly reveal?: (peer: Peer<T>, point: Point) => void;
  /**
   * What the app has along the edges of what is in sight (a toolbar, say), in pixels of 0 or more: the
   * markers keep clear of it. One number for all sides, or one for each. Default 0.
   */
  readonly inset?: number | Partial<Sides>;
}

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof CursorsOptions>([
  "chat",
  "coordinates",
  "edges",
  "mode",
  "render",
  "surface",
]);

export interface CheckedEdges<T extends RoomTypes> {
  readonly reveal: EdgeOptions<T>["reveal"];
  readonly inset: Sides;
}

export interface CheckedOptions<T extends RoomTypes> {
  /** Null: one's own cursor says nothing. */
  readonly chat: ChatTexts | null;
  /** Null: nothing at the edges. */
  readonly edges: CheckedEdges<T> | null;
  readonly render: RenderCursor<T> | undefined;
  readonly surface: string;
  readonly coordinates: Coordinates;
  readonly mode: Mode;
}

/** @throws SkeinError as `attachCursors` documents. */
export function checkOptions<T extends RoomTypes>(
  element: HTMLElement,
  options: CursorsOptions<T>,
): CheckedOptions<T> {
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
  const { coordinates = "fraction", surface = "", render, chat = false, edges = true } = options;
  if (render !== undefined && typeof render !== "function") {
    throw new SkeinError("bad-argument", "render is a function that takes a peer.");
  }
  if (!isCoordinates(coordinates)) {
    throw new SkeinError(
      "bad-argument",
      `coordinates is "fraction", "pixels", "anchor" or { toShared, fromShared }, not ${JSON.stringify(coordinates)}.`,
    );
  }
  checkSurface(surface, coordinates === "anchor" ? MAX_ANCHORED_SURFACE_BYTES : MAX_SURFACE_BYTES);
  return {
    surface,
    coordinates,
    mode: checkMode(options.mode),
    render,
    chat: checkChat(chat),
    edges: checkEdges(edges),
  };
}

function checkChat(chat: unknown): ChatTexts | null {
  if (chat === false) return null;
  if (chat === true) return {};
  const { label, placeholder } = Object(chat) as { [Key in keyof ChatTexts]: unknown };
  const isText = (text: unknown) => text === undefined || typeof text === "string";
  if (typeof chat !== "object" || chat === null || !isText(label) || !isText(placeholder)) {
    throw new SkeinError(
      "bad-argument",
      "chat is true, false, or { label, placeholder } with texts to replace.",
    );
  }
  return chat;
}

function checkEdges<T extends RoomTypes>(edges: boolean | EdgeOptions<T>): CheckedEdges<T> | null {
  if (edges === false) return null;
  const { reveal, inset = 0 } = edges === true ? {} : (edges ?? { reveal: null });
  const of = typeof inset === "object" ? inset : null;
  const all = typeof inset === "number" ? inset : 0;
  const { top = all, right = all, bottom = all, left = all } = of ?? {};
  const sides: Sides = { top, right, bottom, left };
  const isSides = Object.values(sides).every((px) => Number.isFinite(px) && px >= 0);
  const isInset = (typeof inset === "number" || of !== null) && isSides;
  const isKnown = Object.keys(Object(edges)).every((key) => key === "reveal" || key === "inset");
  if (!isKnown || (reveal !== undefined && typeof reveal !== "function") || !isInset) {
    throw new SkeinError(
      "bad-argument",
      "edges is true, false, or { reveal(peer, point), inset }: a function, and pixels of 0 or more for all sides or { top, right, bottom, left }.",
    );
  }
  return { reveal, inset: sides };
}

function isCoordinates(coordinates: unknown): coordinates is Coordinates {
  if (typeof coordinates === "string")
    return coordinates === "anchor" || Object.hasOwn(mappings, coordinates);
  const { toShared, fromShared } = Object(coordinates) as Record<string, unknown>;
  return typeof toShared === "function" && typeof fromShared === "function";
}

function checkSurface(surface: unknown, most: number): void {
  if (
    typeof surface !== "string" ||
    new TextEncoder().encode(surface).length > most ||
    SEPARATORS.some((separator) => surface.includes(separator))
  ) {
    throw new SkeinError(
      "bad-argument",
      `surface is a name of at most ${most} UTF-8 bytes, without U+001E and U+001F.`,
    );
  }
}
