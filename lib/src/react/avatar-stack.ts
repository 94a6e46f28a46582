import { createElement, type HTMLAttributes, type ReactElement } from "react";
import { DEFAULT_MAX, moreOf, mostOf, UNNAMED } from "../avatars/avatars.ts";
import { initialOf, nameOf } from "../cursor/name.ts";
import type { Peer, RoomTypes } from "../room/types.ts";
import { usePeers } from "./state.ts";

const SIZE_PX = 32;

export interface AvatarStackProps extends HTMLAttributes<HTMLUListElement> {
  /** Most avatars, 0 or more; who does not fit is counted in one more. Default 5. */
  readonly max?: number;
  /** Words that are read out, to translate them. */
  readonly texts?: AvatarTexts;
}

export interface AvatarTexts {
  /** Instead of a name, of somebody who gives none. Default `"Somebody without a name"`. */
  readonly unnamed?: string;
  /** How many do not fit: `(count) => ...`. Default `"3 more"` of three. */
  readonly more?: (count: number) => string;
}

interface Face {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly away: boolean;
}

const facesOf = (peers: readonly Peer<RoomTypes>[]): readonly Face[] =>
  peers.map((peer) => ({
    id: peer.id,
    name: nameOf(peer),
    color: peer.color,
    away: peer.activity !== "active",
  }));

const sameFaces = (a: readonly Face[], b: readonly Face[]): boolean =>
  a.length === b.length &&
  a.every((face, i) => {
    const other = b[i];
    return (
      face.id === other?.id &&
      face.name === other.name &&
      face.color === other.color &&
      face.away === other.away
    );
  });

/** Who else is here: a row of overlapping initials in each peer's colour, as a list to screen readers. */
export function AvatarStack({
  max = DEFAULT_MAX,
  texts: { unnamed = UNNAMED, more: inWords = moreOf } = {},
  style,
  ...rest
}: AvatarStackProps): ReactElement {
  const faces = usePeers<readonly Face[], RoomTypes>(facesOf, sameFaces);
  const most = mostOf(max);
  const more = faces.length - most;
  return createElement(
    "ul",
    { "aria-label": "Who is here", ...rest, style: { ...ROW, ...style } },
    faces.slice(0, most).map(({ id, name, color, away }, i) =>
      createElement(
        "li",
        {
          key: id,
          title: name || undefined,
          style: { ...FACE, ...overlap(i), background: color, opacity: away ? 0.5 : 1 },
        },
        createElement("span", { "aria-hidden": true }, initialOf(name) || "?"),
        createElement("span", { style: UNSEEN }, name || unnamed),
      ),
    ),
    more > 0 &&
      createElement(
        "li",
        { key: "more", style: { ...FACE, ...overlap(most), background: "#52525b" } },
        createElement("span", { "aria-hidden": true }, `+${more}`),
        createElement("span", { style: UNSEEN }, inWords(more)),
      ),
  );
}

const ROW = { display: "flex", margin: 0, padding: 0, listStyle: "none" } as const;
const FACE = {
  display: "grid",
  placeItems: "center",
  boxSizing: "border-box",
  width: SIZE_PX,
  height: SIZE_PX,
  borderRadius: "50%",
  border: "2px solid Canvas",
  color: "#fff",
  font: "600 13px/1 system-ui, sans-serif",
} as const;
/** Read out, not drawn. */
const UNSEEN = {
  position: "absolute",
  width: 1,
  height: 1,
  overflow: "hidden",
  clipPath: "inset(50%)",
  whiteSpace: "nowrap",
} as const;

const overlap = (index: number) => ({ marginInlineStart: index === 0 ? 0 : -8 });
