export {
  type AnnouncementTexts,
  type AnnounceOptions,
  announcePeers,
} from "./announce.ts";
export { type AttachedCursors, attachCursors } from "./attach.ts";
export type { ChatTexts } from "./chat/chat-input.ts";
export type { Coordinates, OwnCoordinates, Point, Size } from "./coordinates.ts";
export { followView, type ViewFollowing } from "./follow/follow.ts";
export type { FollowOptions } from "./follow/options.ts";
export type { FollowableView, ViewRect } from "./follow/view.ts";
export type { CursorsOptions, EdgeOptions } from "./options.ts";
export type { CursorState, RenderCursor, Renderer } from "./overlay/renderer.ts";
export type { Mode } from "./playback/modes.ts";
export {
  type TrackedCursor,
  type TrackedCursors,
  type TrackOptions,
  trackCursors,
} from "./track.ts";
