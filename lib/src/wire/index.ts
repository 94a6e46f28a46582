export * from "./ack-vector.ts";
export * from "./chunks.ts";
export * from "./codes.ts";
export * from "./cursor.ts";
export * from "./entry.ts";
export * from "./envelope.ts";
export * from "./frame.ts";
export type { LatestBody } from "./latest.ts";
export * from "./order.ts";
export {
  type BatchSample,
  MAX_BATCH_SAMPLES,
  MAX_SAMPLE_GAP_MS,
  TIME_RANGE_MS,
} from "./samples.ts";
export * from "./value.ts";
