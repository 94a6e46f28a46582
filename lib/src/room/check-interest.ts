/** What {@link Room.setInterest} takes, as it is sent. */
import { type Interest, MAX_INTEREST_PEERS, MAX_INTEREST_SURFACES } from "../signaling/events.ts";
import { MAX_CURSOR_FRAME_BYTES } from "../wire/codes.ts";
import { SkeinError } from "./errors.ts";

const utf8 = new TextEncoder();

const isList = (value: unknown, most: number): value is readonly string[] | undefined =>
  value === undefined ||
  (Array.isArray(value) &&
    value.length <= most &&
    value.every(
      (one) => typeof one === "string" && utf8.encode(one).length <= MAX_CURSOR_FRAME_BYTES,
    ));

/** @throws SkeinError `bad-argument` */
export function checkInterest(interest: unknown): Interest | null {
  if (interest === null) return null;
  const { surface, peers } = Object(interest) as { [key: string]: unknown };
  const surfaces = typeof surface === "string" ? [surface] : surface;
  const isObject = typeof interest === "object";
  if (isObject && isList(surfaces, MAX_INTEREST_SURFACES) && isList(peers, MAX_INTEREST_PEERS)) {
    return { ...(surfaces && { surfaces }), ...(peers && { peers }) };
  }
  throw new SkeinError(
    "bad-argument",
    `setInterest takes null or { surface, peers }: up to ${MAX_INTEREST_SURFACES} names of surfaces (at most ${MAX_CURSOR_FRAME_BYTES} bytes each) and up to ${MAX_INTEREST_PEERS} ids.`,
  );
}
