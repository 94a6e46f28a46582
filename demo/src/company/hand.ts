/**
 * A hand that moves by itself, so that nobody opens an empty page: it goes along the threads, draws a
 * loop, carries the lead bead a little and waves. Everything it does goes through the room as a
 * visitor's doings would.
 */
import type { Board } from "../board/board.ts";
import type { Point } from "../board/camera.ts";
import type { Pen } from "../ink/ink.ts";

/** One thing after the other; `at` gives the place at a share of the time. */
interface Act {
  readonly ms: number;
  readonly at: (share: number, from: Point) => Point;
  readonly doing?: "ink" | "bead";
  /** At its end an emoji rises. */
  readonly gives?: string;
}

const ease = (share: number): number => share * share * (3 - 2 * share);

/** Along an arc that leans to one side: hands do not move on straight lines. */
const to =
  (end: Point, lean: number): Act["at"] =>
  (share, from) => {
    const eased = ease(share);
    const [dx, dy] = [end.x - from.x, end.y - from.y];
    const bow = Math.sin(Math.PI * eased) * lean;
    return { x: from.x + dx * eased - dy * bow, y: from.y + dy * eased + dx * bow };
  };

/** A written loop, as one practises joined letters. */
const loops =
  (width: number, radius: number, turns: number): Act["at"] =>
  (share, from) => {
    const angle = share * turns * 2 * Math.PI;
    return {
      x: from.x + share * width + Math.sin(angle) * radius,
      y: from.y - (1 - Math.cos(angle)) * radius * (1 - share * 0.35),
    };
  };

const GUIDE: readonly Act[] = [
  { ms: 1_500, at: to({ x: 96, y: 92 }, 0.16) },
  { ms: 2_300, at: loops(150, 34, 3), doing: "ink" },
  { ms: 350, at: to({ x: 258, y: 80 }, 0) },
  { ms: 1_300, at: to({ x: -128, y: -100 }, -0.22) },
  { ms: 1_250, at: to({ x: -176, y: -148 }, 0.35), doing: "bead" },
  { ms: 1_250, at: to({ x: -128, y: -100 }, 0.35), doing: "bead" },
  { ms: 900, at: to({ x: 30, y: -130 }, -0.2), gives: "👋" },
  { ms: 2_600, at: (share, from) => drift(share, from) },
];

const STROLL: readonly Act[] = [
  { ms: 2_400, at: to({ x: 170, y: -110 }, 0.25) },
  { ms: 2_800, at: to({ x: 40, y: 150 }, -0.3) },
  { ms: 2_600, at: to({ x: -190, y: 60 }, 0.25) },
  { ms: 2_400, at: to({ x: -30, y: -20 }, -0.2) },
];

const drift = (share: number, from: Point): Point => ({
  x: from.x + Math.sin(share * 2 * Math.PI) * 18,
  y: from.y + Math.sin(share * 4 * Math.PI) * 9,
});

/** `guide` shows what there is; `stroll` only moves. */
export const PLAYS = { guide: GUIDE, stroll: STROLL } as const;

/** The bead that the guide carries, by number. */
export const LEAD = 0;

/** Moves that begin by themselves end by themselves, after so many rounds: then the hand rests. */
const ROUNDS = 2;

export interface HandEvents {
  /** It has had enough. */
  readonly onRest?: () => void;
  /** It was stopped while it carried the lead bead. */
  readonly onDrop?: () => void;
}

/** Returns its end: the hand lets go of everything. */
export function moveHand(
  board: Board,
  acts: readonly Act[],
  begin: Point,
  { onRest, onDrop }: HandEvents = {},
): () => void {
  let frame = 0;
  let act = 0;
  let from = begin;
  let since: number | null = null;
  let pen: Pen | null = null;
  let carries = false;

  const letGo = (): void => {
    pen?.lift();
    pen = null;
  };
  const stop = (): void => {
    cancelAnimationFrame(frame);
    letGo();
    if (carries) onDrop?.();
    carries = false;
  };
  const step = (now: number): void => {
    since ??= now;
    const { ms, at, doing, gives } = acts[act % acts.length] as Act;
    const share = Math.min(1, (now - since) / ms);
    const place = at(share, from);
    board.pointAt(place, doing !== undefined);
    if (doing === "ink") {
      pen ??= board.ink.begin(1);
      pen.move(place, now, 0);
    } else if (doing === "bead") board.flock.move(LEAD, place);
    carries = doing === "bead";
    if (share === 1) {
      letGo();
      if (gives !== undefined) board.reactions.give(gives, { x: place.x + 10, y: place.y - 16 });
      from = place;
      since = now;
      act++;
      if (act === acts.length * ROUNDS) {
        onRest?.();
        return;
      }
    }
    frame = requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
  return stop;
}
