import type { Peer, Room } from "skein";
import type { Beat } from "../cable/tally.ts";
import type { Place } from "../flock/places.ts";
import type { InkChunk } from "../ink/stroke.ts";

/** What everybody in the demo says about themselves, and to each other. */
export interface DemoTypes {
  presence: {
    name: string;
    /** The second pane of a page that nobody else has joined yet: not a visitor. */
    beside?: boolean;
    /** They have cut their cable: what the others see is the server path. */
    cut?: boolean;
  };
  messages: {
    /** Numbered from 1, or where the receiver's count begins: measure.ts counts what arrives. */
    count: { number: number } | { from: number };
    /** A piece of a stroke, sent while it is drawn. */
    ink: InkChunk;
    /** A place on the board, in its units, where an emoji rises. */
    react: { emoji: string; x: number; y: number };
    /** For a newcomer: the beads that were ever moved, by number. */
    flock: Record<number, Place>;
  };
  latest: {
    beat: Beat;
    /** Under each bead's number as key. */
    bead: Place;
  };
}

export type DemoRoom = Room<DemoTypes>;
export type DemoPeer = Peer<DemoTypes>;

/** As long as the field for it takes; others may run other programs. */
export const MAX_NAME_LENGTH = 32;

/** A peer's name as text; what others send is typed by them, not by us. */
export function nameOf(peer: DemoPeer): string {
  const { name } = peer.presence as { name?: unknown };
  const text = typeof name === "string" ? name.slice(0, MAX_NAME_LENGTH).trim() : "";
  return text === "" ? "Somebody" : text;
}

export const isVisitor = (peer: DemoPeer): boolean => peer.presence.beside !== true;
