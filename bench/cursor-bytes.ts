/** What cursor samples cost on the server path, route or sender included. */
import {
  type CursorBatch,
  cursorBatches,
  encodeCursor,
  encodeRouted,
  encodeSent,
} from "../lib/src/wire/index.ts";
import type { MovementSample } from "./movement.ts";

export interface Cost {
  /** Samples in each batch. */
  readonly samples: number;
  /** Batches weighed: every run of that many samples that makes one batch. */
  readonly batches: number;
  /** Bytes of a batch. */
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
}

/** The size of the surface that fractions are of, in CSS pixels; pixels are sent when absent. */
export type Surface = { readonly width: number; readonly height: number } | undefined;

/** Any member's handle up to this costs one byte. */
const HANDLE = 100;

/** Weighs every run of `count` samples, not only every count-th one: the worst is among them. */
export function weigh(
  recorded: readonly MovementSample[],
  count: number,
  surface?: Surface,
): Cost & { readonly worst: CursorBatch | undefined } {
  const samples = recorded.map(({ x, y, time, pressed }) => ({
    x: surface ? x / surface.width : x,
    y: surface ? y / surface.height : y,
    time,
    pressed,
    pointerType: "mouse" as const,
    frame: "",
  }));
  const sizes: number[] = [];
  let worst: { readonly batch: CursorBatch; readonly bytes: number } | undefined;
  for (let from = 0; from + count <= samples.length; from++) {
    const [batch, ...others] = cursorBatches(samples.slice(from, from + count), from % 256);
    // A click or a pause in between: nobody would send these together.
    if (batch === undefined || others.length > 0) continue;
    const frame = encodeCursor(batch);
    const bytes = Math.max(
      encodeSent(HANDLE, frame).length,
      encodeRouted({ kind: "others" }, frame).length,
    );
    sizes.push(bytes);
    if (bytes > (worst?.bytes ?? 0)) worst = { batch, bytes };
  }
  sizes.sort((a, b) => a - b);
  return {
    samples: count,
    batches: sizes.length,
    mean: sizes.reduce((sum, bytes) => sum + bytes, 0) / sizes.length,
    p99: sizes[Math.floor(sizes.length * 0.99)] ?? Number.NaN,
    max: sizes.at(-1) ?? Number.NaN,
    worst: worst?.batch,
  };
}
