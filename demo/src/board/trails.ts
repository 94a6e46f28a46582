import type { CursorSample } from "skein";
import { prefersStillness } from "../page.ts";
import type { DemoRoom } from "../room/presence.ts";
import type { Camera, Point } from "./camera.ts";

/** How long a trail is seen behind its cursor, in milliseconds. */
const TRAIL_MS = 700;

/**
 * Remote cursors are played a little after their samples; their trail ends where the arrow is, not
 * ahead of it. In milliseconds.
 */
const BEHIND_MS = 90;

/** A pause between two points longer than this, in milliseconds, is not part of the trail. */
const BREAK_MS = 400;

const WIDTH_PX = 2.4;

interface Knot extends Point {
  readonly time: number;
}
interface Trail {
  color: string;
  knots: Knot[];
}

/** Each remote cursor draws a thread behind it that fades. */
export class Trails {
  readonly #canvas: HTMLCanvasElement;
  readonly #camera: Camera;
  readonly #trails = new Map<string, Trail>();
  readonly #stop = new AbortController();
  #frame: number | null = null;

  /** `toBoard`: a sample's place, in units of the board. */
  constructor(
    canvas: HTMLCanvasElement,
    camera: Camera,
    room: DemoRoom,
    toBoard: (sample: CursorSample) => Point,
  ) {
    this.#canvas = canvas;
    this.#camera = camera;
    const { signal } = this.#stop;
    room.on(
      "cursor",
      ({ peer, samples }) => {
        if (prefersStillness.matches || document.hidden) return;
        const knots = samples.map((sample) => ({ ...toBoard(sample), time: sample.time }));
        const trail = this.#trails.get(peer.id) ?? { color: peer.color, knots: [] };
        trail.color = peer.color;
        trail.knots.push(...knots);
        this.#trails.set(peer.id, trail);
        this.#frame ??= requestAnimationFrame(this.#draw);
      },
      { signal },
    );
    room.on("leave", ({ peer }) => this.#trails.delete(peer.id), { signal });
  }

  remove(): void {
    this.#stop.abort();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
  }

  readonly #draw = (now: number): void => {
    this.#frame = null;
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const { width, height } = this.#camera.size;
    const [wide, high] = [width, height].map((side) => Math.round(side * devicePixelRatio));
    if (this.#canvas.width !== wide) this.#canvas.width = wide ?? 0;
    if (this.#canvas.height !== high) this.#canvas.height = high ?? 0;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    // Flat ends meet; round ones would overlap and show as beads where the thread is faint.
    context.lineCap = "butt";
    const end = now - BEHIND_MS;
    let alive = false;
    for (const { color, knots } of this.#trails.values()) {
      const dead = knots.findIndex(({ time }) => end - time < TRAIL_MS);
      knots.splice(0, dead === -1 ? knots.length : Math.max(0, dead - 1));
      if (knots.length > 1) alive = true;
      context.strokeStyle = color;
      const placed = knots.map((knot) => this.#camera.toScreen(knot));
      // Through the middles of neighbouring knots, bent towards the knot between them.
      for (let index = 1; index < knots.length - 1; index++) {
        const [before, knot, after] = [knots[index - 1], knots[index], knots[index + 1]];
        const [from, via, to] = [placed[index - 1], placed[index], placed[index + 1]];
        if (!before || !knot || !after || !from || !via || !to || after.time > end) continue;
        if (after.time - before.time > BREAK_MS) continue;
        const life = 1 - (end - knot.time) / TRAIL_MS;
        if (life <= 0) continue;
        context.globalAlpha = life * 0.55;
        context.lineWidth = 0.6 + WIDTH_PX * life;
        context.beginPath();
        context.moveTo((from.x + via.x) / 2, (from.y + via.y) / 2);
        context.quadraticCurveTo(via.x, via.y, (via.x + to.x) / 2, (via.y + to.y) / 2);
        context.stroke();
      }
    }
    context.globalAlpha = 1;
    if (alive) this.#frame = requestAnimationFrame(this.#draw);
  };
}
