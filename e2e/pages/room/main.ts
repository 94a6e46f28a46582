/** A page with nothing but the library, for tests to drive. */
import { createRoom, joinRoom, type Room, type RoomTypes, SkeinError } from "skein";
import { attachCursors, followView, type ViewFollowing } from "skein/cursors";

export interface Driven {
  readonly joinRoom: typeof joinRoom;
  readonly createRoom: typeof createRoom;
  readonly attachCursors: typeof attachCursors;
  readonly followView: typeof followView;
  readonly SkeinError: typeof SkeinError;
  /** The room that a test keeps between two calls. */
  room: Room<RoomTypes> | undefined;
  /** Kept in the same way. */
  views: ViewFollowing | undefined;
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
  followView,
  SkeinError,
  room: undefined,
  views: undefined,
  log: [],
};
Object.assign(window, { skein: driven });
document.body.dataset["ready"] = "";
