export { type AttachedCursors, attachCursors } from "./attach.ts";
export type { ChatTexts } from "./chat/chat-input.ts";
export type { Coordinates } from "./coordinates.ts";
export type { CursorsOptions, EdgeOptions } from "./options.ts";
export type { CursorState, RenderCursor, Renderer } from "./overlay/renderer.ts";
