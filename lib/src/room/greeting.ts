/**
 * What somebody is told who was not there when it changed, or has forgotten: where the pointer is, and
 * how this tab is.
 */
import type { Clock } from "../clock.ts";
import type { Link } from "../link/link.ts";
import type { ServerPath } from "../path/server.ts";
import { encodeEntry } from "../wire/index.ts";
import type { Attention } from "./attention.ts";
import type { CursorSender } from "./cursor-sender.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import type { Outlet } from "./outlet.ts";

export class Greeting {
  readonly #clock: Clock;
  readonly #members: Members;
  readonly #server: ServerPath;
  readonly #outlet: Outlet;
  readonly #cursor: CursorSender<Member>;
  readonly #attention: Attention;

  constructor(
    clock: Clock,
    members: Members,
    server: ServerPath,
    outlet: Outlet,
    cursor: CursorSender<Member>,
    attention: Attention,
  ) {
    this.#clock = clock;
    this.#members = members;
    this.#server = server;
    this.#outlet = outlet;
    this.#cursor = cursor;
    this.#attention = attention;
  }

  /** Somebody is about to join, and will have this handle: what moves is shown to it already. */
  knocked(handle: number): void {
    const frame = this.#cursor.presentIfMoving();
    if (frame !== null) this.#server.toOne(handle, frame, "reliable");
  }

  /** We are new, to everybody. */
  showCursorToAll(): void {
    const frame = this.#members.size > 0 ? this.#cursor.present() : null;
    const blocked = [...this.#members].filter(({ isBlocked }) => isBlocked);
    const handles = blocked.map(({ info }) => info.handle);
    if (frame !== null) this.#server.toAllBut(handles, frame, "reliable");
  }

  /** A still cursor is there too. */
  showCursor(member: Member): void {
    if (member.isBlocked) return;
    const frame = this.#cursor.present();
    const hidden = this.#cursor.hiddenLately();
    if (frame !== null) this.#server.toOne(member.info.handle, frame, "reliable");
    else if (hidden !== null) this.#outlet.fanout.to([hidden], [member.link], () => {});
  }

  /** To whom nothing was told, a tab is active and wants to know all. */
  tellAttention({ link, isBlocked }: Member): void {
    if (this.#attention.isWorthTelling && !isBlocked) this.#tellAttention(link);
  }

  /** This tab is not as everybody was told. */
  attentionChanged(): void {
    this.#tellAttention();
  }

  /** To everybody or to one. */
  #tellAttention(one?: Link): void {
    const entries = [encodeEntry(this.#attention.entry)];
    const settle = (link: Link, missed: boolean) => {
      if (!missed) return;
      // Its link was reset, and this must not be lost with all else, or it has left.
      this.#clock.after(0, () => {
        if (this.#members.get(link.peerId)?.link === link) this.#tellAttention(link);
      });
    };
    if (one === undefined) this.#outlet.fanout.all(entries, this.#outlet.links, settle);
    else this.#outlet.fanout.to(entries, [one], settle);
  }
}
