/** Where the pointer is, for those who were not there when it moved, or have forgotten. */
import type { ServerPath } from "../path/server.ts";
import type { CursorSender } from "./cursor-sender.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import type { Outlet } from "./outlet.ts";

export class Greeting {
  readonly #members: Members;
  readonly #server: ServerPath;
  readonly #outlet: Outlet;
  readonly #cursor: CursorSender<Member>;

  constructor(members: Members, server: ServerPath, outlet: Outlet, cursor: CursorSender<Member>) {
    this.#members = members;
    this.#server = server;
    this.#outlet = outlet;
    this.#cursor = cursor;
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
}
