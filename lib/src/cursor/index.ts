export { type AttachedCursors, attachCursors } from "./attach.ts";
export type { Coordinates } from "./coordinates.ts";
export type { CursorsOptions } from "./options.ts";
