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
import { moveHand, PLAYS } from "./hand.ts";

/** As long as the fold in stage.css takes, in milliseconds. */
const FOLD_MS = 620;

/** How long one has to be alone before the second pane returns, in milliseconds: others may reload. */
const ALONE_MS = 4_000;

interface Beside {
  readonly room: DemoRoom;
  readonly board: Board;
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
    const board = new Board(this.#pane, room, this.#tools, "board-help");
    const undoBeat = beat(room);
    const undoHands = this.#moveHands(board, room);
    this.#beside = {
      room,
      board,
      undo: () => {
        undoHands();
        undoBeat();
        board.remove();
      },
    };
    this.#pane.inert = false;
    this.#stage.setAttribute("data-panes", "2");
  }

  #fold(): void {
    const beside = this.#beside;
    if (beside === null) return;
    this.#beside = null;
    this.#pane.inert = true;
    this.#stage.setAttribute("data-panes", "1");
    void beside.room.leave();
    setTimeout(beside.undo, prefersStillness.matches ? 0 : FOLD_MS);
  }

  /** Both hands, with a button that rests them. */
  #moveHands(board: Board, room: DemoRoom): () => void {
    const stop = new AbortController();
    const { signal } = stop;
    let rest: (() => void)[] = [];
    const button = iconButton("Pause the cursor that moves by itself", "Pause", pause, () =>
      rest.length > 0 ? end() : begin(),
    );
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
      for (const each of rest) each();
      rest = [];
      label(false);
    };
    const begin = (): void => {
      rest = [moveHand(board, PLAYS.guide, { x: 250, y: -190 }, end)];
      label(true);
    };
    find(".plate", HTMLElement, this.#pane).append(button);
    label(false);
    if (!prefersStillness.matches) {
      // Nothing is sent alone: they begin when both are there.
      const ready = Promise.all([this.#room.ready, room.ready]);
      void ready.then(
        () => {
          if (signal.aborted) return;
          begin();
          const stroll = moveHand(this.#own, PLAYS.stroll, { x: -260, y: -60 });
          rest.push(stroll);
          // A hand of one's own takes over from it.
          for (const type of ["pointermove", "pointerdown", "keydown"] as const) {
            this.#own.element.addEventListener(type, stroll, { once: true, signal });
          }
        },
        () => {},
      );
    }
    for (const type of ["pointermove", "pointerdown", "keydown"] as const) {
      board.element.addEventListener(type, () => rest.length > 0 && end(), { signal });
    }
    return () => {
      stop.abort();
      end();
      button.remove();
    };
  }
}
