/** How this tab is, noticed and told to the others; and what its page does. */
import type { Link } from "../link/link.ts";
import { encodeEntry } from "../wire/index.ts";
import { Attention } from "./attention.ts";
import type { Member } from "./member.ts";
import { type PageEvents, watchPage } from "./page.ts";
import type { RoomParts } from "./parts.ts";
import type { Activity } from "./types.ts";

export class Attending {
  readonly #room: RoomParts;
  readonly #attention: Attention;

  constructor(room: RoomParts) {
    this.#room = room;
    this.#attention = new Attention(room.clock, () => {
      room.telling.publish();
      this.#tell();
    });
  }

  get activity(): Activity {
    return this.#attention.activity;
  }

  /** Until its undo, which it returns. */
  start(page: PageEvents): () => void {
    const unwatch = watchPage(page);
    this.#attention.start();
    return () => {
      unwatch();
      this.#attention.stop();
    };
  }

  /** Something was told that changes all the time. */
  heard(): void {
    this.#attention.heard();
  }

  /** To whom nothing was told, a tab is active and wants to know all. */
  greet({ link, isBlocked }: Member): void {
    if (this.#attention.isWorthTelling && !isBlocked) this.#tell(link);
  }

  /** To everybody or to one. */
  #tell(one?: Link): void {
    const { clock, members, outlet } = this.#room;
    const entries = [encodeEntry(this.#attention.entry)];
    const settle = (link: Link, missed: boolean) => {
      if (!missed) return;
      // Its link was reset, and this must not be lost with all else, or it has left.
      clock.after(0, () => {
        if (members.get(link.peerId)?.link === link) this.#tell(link);
      });
    };
    if (one === undefined) outlet.fanout.all(entries, outlet.links, settle);
    else outlet.fanout.to(entries, [one], settle);
  }
}
