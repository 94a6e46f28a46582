import { createElement, type HTMLAttributes, type ReactElement, useEffect, useRef } from "react";
import { type AttachedCursors, attachCursors, type CursorsOptions } from "../cursor/index.ts";
import { useNewestValue } from "./newest.ts";
import { useRoom } from "./provider.ts";
import { elementOf, type Target } from "./target.ts";

export interface CursorsProps
  extends CursorsOptions,
    Omit<HTMLAttributes<HTMLDivElement>, keyof CursorsOptions> {
  /**
   * The element that the cursors are over, or a ref to it; null while it is not there. Without one
   * this makes a `div` around its children, which takes `className`, `style` and whatever else a
   * `div` takes.
   */
  readonly target?: Target;
  /** Is given what `attachCursors` returns, for `refresh()` after a pan or zoom of one's own. */
  readonly attached?: { current: AttachedCursors | null };
}

/**
 * The others' cursors over an element, and one's own pointer on it sent to them. It renders once:
 * what moves is drawn past React. Options are those of `attachCursors`; functions among them may be
 * written inline, the newest is the one that is called.
 */
export function Cursors(props: CursorsProps): ReactElement | null {
  const { target, attached, surface, coordinates, mode, chat, edges, render, ...rest } = props;
  const room = useRoom();
  const own = useRef<HTMLDivElement>(null);
  const newest = useNewestValue({ coordinates, chat, edges, render });
  // What attaches anew: a change of kind, not of the functions within.
  const coordinatesKind = typeof coordinates === "object" ? "own" : coordinates;
  const edgesKind = typeof edges === "object" ? "own" : edges;
  const hasChat = chat !== undefined && chat !== false;
  const hasRender = render !== undefined;
  useEffect(() => {
    const element = target === undefined ? own.current : elementOf(target);
    if (element === null) return;
    const options: { -readonly [K in keyof CursorsOptions]: CursorsOptions[K] } = {};
    if (surface !== undefined) options.surface = surface;
    if (mode !== undefined) options.mode = mode;
    if (hasChat) options.chat = newest.current.chat ?? true;
    if (hasRender) {
      options.render = (peer) => {
        const { render } = newest.current;
        if (render === undefined) throw new Error("render was taken away");
        return render(peer);
      };
    }
    if (coordinatesKind === "own") options.coordinates = followMapping(newest);
    else if (coordinatesKind !== undefined) options.coordinates = coordinatesKind;
    if (edgesKind === "own") {
      options.edges = {
        reveal: (peer, point) => {
          const { edges } = newest.current;
          if (typeof edges === "object") edges.reveal(peer, point);
        },
      };
    } else if (edgesKind !== undefined) options.edges = edgesKind;

    const cursors = attachCursors(room, element, options);
    if (attached !== undefined) attached.current = cursors;
    return () => {
      if (attached?.current === cursors) attached.current = null;
      cursors();
    };
  }, [
    room,
    target,
    attached,
    surface,
    coordinatesKind,
    mode,
    hasChat,
    edgesKind,
    hasRender,
    newest,
  ]);
  return target === undefined ? createElement("div", { ...rest, ref: own }) : null;
}

type OwnMapping = Exclude<NonNullable<CursorsOptions["coordinates"]>, string>;

function followMapping(newest: {
  readonly current: Pick<CursorsOptions, "coordinates"> | { coordinates: unknown };
}): OwnMapping {
  const mapping = () => newest.current.coordinates as OwnMapping;
  return {
    toShared: (point, size) => mapping().toShared(point, size),
    fromShared: (point, size) => mapping().fromShared(point, size),
  };
}
