import pause from "lucide:pause";
import play from "lucide:play";
import { joinRoom } from "skein";
import { Board } from "../board/board.ts";
import { beat } from "../cable/heartbeat.ts";
import { find, prefersStillness } from "../page.ts";
import { type DemoRoom, type DemoTypes, isVisitor } from "../room/presence.ts";
import { drawIcon } from "../tools/icons.ts";
import { iconButton } from "../tools/toolbar.ts";
import type { Tools } from "../tools/tools.ts";
import { LEAD, moveHand, PLAYS } from "./hand.ts";

/** As long as the fold in stage.css takes, in milliseconds. */
const FOLD_MS = 620;

/** How long one has to be alone before the second pane returns, in milliseconds: others may reload. */
const ALONE_MS = 4_000;

interface Beside {
  readonly room: DemoRoom;
  readonly board: Board;
  /** Its hand lets go. */
  readonly rest: () => void;
  readonly undo: () => void;
}

/**
 * Nobody should see an empty room first: while no other visitor is here, a second pane stands beside
 * the first, with a peer of its own. Both cursors move by themselves until a hand takes them. It
 * folds away when somebody comes.
 */
export class Company {
  readonly #stage = find("#stage", HTMLElement);
  readonly #pane = find("#pane-beside", HTMLElement);
  readonly #sheet = find("#sheet-beside", HTMLElement);
  readonly #room: DemoRoom;
  readonly #own: Board;
  readonly #tools: Tools;
  readonly #name: string;
  #beside: Beside | null = null;
  #returning: ReturnType<typeof setTimeout> | undefined;

  /** `certainlyAlone`: the room is new, so the second pane need not wait for the answer. */
  constructor(room: DemoRoom, own: Board, tools: Tools, name: string, certainlyAlone: boolean) {
    this.#room = room;
    this.#own = own;
    this.#tools = tools;
    this.#name = name;
    if (certainlyAlone) this.#unfold();
    else if (room.getSnapshot().status !== "connected") {
      room
        .waitFor(({ status }) => status === "connected")
        .then(() => {
          if (this.#isAlone()) this.#unfold();
        });
    }
    room.watch(
      ({ peers }) => peers.some(isVisitor),
      () => this.#changed(),
    );
  }

  #isAlone(): boolean {
    return !this.#room.getSnapshot().peers.some(isVisitor);
  }

  #changed(): void {
    clearTimeout(this.#returning);
    if (!this.#isAlone()) this.#fold();
    else this.#returning = setTimeout(() => this.#unfold(), ALONE_MS);
  }

  #unfold(): void {
    if (this.#beside !== null) return;
    const room = joinRoom<DemoTypes>(this.#room.name, {
      presence: { name: this.#name, beside: true },
    });
    // It fails for the same reasons as the first, which says so on the page.
    room.ready.catch(() => {});
    const board = new Board(this.#sheet, room, this.#tools, "board-help");
    const undoBeat = beat(room);
    const undoHands = this.#moveHands(board, room);
    this.#beside = {
      room,
      board,
      rest: undoHands,
      undo: () => {
        undoBeat();
        board.remove();
      },
    };
    this.#pane.inert = false;
    this.#stage.setAttribute("data-panes", "2");
    // From here on by the attribute; it looks the same.
    document.documentElement.removeAttribute("data-fresh");
  }

  #fold(): void {
    const beside = this.#beside;
    if (beside === null) return;
    this.#beside = null;
    this.#pane.inert = true;
    this.#stage.setAttribute("data-panes", "1");
    beside.rest();
    void beside.room.leave();
    setTimeout(beside.undo, prefersStillness.matches ? 0 : FOLD_MS);
  }

  /** Both hands, with a button that rests them. */
  #moveHands(board: Board, room: DemoRoom): () => void {
    const stop = new AbortController();
    const { signal } = stop;
    /** Ends what each does, while it does it. */
    let guide: (() => void) | null = null;
    let stroll = (): void => {};
    const button = iconButton("Pause the cursor that moves by itself", "Pause", pause, () => {
      if (guide === null) begin();
      else {
        stroll();
        end();
      }
    });
    button.classList.add("pause");
    const label = (moving: boolean): void => {
      button.replaceChildren(drawIcon(moving ? pause : play));
      button.title = moving ? "Pause" : "Play";
      button.setAttribute(
        "aria-label",
        moving ? "Pause the cursor that moves by itself" : "Let the cursor move by itself",
      );
    };
    const end = (): void => {
      guide?.();
      guide = null;
      label(false);
    };
    const begin = (): void => {
      guide = moveHand(
        board,
        PLAYS.guide,
        { x: 250, y: -190 },
        {
          onRest: end,
          // The second peer leaves when somebody comes, so the bead is eased home from this side.
          onDrop: () => this.#own.flock.bringHome(LEAD),
        },
      );
      label(true);
    };
    find(".plate", HTMLElement, this.#sheet).append(button);
    label(false);

    // A hand of one's own takes over, also from what has not begun yet.
    const taken = { own: false, beside: false };
    for (const type of ["pointermove", "pointerdown", "keydown"] as const) {
      const takeOwn = (): void => {
        taken.own = true;
        stroll();
      };
      const takeBeside = (): void => {
        taken.beside = true;
        if (guide !== null) end();
      };
      this.#own.element.addEventListener(type, takeOwn, { once: true, signal });
      board.element.addEventListener(type, takeBeside, { signal });
    }
    // Nothing is sent alone: they begin when both are there.
    const both = async (): Promise<void> => {
      await Promise.all([this.#room.ready, room.ready]);
      if (signal.aborted || prefersStillness.matches) return;
      if (!taken.beside) begin();
      if (!taken.own) stroll = moveHand(this.#own, PLAYS.stroll, { x: -260, y: -60 });
    };
    // Why there is no room is said elsewhere on the page.
    both().catch(() => {});
    return () => {
      stop.abort();
      stroll();
      end();
      button.remove();
    };
  }
}
