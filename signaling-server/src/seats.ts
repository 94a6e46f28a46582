import type { Clock } from "../../lib/src/clock.ts";

/**
 * How long a freed seat stays empty, in milliseconds: whoever left it may come back at once (a
 * reload), and every change of seats costs its links a new negotiation.
 */
export const SEAT_REST_MS = 5_000;

interface Place {
  readonly id: string;
  readonly line: number;
  /** Ends the rest of a place whose member gave it up; undefined while the member has it. */
  cancelRest: (() => void) | undefined;
}

/**
 * Who may open WebRTC paths: the first `limit` in a line. Its member's own server chooses the place
 * of a newcomer, so that nobody who has a seat loses it, and the place goes with the member wherever
 * it is known: every node that knows the same members sees the same seats, and no owner of a room is
 * needed that could fail. A place that was given up stays in the line until it has rested.
 */
export class Seats {
  readonly #clock: Clock;
  readonly #restMs: number;
  readonly #onChange: (id: string, seat: boolean) => void;
  #limit: number;
  /** By place, ties broken by id. */
  readonly #line: Place[] = [];
  #seated = new Set<string>();

  /** `onChange` is called for everybody but the one that applies or gives up. */
  constructor(
    clock: Clock,
    limit: number,
    onChange: (id: string, seat: boolean) => void,
    restMs: number = SEAT_REST_MS,
  ) {
    this.#clock = clock;
    this.#limit = limit;
    this.#onChange = onChange;
    this.#restMs = restMs;
  }

  has(id: string): boolean {
    return this.#seated.has(id);
  }

  get limit(): number {
    return this.#limit;
  }

  set limit(limit: number) {
    this.#limit = limit;
    this.#settle();
  }

  /**
   * The place to apply for: `wished` (a join number) unless somebody would have to stand up for it;
   * then the end of the line, not before `now` in milliseconds.
   */
  placeFor(wished: number, now: number): number {
    const lastSeated = this.#limit > 0 ? this.#line[this.#limit - 1] : undefined;
    if (!lastSeated || wished > lastSeated.line) return wished;
    return Math.max((this.#line.at(-1)?.line ?? 0) + 1, now);
  }

  /** Takes a place in the line. True when there is a seat at it. Harmless when it is there already. */
  apply(id: string, line: number): boolean {
    const known = this.#line.find((place) => place.id === id);
    if (known && known.line === line && !known.cancelRest) return this.#seated.has(id);
    if (known) this.#drop(known);
    let at = this.#line.length;
    while (at > 0 && isBefore(id, line, this.#line[at - 1])) at--;
    this.#line.splice(at, 0, { id, line, cancelRest: undefined });
    this.#settle(id);
    return this.#seated.has(id);
  }

  /** Gives up the seat or the place in the line. True when it had a seat. */
  release(id: string): boolean {
    const place = this.#line.find((each) => each.id === id);
    if (!place || place.cancelRest) return false;
    const seated = this.#seated.has(id);
    if (seated) {
      place.cancelRest = this.#clock.after(this.#restMs, () => {
        this.#drop(place);
        this.#settle();
      });
    } else this.#drop(place);
    this.#settle(id);
    return seated;
  }

  close(): void {
    for (const { cancelRest } of this.#line) cancelRest?.();
    this.#line.length = 0;
    this.#seated.clear();
  }

  #drop(place: Place): void {
    place.cancelRest?.();
    const at = this.#line.indexOf(place);
    if (at >= 0) this.#line.splice(at, 1);
  }

  #settle(quiet?: string): void {
    const before = this.#seated;
    const first = this.#line.slice(0, this.#limit).filter(({ cancelRest }) => !cancelRest);
    this.#seated = new Set(first.map(({ id }) => id));
    for (const id of before) if (!this.#seated.has(id) && id !== quiet) this.#onChange(id, false);
    for (const id of this.#seated) if (!before.has(id) && id !== quiet) this.#onChange(id, true);
  }
}

function isBefore(id: string, line: number, other: Place | undefined): boolean {
  return other !== undefined && (line < other.line || (line === other.line && id < other.id));
}
