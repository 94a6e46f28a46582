/** Where each bead of the flock is: the newest move wins, and everybody agrees which that is. */
import type { Point } from "../board/camera.ts";

/**
 * `version`: one more than the newest this mover knew, modulo 2³², and 0 for what was never moved;
 * equal ones go by who moved it.
 */
export interface Place extends Point {
  readonly version: number;
  readonly by: string;
}

/** The mark, drawn large: the lead first, then the two wings, outwards. */
export const BEADS = [
  { x: -128, y: -100, radius: 25 },
  { x: -58, y: -72, radius: 18 },
  { x: -100, y: -30, radius: 18 },
  { x: 12, y: -44, radius: 16 },
  { x: -72, y: 40, radius: 16 },
  { x: 82, y: -16, radius: 14 },
  { x: -44, y: 110, radius: 14 },
] as const;

/** What holds the beads together, as their numbers: one wing's tip, the lead, the other's. */
export const THREAD = [5, 3, 1, 0, 2, 4, 6] as const;

const FAR = 8_000;

export class Places {
  readonly #places: Place[] = BEADS.map(({ x, y }) => ({ x, y, version: 0, by: "" }));

  at(bead: number): Place {
    const place = this.#places[bead];
    if (place === undefined) throw new Error(`There is no bead ${bead}.`);
    return place;
  }

  /** One's own move, as it is to be sent. */
  move(bead: number, { x, y }: Point, by: string): Place {
    const place = {
      x: Math.round(clamp(x) * 10) / 10,
      y: Math.round(clamp(y) * 10) / 10,
      version: next(this.at(bead).version),
      by,
    };
    this.#places[bead] = place;
    return place;
  }

  /** Somebody's move. False: it is older than what is known, or none at all. */
  take(bead: number, data: unknown): boolean {
    const known = this.#places[bead];
    const place = readPlace(data);
    if (known === undefined || place === null || !isNewer(place, known)) return false;
    this.#places[bead] = place;
    return true;
  }

  /** All that were ever moved, by their number: for a newcomer. */
  moved(): Record<number, Place> {
    return Object.fromEntries([...this.#places.entries()].filter(([, { version }]) => version > 0));
  }
}

function next(version: number): number {
  return (version + 1) >>> 0 || 1;
}

/** Serial numbers (RFC 1982): after every one comes another, so that nobody can claim the last. */
function isNewer(one: Place, other: Place): boolean {
  if (one.version === other.version) return one.by > other.by;
  return other.version === 0 || ((one.version - other.version) | 0) > 0;
}

/** Others may run other programs. */
function readPlace(data: unknown): Place | null {
  const { x, y, version, by } = (data ?? {}) as Partial<Record<keyof Place, unknown>>;
  if (typeof x !== "number" || typeof y !== "number" || typeof by !== "string") return null;
  if (!Number.isFinite(x) || !Number.isFinite(y) || by.length > 64) return null;
  if (typeof version !== "number" || version >>> 0 !== version || version === 0) return null;
  return { x: clamp(x), y: clamp(y), version, by };
}

const clamp = (value: number): number => Math.min(FAR, Math.max(-FAR, value));
