/** One stroke, as it is drawn and as it travels: in chunks, each the points since the one before. */
import type { Point } from "../board/camera.ts";

export interface InkPoint extends Point {
  /** 0 where the pointer has none to tell. */
  readonly pressure: number;
  /** Milliseconds since the stroke began. */
  readonly time: number;
}

/** What others are sent, as a message: `points` has four numbers for each point. */
export interface InkChunk {
  /** Of this sender's strokes, which; one more each time. */
  readonly stroke: number;
  /** Width of the pen, in units of the board. */
  readonly width: number;
  readonly points: readonly number[];
  /** The pen was lifted. */
  readonly end?: boolean;
}

/** A long stroke goes on as another: outlines are made anew for each frame while it grows. */
export const MAX_POINTS = 1_500;

/** More than a second of the fastest pen in a single chunk is somebody else's program. */
const MAX_CHUNK_POINTS = 512;
const MAX_WIDTH = 200;
const MAX_PLACE = 100_000;

/**
 * How long a stroke waits before it is drawn elsewhere, in milliseconds: chunks come in steps, and the
 * line is to grow as it was drawn.
 */
export const PLAYBACK_MS = 90;

const tenth = (value: number): number => Math.round(value * 10) / 10;

export function encode(points: readonly InkPoint[]): number[] {
  return points.flatMap(({ x, y, pressure, time }) => [
    tenth(x),
    tenth(y),
    Math.round(pressure * 100) / 100,
    Math.round(time),
  ]);
}

/** A chunk that can be drawn, else null. Others may run other programs. */
export function readChunk(data: unknown): (InkChunk & { inked: InkPoint[] }) | null {
  const { stroke, width, points, end } = (data ?? {}) as Partial<Record<keyof InkChunk, unknown>>;
  if (!Number.isSafeInteger(stroke) || !isWithin(width, 0, MAX_WIDTH)) return null;
  if (!Array.isArray(points) || points.length % 4 !== 0 || points.length > MAX_CHUNK_POINTS * 4)
    return null;
  const inked: InkPoint[] = [];
  for (let index = 0; index < points.length; index += 4) {
    const [x, y, pressure, time] = points.slice(index, index + 4) as unknown[];
    if (!isWithin(x, -MAX_PLACE, MAX_PLACE) || !isWithin(y, -MAX_PLACE, MAX_PLACE)) return null;
    if (!isWithin(pressure, 0, 1) || !isWithin(time, 0, 1e7)) return null;
    inked.push({ x, y, pressure, time });
  }
  return { stroke: stroke as number, width, points: points as number[], end: end === true, inked };
}

function isWithin(value: unknown, low: number, high: number): value is number {
  return typeof value === "number" && value >= low && value <= high;
}

/** The points of one stroke, and how many of them are to be seen at an instant. */
export class Stroke {
  readonly width: number;
  readonly #points: InkPoint[] = [];
  /** The instant at which the stroke's time 0 is drawn here, in milliseconds. */
  readonly #begin: number;
  #ended = false;

  /** `delay`: {@link PLAYBACK_MS} for somebody else's, 0 for one's own. */
  constructor(width: number, firstTime: number, now: number, delay: number) {
    this.width = width;
    this.#begin = now - firstTime + delay;
  }

  get length(): number {
    return this.#points.length;
  }
  get ended(): boolean {
    return this.#ended;
  }

  /** False: it is full, and takes no more. */
  add(points: readonly InkPoint[]): boolean {
    this.#points.push(...points.slice(0, MAX_POINTS - this.#points.length));
    return this.#points.length < MAX_POINTS;
  }

  end(): void {
    this.#ended = true;
  }

  seen(now: number): readonly InkPoint[] {
    const due = now - this.#begin;
    const last = this.#points.at(-1);
    if (last === undefined || last.time <= due) return this.#points;
    return this.#points.filter(({ time }) => time <= due);
  }

  /** Lifted, and all of it on the board. */
  isDone(now: number): boolean {
    return this.#ended && this.seen(now).length === this.#points.length;
  }
}
