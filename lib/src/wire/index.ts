export * from "./chunks.ts";
export * from "./codes.ts";
export * from "./cursor.ts";
export * from "./entry.ts";
export * from "./envelope.ts";
export * from "./frame.ts";
export type { LatestBody } from "./latest.ts";
export * from "./order.ts";
export * from "./value.ts";
