import eye from "lucide:eye";
import x from "lucide:x";
import type { Board } from "../board/board.ts";
import { html } from "../page.ts";
import { type DemoRoom, nameOf } from "../room/presence.ts";
import { drawIcon } from "../tools/icons.ts";
import { announce } from "./news.ts";

/** Seeing what somebody else sees: a frame in their colour while it lasts, with a way out. */
export function showFollowing(pane: HTMLElement, board: Board, room: DemoRoom): void {
  const { following } = board;
  const name = html("b", "following-name");
  const end = html("button", "following", drawIcon(eye), name, drawIcon(x));
  end.type = "button";
  end.hidden = true;
  end.addEventListener("click", () => {
    following.stop();
    board.element.focus({ preventScroll: true });
  });
  pane.append(end);
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape") following.stop();
  });

  const show = (): void => {
    const peer = room.getSnapshot().peers.find(({ id }) => id === following.following);
    pane.toggleAttribute("data-following", peer !== undefined);
    end.hidden = peer === undefined;
    if (peer === undefined) return;
    name.textContent = nameOf(peer);
    end.setAttribute("aria-label", `Following ${nameOf(peer)}, stop`);
    pane.style.setProperty("--followed", peer.color);
  };
  let before: string | null = null;
  following.onChange(() => {
    show();
    const peer = room.getSnapshot().peers.find(({ id }) => id === following.following);
    if (peer !== undefined) announce(`Following ${nameOf(peer)}. Escape ends it.`);
    else if (before !== null) announce("You follow nobody now.");
    before = following.following;
  });
  room.watch(({ peers }) => peers, show);
}
