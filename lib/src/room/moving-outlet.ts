/** The way out of what changes all the time: as often as each receiver wants it, and only what it wants. */
import { LATEST_LIMIT_BYTES } from "../path/server.ts";
import { surfaceOfFrame } from "../signaling/interest.ts";
import type { CursorOutlet } from "./cursor-sender.ts";
import type { Member } from "./member.ts";
import { SLOWEST_PACE } from "./pace.ts";
import type { RoomParts } from "./parts.ts";

/** Above this share of what may wait on its way, things are told less often … */
const LOADED_FROM = 1 / 2;
/** … half as often with each further share of it. */
const LOAD_PER_PACE = 1 / 16;

/** The pace of a receiver that asked for `asked`, and whose path is this full: 1, and it takes no more. */
export function paceAt(asked: number, load: number): number {
  const loaded = Math.ceil((load - LOADED_FROM) / LOAD_PER_PACE);
  return Math.min(SLOWEST_PACE, Math.max(asked, loaded));
}

export class MovingOutlet implements CursorOutlet<Member> {
  readonly #room: Pick<RoomParts, "mesh" | "outlet" | "server">;

  constructor(room: Pick<RoomParts, "mesh" | "outlet" | "server">) {
    this.#room = room;
  }

  receivers(): readonly Member[] {
    return this.#room.outlet.receivers();
  }

  pace({ asked, link }: Member): number {
    const { mesh, server } = this.#room;
    const least = Math.max(asked, mesh.pace);
    return paceAt(least, link.load ?? server.buffered / LATEST_LIMIT_BYTES);
  }

  /** Over data channels no cursors go that the peer does not want; on the server path the server sees to it. */
  latest(frame: Uint8Array, members: readonly Member[]): void {
    const surface = surfaceOfFrame(frame) ?? null;
    const isWanted = ({ link, surfaces }: Member) =>
      link.path === "server" || surfaces === null || surface === null || surfaces.includes(surface);
    const links = members.filter(isWanted).map(({ link }) => link);
    this.#room.outlet.fanout.latest(frame, links);
  }

  reliable(entry: Uint8Array): boolean {
    return this.#room.outlet.reliable(entry);
  }
}
