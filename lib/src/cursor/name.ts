import type { Peer, RoomTypes } from "../room/types.ts";
import { characters, oneLine } from "./overlay/text.ts";

/** Longest name drawn, in characters as a reader counts them. */
const MAX_CHARACTERS = 32;

/** A character as a reader counts it can be many code units (a family emoji is 11); read no further. */
const MAX_CODE_UNITS = MAX_CHARACTERS * 16;

/**
 * What to write beside a peer's cursor: the name the server vouches for, else the one it gave itself
 * in presence. Names are what others typed: cut, on one line, and only ever put in a text node.
 */
export function nameOf<T extends RoomTypes>(peer: Peer<T>): string {
  return vouchedName(peer) || tidy(field(peer.presence, "name"));
}

/** The first character of a name, for where there is no room for more. */
export function initialOf(name: string): string {
  return characters(name)[0]?.toLocaleUpperCase() ?? "";
}

/**
 * Whether a name is to be marked as not vouched for. Where the server vouches for nobody the mark
 * would say nothing; where it vouches for names, one that a peer gave itself might be anybody's.
 */
export function unvouchedIn<T extends RoomTypes>(
  everybody: readonly Peer<T>[],
): (peer: Peer<T>) => boolean {
  if (everybody.some((peer) => vouchedName(peer) !== "")) return (peer) => vouchedName(peer) === "";
  if (everybody.some(({ user }) => user !== null)) return ({ user }) => user === null;
  return () => false;
}

function vouchedName<T extends RoomTypes>({ user }: Peer<T>): string {
  return tidy(field(user, "name"));
}

function field(of: unknown, key: string): unknown {
  return typeof of === "object" && of !== null && Object.hasOwn(of, key)
    ? (of as Record<string, unknown>)[key]
    : undefined;
}

function tidy(name: unknown): string {
  if (typeof name !== "string") return "";
  const text = oneLine(name.slice(0, MAX_CODE_UNITS));
  // The bound in code units may have cut the last character in two; it is dropped with its neighbours.
  const isWhole = name.length <= MAX_CODE_UNITS;
  const read = characters(text);
  if (isWhole && read.length <= MAX_CHARACTERS) return text;
  return `${read
    .slice(0, MAX_CHARACTERS - 1)
    .join("")
    .trimEnd()}…`;
}
