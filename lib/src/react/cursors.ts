import {
  createElement,
  type HTMLAttributes,
  type ReactElement,
  type ReactNode,
  useCallback,
  useRef,
} from "react";
import { type AttachedCursors, attachCursors, type CursorsOptions } from "../cursor/index.ts";
import { useNewestValue } from "./newest.ts";
import { useRoom } from "./provider.ts";
import { type Target, useTarget } from "./target.ts";

export interface CursorsProps
  extends CursorsOptions,
    Omit<HTMLAttributes<HTMLDivElement>, keyof CursorsOptions> {
  /**
   * The element that the cursors are over, or a ref to it; null while it is not there. It may come
   * later, and be made anew. Without one this makes a `div` around its children, which takes
   * `className`, `style` and whatever else a `div` takes.
   */
  readonly target?: Target;
  /** Is given what `attachCursors` returns, for `remap()` after a pan or zoom of one's own. */
  readonly attached?: { current: AttachedCursors | null };
}

/**
 * The others' cursors over an element, and one's own pointer on it sent to them. It renders once:
 * what moves is drawn past React. Options are those of `attachCursors`; functions and texts among them
 * may be written inline, the newest is the one that counts.
 */
export function Cursors(props: CursorsProps): ReactElement | null {
  const { target, attached, surface, coordinates, mode, chat, edges, render, children, ...rest } =
    props;
  const room = useRoom();
  const own = useRef<HTMLDivElement>(null);
  const newest = useNewestValue({ coordinates, chat, edges, render });
  // What attaches anew: a change of kind, not of the functions within.
  const coordinatesKind = typeof coordinates === "object" ? "own" : coordinates;
  // JSON has no functions: what is left of an object are its figures.
  const edgesKind = typeof edges === "object" ? JSON.stringify(edges) : edges;
  const hasReveal = typeof edges === "object" && edges.reveal !== undefined;
  const chatKind = typeof chat === "object" ? "own" : chat;
  const hasRender = render !== undefined;
  const attach = useCallback(
    (element: HTMLElement | null) => {
      if (element === null) return undefined;
      const options: { -readonly [K in keyof CursorsOptions]: CursorsOptions[K] } = {};
      if (surface !== undefined) options.surface = surface;
      if (mode !== undefined) options.mode = mode;
      if (chatKind === "own") options.chat = newestTexts(newest);
      else if (chatKind !== undefined) options.chat = chatKind;
      if (hasRender) {
        options.render = (peer) => {
          const { render } = newest.current;
          if (render === undefined) throw new Error("render was taken away");
          return render(peer);
        };
      }
      if (coordinatesKind === "own") options.coordinates = newestMapping(newest);
      else if (coordinatesKind !== undefined) options.coordinates = coordinatesKind;
      if (typeof edgesKind === "string") {
        const reveal: Edges["reveal"] = (peer, point) => {
          const { edges } = newest.current;
          if (typeof edges === "object") edges.reveal?.(peer, point);
        };
        options.edges = { ...JSON.parse(edgesKind), ...(hasReveal && { reveal }) };
      } else if (edgesKind !== undefined) options.edges = edgesKind;

      const cursors = attachCursors(room, element, options);
      if (attached !== undefined) attached.current = cursors;
      return () => {
        if (attached?.current === cursors) attached.current = null;
        cursors();
      };
    },
    [
      room,
      attached,
      surface,
      coordinatesKind,
      mode,
      chatKind,
      edgesKind,
      hasReveal,
      hasRender,
      newest,
    ],
  );
  useTarget(target, attach, own);
  if (target !== undefined) return null;
  const div = { ...rest, ref: own };
  // Text that is all there is in an element is set as its content, over whatever else is in it.
  return isText(children)
    ? createElement("div", div, children, null)
    : createElement("div", div, children);
}

const isText = (children: ReactNode): boolean =>
  typeof children === "string" || typeof children === "number" || typeof children === "bigint";

interface Newest {
  readonly current: { readonly coordinates: unknown; readonly chat: unknown };
}
type OwnMapping = Exclude<NonNullable<CursorsOptions["coordinates"]>, string>;
type Edges = Exclude<NonNullable<CursorsOptions["edges"]>, boolean>;
type Texts = Exclude<NonNullable<CursorsOptions["chat"]>, boolean>;

function newestMapping(newest: Newest): OwnMapping {
  const mapping = () => newest.current.coordinates as OwnMapping;
  return {
    toShared: (point, size) => mapping().toShared(point, size),
    fromShared: (point, size) => mapping().fromShared(point, size),
  };
}

/** They are read when the line is opened. */
function newestTexts(newest: Newest): Texts {
  const texts = () => Object(newest.current.chat) as Texts;
  return {
    get label() {
      return texts().label;
    },
    get placeholder() {
      return texts().placeholder;
    },
  } as Texts;
}
