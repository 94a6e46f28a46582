import { SkeinError } from "../../room/errors.ts";
import { callSafely } from "../../room/report.ts";
import type { Activity, Peer, PointerKind, RegisteredTypes, RoomTypes } from "../../room/types.ts";

/** What a cursor's look depends on, apart from its place and whose it is. */
export interface CursorState {
  readonly pressed: boolean;
  readonly pointerType: PointerKind;
  readonly activity: Activity;
  /** It has not moved for some seconds. */
  readonly resting: boolean;
  /**
   * The server vouches for names in this room, and not for this one: it might be anybody's. Mark it.
   */
  readonly unvouched: boolean;
  /** What the peer says beside its cursor; "" for nothing. */
  readonly chat: string;
}

/** An app's own drawing of one peer's cursor. */
export interface Renderer<T extends RoomTypes = RegisteredTypes> {
  /**
   * Its top left corner is put at the tip of the cursor. It stays in the page's own tree: the page's
   * styles reach it, and the overlay's do not.
   */
  readonly element: HTMLElement;
  /** The peer or the state changed, and once at the beginning. Not called for each movement. */
  update?(peer: Peer<T>, state: CursorState): void;
  /** The peer left, or the cursors were detached. The element is taken out of the page. */
  destroy?(): void;
}

export type RenderCursor<T extends RoomTypes = RegisteredTypes> = (peer: Peer<T>) => Renderer<T>;

/**
 * The app's drawing for a peer; null where it has none, or where what it made cannot be drawn: the
 * cursor then looks as usual.
 */
export function makeRenderer<T extends RoomTypes>(
  render: RenderCursor<T> | undefined,
  peer: Peer<T>,
): Renderer<T> | null {
  let made: Renderer<T> | null = null;
  callSafely(() => {
    if (render === undefined) return;
    const renderer = render(peer);
    if (renderer?.element?.nodeType !== 1) {
      throw new SkeinError(
        "bad-argument",
        "render returns { element }, an HTML element of its own.",
      );
    }
    made = renderer;
  });
  return made;
}
