import type { Peer, Room } from "skein";
import type { Beat } from "./tally.ts";

/** What everybody in the demo says about themselves. */
export interface DemoTypes {
  presence: {
    name: string;
    /** The second pane of a page that nobody else has joined yet: not a visitor. */
    beside?: boolean;
    /** They have cut their cable: what the others see is the server path. */
    cut?: boolean;
  };
  /** Numbered from 1, or where the receiver's count begins: measure.ts counts what arrives. */
  messages: { count: { number: number } | { from: number } };
  latest: { beat: Beat };
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
