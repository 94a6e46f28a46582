import { type TrackedCursors, trackCursors } from "skein/cursors";
import { prefersStillness } from "../page.ts";
import type { DemoRoom, DemoTypes } from "../room/presence.ts";
import type { Camera, Point } from "./camera.ts";
import { isOtherSize } from "./ground.ts";

/** How long a trail is seen behind its cursor, in milliseconds. */
const TRAIL_MS = 700;

/** From one frame to the next a hand goes no further, in units of the board: that is a leap. */
const LEAP = 240;

const WIDTH_PX = 2.6;

interface Knot extends Point {
  readonly time: number;
}
interface Trail {
  color: string;
  readonly knots: Knot[];
}

/** Each remote cursor draws a thread behind it that fades: from where it was drawn, so it ends there. */
export class Trails {
  readonly #canvas: HTMLCanvasElement;
  readonly #camera: Camera;
  readonly #trails = new Map<string, Trail>();
  readonly #tracked: TrackedCursors<DemoTypes>;
  #frame: number | null = null;
  /** On the clock of animation frames, in milliseconds. */
  #painted = 0;

  /** `toBoard`: from what cursors share to units of the board. */
  constructor(
    canvas: HTMLCanvasElement,
    camera: Camera,
    room: DemoRoom,
    toBoard: (shared: Point) => Point,
  ) {
    this.#canvas = canvas;
    this.#camera = camera;
    this.#tracked = trackCursors(room, { toLocal: toBoard });
    this.#tracked.onWake(() => this.#wake());
    if (this.#tracked.active) this.#wake();
    // Of another size, they would be stretched until the next frame.
    camera.onChange(() => {
      if (isOtherSize(canvas, camera.size)) this.#paint(this.#painted);
    });
  }

  remove(): void {
    this.#tracked.stop();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
  }

  #wake(): void {
    if (!prefersStillness.matches) this.#frame ??= requestAnimationFrame(this.#draw);
  }

  readonly #draw = (now: number): void => {
    this.#frame = null;
    for (const { peer, x, y } of this.#tracked.read(now)) {
      const trail = this.#trails.get(peer.id) ?? { color: peer.color, knots: [] };
      trail.color = peer.color;
      const last = trail.knots.at(-1);
      if (last?.x !== x || last.y !== y) trail.knots.push({ x, y, time: now });
      this.#trails.set(peer.id, trail);
    }
    for (const [id, { knots }] of this.#trails) {
      const dead = knots.findIndex(({ time }) => now - time < TRAIL_MS);
      knots.splice(0, dead === -1 ? knots.length : dead);
      if (knots.length === 0) this.#trails.delete(id);
    }
    this.#paint(now);
    if (this.#tracked.active || this.#trails.size > 0) this.#wake();
  };

  #paint(now: number): void {
    this.#painted = now;
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const { width, height } = this.#camera.size;
    if (isOtherSize(this.#canvas, this.#camera.size)) {
      this.#canvas.width = Math.round(width * devicePixelRatio);
      this.#canvas.height = Math.round(height * devicePixelRatio);
    }
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    // Flat ends meet; round ones would overlap and show as beads where the thread is faint.
    context.lineCap = "butt";
    for (const { color, knots } of this.#trails.values()) {
      context.strokeStyle = color;
      const placed = knots.map((knot) => this.#camera.toScreen(knot));
      // Through the middles of neighbouring knots, bent towards the knot between them.
      for (let index = 1; index < knots.length - 1; index++) {
        const [before, knot, after] = [knots[index - 1], knots[index], knots[index + 1]];
        const [from, via, to] = [placed[index - 1], placed[index], placed[index + 1]];
        if (!before || !knot || !after || !from || !via || !to) continue;
        if (Math.hypot(after.x - before.x, after.y - before.y) > LEAP) continue;
        const life = 1 - (now - knot.time) / TRAIL_MS;
        context.globalAlpha = Math.max(0, life) * 0.55;
        context.lineWidth = 0.6 + WIDTH_PX * life;
        context.beginPath();
        context.moveTo((from.x + via.x) / 2, (from.y + via.y) / 2);
        context.quadraticCurveTo(via.x, via.y, (via.x + to.x) / 2, (via.y + to.y) / 2);
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }
}
