import { attachCursors } from "skein/cursors";
import { attachKeyboard } from "./keyboard.ts";
import { find } from "./page.ts";
import { type DemoRoom, nameOf } from "./presence.ts";
import { Threads } from "./threads.ts";

/** One board with everybody's cursors on it, seen by one peer. Returns its undo. */
export function showPane(pane: HTMLElement, room: DemoRoom): () => void {
  const board = find(".board", HTMLElement, pane);
  const name = find(".plate-name", HTMLElement, pane);
  const dot = find(".dot", HTMLElement, pane);
  const detach = attachCursors(room, board);
  const threads = new Threads(find("canvas", HTMLCanvasElement, pane), board, room);
  const undoKeyboard = attachKeyboard(room, board);

  const describe = (): void => {
    const { self } = room.getSnapshot();
    if (self === null) return;
    name.textContent = nameOf(self);
    dot.style.setProperty("--color", self.color);
    board.setAttribute("aria-label", `Board of ${nameOf(self)}`);
  };
  describe();
  const undoWatch = room.watch((snapshot) => snapshot.self, describe);

  return () => {
    undoWatch();
    undoKeyboard();
    threads.remove();
    detach();
  };
}
