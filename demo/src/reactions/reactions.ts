import type { Point } from "../board/camera.ts";
import { html, prefersStillness } from "../page.ts";
import type { DemoRoom } from "../room/presence.ts";

export const REACTIONS = [
  { emoji: "👋", name: "Wave" },
  { emoji: "❤️", name: "Heart" },
  { emoji: "🎉", name: "Party" },
  { emoji: "👏", name: "Applause" },
  { emoji: "😂", name: "Laughter" },
  { emoji: "🪿", name: "Goose" },
] as const;

/** How long one floats, in milliseconds. */
const FLOAT_MS = 2_400;

/** How far it rises, in units of the board, and how far it sways meanwhile. */
const RISE = 130;
const SWAY = 16;

/** In the air at one time; more are not told apart, and may be somebody's program. */
const MAX_FLOATING = 60;

const KNOWN: ReadonlySet<unknown> = new Set(REACTIONS.map(({ emoji }) => emoji));

/** Everybody's reactions on one board: they float up from where they were given. */
export class Reactions {
  readonly #world: HTMLElement;
  readonly #room: DemoRoom;
  readonly #undo: () => void;
  #given = 0;

  constructor(world: HTMLElement, room: DemoRoom) {
    this.#world = world;
    this.#room = room;
    this.#undo = room.onMessage("react", ({ data }) => {
      const { emoji, x, y } = (data ?? {}) as { emoji?: unknown; x?: unknown; y?: unknown };
      if (!KNOWN.has(emoji) || !Number.isFinite(x) || !Number.isFinite(y)) return;
      this.#float(emoji as string, { x: x as number, y: y as number });
    });
  }

  remove(): void {
    this.#undo();
  }

  give(emoji: string, { x, y }: Point): void {
    const at = { x: Math.round(x), y: Math.round(y) };
    this.#float(emoji, at);
    try {
      void this.#room.send("react", { emoji, ...at });
    } catch {
      // Too much waits for somebody who is away; a reaction is of the moment.
    }
  }

  #float(emoji: string, { x, y }: Point): void {
    if (document.hidden || this.#world.querySelectorAll(".reaction").length >= MAX_FLOATING) return;
    const mark = html("span", "reaction", emoji);
    mark.setAttribute("aria-hidden", "true");
    this.#world.append(mark);
    const lean = this.#given++ % 2 === 0 ? SWAY : -SWAY;
    const at = (rise: number, sway: number, scale: number) =>
      `translate(${x + sway}px, ${y - rise}px) translate(-50%, -50%) scale(${scale})`;
    const floating = mark.animate(
      prefersStillness.matches
        ? [
            { transform: at(30, 0, 1), opacity: 1 },
            { transform: at(30, 0, 1), opacity: 1, offset: 0.8 },
            { transform: at(30, 0, 1), opacity: 0 },
          ]
        : [
            { transform: at(0, 0, 0.3), opacity: 0 },
            { transform: at(RISE * 0.16, lean * 0.5, 1.15), opacity: 1, offset: 0.12 },
            { transform: at(RISE * 0.4, lean, 1), opacity: 1, offset: 0.4 },
            { transform: at(RISE * 0.75, -lean * 0.6, 1), opacity: 0.9, offset: 0.75 },
            { transform: at(RISE, 0, 0.9), opacity: 0 },
          ],
      { duration: FLOAT_MS, easing: "ease-out", fill: "both" },
    );
    void floating.finished.catch(() => {}).then(() => mark.remove());
  }
}
