export {
  type AttachedCursors,
  attachCursors,
  type CursorsOptions,
} from "./attach.ts";
export type { Coordinates } from "./coordinates.ts";
