import { joinRoom } from "skein";
import { beat } from "./heartbeat.ts";
import { find, prefersStillness } from "./page.ts";
import { showPane } from "./pane.ts";
import { type DemoRoom, type DemoTypes, isVisitor } from "./presence.ts";

/** As long as the fold in style.css takes, in milliseconds. */
const FOLD_MS = 620;

/** How long one has to be alone before the second pane returns, in milliseconds: others may reload. */
const ALONE_MS = 4_000;

interface Beside {
  readonly room: DemoRoom;
  readonly undo: () => void;
}

/**
 * Nobody should see an empty room first: while no other visitor is here, a second pane stands beside
 * the first, with a peer of its own. It folds away when somebody comes.
 */
export class Company {
  readonly #stage = find("#stage", HTMLElement);
  readonly #pane = find("#pane-beside", HTMLElement);
  readonly #room: DemoRoom;
  readonly #name: string;
  #beside: Beside | null = null;
  #returning: ReturnType<typeof setTimeout> | undefined;

  /** `certainlyAlone`: the room is new, so the second pane need not wait for the answer. */
  constructor(room: DemoRoom, name: string, certainlyAlone: boolean) {
    this.#room = room;
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
    const undoBeat = beat(room);
    const undoPane = showPane(this.#pane, room);
    this.#beside = {
      room,
      undo: () => {
        undoBeat();
        undoPane();
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
}
