import type { Peer, RoomTypes } from "../room/types.ts";

/** Longest name drawn, in characters as a reader counts them. */
const MAX_CHARACTERS = 32;

/** A character as a reader counts it can be many code units (a family emoji is 11); read no further. */
const MAX_CODE_UNITS = MAX_CHARACTERS * 16;

/** Control characters, and those that turn the direction of what follows: a name needs none of them. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]+/gu;

/**
 * What to write beside a peer's cursor: the name the server vouches for, else the one it gave itself
 * in presence. Names are what others typed: cut, on one line, and only ever put in a text node.
 */
export function nameOf<T extends RoomTypes>(peer: Peer<T>): string {
  return tidy(field(peer.user, "name")) || tidy(field(peer.presence, "name"));
}

function field(of: unknown, key: string): unknown {
  return typeof of === "object" && of !== null && Object.hasOwn(of, key)
    ? (of as Record<string, unknown>)[key]
    : undefined;
}

function tidy(name: unknown): string {
  if (typeof name !== "string") return "";
  const text = name.slice(0, MAX_CODE_UNITS).replace(UNPRINTABLE, " ").replace(/\s+/gu, " ").trim();
  // The bound in code units may have cut the last character in two; it is dropped with its neighbours.
  const isWhole = name.length <= MAX_CODE_UNITS;
  const characters = split(text);
  if (isWhole && characters.length <= MAX_CHARACTERS) return text;
  return `${characters
    .slice(0, MAX_CHARACTERS - 1)
    .join("")
    .trimEnd()}…`;
}

function split(text: string): string[] {
  if (typeof Intl.Segmenter !== "function") return Array.from(text);
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
