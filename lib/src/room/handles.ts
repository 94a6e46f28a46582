/**
 * Whose frames come under which handle. Frames under a handle that is not known yet are held for a while:
 * the server may still be telling of whom it gave it to.
 */
import type { Clock } from "../clock.ts";
import type { Member } from "./member.ts";

/** No member has this one: its owner is not on the present socket. */
export const NO_HANDLE = 0;

/** Frames from handles not yet known are held for this long … */
const HOLD_MS = 5_000;
/** … and no more than these. */
const MAX_HELD_FRAMES = 256;
const MAX_HELD_BYTES = 256 * 1024;

export class Handles {
  readonly #clock: Clock;
  readonly #members = new Map<number, Member>();
  #held: { readonly handle: number; readonly frame: Uint8Array; readonly until: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A frame under a handle: its member, or undefined when it is held until the member is known. */
  memberOf(handle: number, frame: Uint8Array): Member | undefined {
    const member = this.#members.get(handle);
    if (member === undefined) this.#hold(handle, frame);
    return member;
  }

  /** The member has this handle from now on, and not the one before. */
  give(member: Member, handle: number): void {
    this.take(member);
    if (handle !== NO_HANDLE) this.#members.set(handle, member);
    member.set({ handle });
  }

  /** The member has none any more. */
  take(member: Member): void {
    const { handle } = member.info;
    if (this.#members.get(handle) === member) this.#members.delete(handle);
  }

  /** Hands over what was held for those who are known by now. */
  release(): void {
    if (this.#held.length === 0) return;
    const now = this.#clock.now();
    const held = this.#held;
    this.#held = held.filter((each) => !this.#members.has(each.handle));
    for (const { handle, frame, until } of held) {
      if (until > now) this.#members.get(handle)?.link.receiveFromServer(frame);
    }
  }

  clear(): void {
    this.#members.clear();
    this.#held = [];
  }

  #hold(handle: number, frame: Uint8Array): void {
    const now = this.#clock.now();
    this.#held = this.#held.filter((each) => each.until > now);
    const bytes = this.#held.reduce((sum, each) => sum + each.frame.length, frame.length);
    if (this.#held.length >= MAX_HELD_FRAMES || bytes > MAX_HELD_BYTES) return;
    this.#held.push({ handle, frame, until: now + HOLD_MS });
  }
}
