/** The way out to several members at once: by their links, and uploaded once for many of them. */
import { Fanout } from "../link/fanout.ts";
import type { Link } from "../link/link.ts";
import type { Lane } from "../path/path.ts";
import type { ServerPath } from "../path/server.ts";
import { addressing } from "./addressing.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";

export class Outlet {
  readonly fanout: Fanout;
  readonly #members: Members;
  readonly #server: ServerPath;

  constructor(members: Members, server: ServerPath) {
    this.#members = members;
    this.#server = server;
    this.fanout = new Fanout((ids, frame, lane) => this.#upload(ids, frame, lane));
  }

  get links(): Link[] {
    return this.receivers().map(({ link }) => link);
  }

  /** Those who are told anything. */
  receivers(): readonly Member[] {
    return [...this.#members].filter(({ isBlocked }) => !isBlocked);
  }

  /** To everybody. False when there is no room for it now. */
  reliable(entry: Uint8Array): boolean {
    const { links } = this;
    const room = this.fanout.makeRoom(links, entry.length);
    if (room) this.fanout.all([entry], links, () => {});
    return room;
  }

  /** Uploads once, naming whichever is shorter: who shall get it, or who shall not. */
  #upload(ids: readonly string[], frame: Uint8Array, lane: Lane): boolean {
    const { only, handles } = addressing(this.#members, ids, lane);
    return only
      ? this.#server.toOnly(handles, frame, lane)
      : this.#server.toAllBut(handles, frame, lane);
  }
}
