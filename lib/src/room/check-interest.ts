/** What {@link Room.setInterest} takes, as it is sent. */
import { type Interest, MAX_INTEREST_PEERS, MAX_INTEREST_SURFACES } from "../signaling/events.ts";
import { MAX_CURSOR_FRAME_BYTES } from "../wire/codes.ts";
import { SkeinError } from "./errors.ts";

const utf8 = new TextEncoder();

const isList = (value: unknown, most: number): boolean =>
  value === undefined ||
  (Array.isArray(value) &&
    value.length <= most &&
    value.every(
      (one) => typeof one === "string" && utf8.encode(one).length <= MAX_CURSOR_FRAME_BYTES,
    ));

/** @throws SkeinError `bad-argument` */
export function checkInterest(interest: unknown): Interest | null {
  const { surface, peers } = Object(interest) as { [key: string]: unknown };
  const surfaces = typeof surface === "string" ? [surface] : surface;
  const fits = isList(surfaces, MAX_INTEREST_SURFACES) && isList(peers, MAX_INTEREST_PEERS);
  // As JSON, where what is undefined is not there.
  if (typeof interest === "object" && fits) return interest && ({ surfaces, peers } as Interest);
  throw new SkeinError(
    "bad-argument",
    "setInterest takes null or { surface, peers }: up to 32 surfaces of 64 bytes, and 256 ids.",
  );
}
