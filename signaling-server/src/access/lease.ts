/** What one socket was granted, for as long as it lasts; and its renewal. */
import type { Clock } from "../../../lib/src/clock.ts";
import type { Refusal } from "../../../lib/src/signaling/events.ts";
import { Bucket } from "../bucket.ts";
import type { Member } from "../member.ts";
import { OutgoingEvent } from "../outgoing.ts";
import type { Room } from "../room.ts";
import type { SocketSession } from "../session.ts";
import type { ServerStats } from "../stats.ts";
import type { CheckedAccess } from "./access.ts";
import type { Applicant, Authentication } from "./authentication.ts";

/** Longest that a timer of Node's can wait, in milliseconds: some 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Renewals at once, and a second in the long run: each may cost the app a query. */
const RENEWALS_AT_ONCE = 5;
const RENEWALS_PER_SECOND = 1;

const EXPIRED: Refusal = {
  code: "token-expired",
  message: "What the server granted has expired and was not renewed in time.",
};
const SOMEBODY_ELSE: Refusal = {
  code: "token-invalid",
  message: "The token is of another user: leave the room and join it again as that one.",
};

export interface LeaseOptions {
  readonly authentication: Authentication;
  readonly room: Room;
  readonly member: Member;
  readonly session: SocketSession;
  readonly applicant: Applicant;
  readonly clock: Clock;
  readonly wallNow: () => number;
  readonly stats: ServerStats;
}

/** Whole seconds from now until then; undefined: never ends. */
export function secondsUntil(expires: number, now: number): number | undefined {
  return expires === Number.POSITIVE_INFINITY
    ? undefined
    : Math.max(0, Math.floor((expires - now) / 1000));
}

export class Lease {
  readonly #options: LeaseOptions;
  readonly #bucket: Bucket;
  readonly #over = new AbortController();
  #asking = false;
  #cancel: () => void = () => {};

  constructor(options: LeaseOptions, expires: number) {
    this.#options = options;
    this.#bucket = new Bucket(options.clock, RENEWALS_AT_ONCE, RENEWALS_PER_SECOND);
    this.#watch(expires);
  }

  /** The client shows another token. False when it asks too often. */
  renew(token: string): boolean {
    if (this.#asking || !this.#bucket.take()) return false;
    this.#asking = true;
    void this.#renew(token);
    return true;
  }

  /** The socket is gone. */
  stop(): void {
    this.#over.abort();
    this.#cancel();
  }

  async #renew(token: string): Promise<void> {
    const { authentication, applicant } = this.#options;
    const verdict = await authentication.ask({ ...applicant, token }, this.#over.signal);
    this.#asking = false;
    if (this.#over.signal.aborted) return;
    if ("refusal" in verdict) this.#refuse(verdict.refusal);
    else if (verdict.vouched.user?.id !== this.#options.member.user?.id)
      this.#refuse(SOMEBODY_ELSE);
    else this.#take(verdict);
  }

  #take({ vouched, expires }: CheckedAccess): void {
    const { room, member, session, stats, wallNow } = this.#options;
    stats.renewed++;
    this.#watch(expires);
    room.vouch(member, vouched);
    const ttlSeconds = secondsUntil(expires, wallNow());
    session.send(new OutgoingEvent("renewed", ttlSeconds === undefined ? {} : { ttlSeconds }));
  }

  #refuse(refusal: Refusal): void {
    this.#options.stats.notRenewed++;
    this.#options.session.send(new OutgoingEvent("notRenewed", refusal));
  }

  #watch(expires: number): void {
    this.#cancel();
    if (expires === Number.POSITIVE_INFINITY) return;
    const { clock, wallNow, room, member, session } = this.#options;
    const left = expires - wallNow();
    this.#cancel = clock.after(Math.max(0, Math.min(left, LONGEST_TIMER_MS)), () => {
      // Perhaps only a part of it is over, or the wall clock was set back.
      if (wallNow() < expires) return this.#watch(expires);
      session.end(EXPIRED);
      room.lost(member, session);
    });
  }
}
