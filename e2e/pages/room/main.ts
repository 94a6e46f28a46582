/** A page with nothing but the library, for tests to drive. */
import { createRoom, joinRoom, type Room, type RoomTypes, SkeinError } from "skein";
import { attachCursors } from "skein/cursors";

export interface Driven {
  readonly joinRoom: typeof joinRoom;
  readonly createRoom: typeof createRoom;
  readonly attachCursors: typeof attachCursors;
  readonly SkeinError: typeof SkeinError;
  /** The room that a test keeps between two calls. */
  room: Room<RoomTypes> | undefined;
  /** Whatever a test gathers. */
  readonly log: unknown[];
}

declare global {
  interface Window {
    readonly skein: Driven;
  }
}

const driven: Driven = {
  joinRoom,
  createRoom,
  attachCursors,
  SkeinError,
  room: undefined,
  log: [],
};
Object.assign(window, { skein: driven });
document.body.dataset["ready"] = "";
