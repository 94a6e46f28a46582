import type { CursorSample } from "skein";
import { prefersStillness } from "./page.ts";
import type { DemoRoom } from "./presence.ts";

/** How long a thread is seen behind its cursor, in milliseconds. */
const THREAD_MS = 1_100;

/** Remote cursors glide to their newest sample; their thread ends where the arrow is, not ahead of it. */
const GLIDE_MS = 70;

/** A pause or a leap between two points longer than this, in milliseconds, is not part of the thread. */
const BREAK_MS = 400;

const WIDTH_PX = 3;

interface Knot {
  readonly x: number;
  readonly y: number;
  readonly time: number;
}
interface Thread {
  color: string;
  delay: number;
  knots: Knot[];
}

/** Each cursor draws a thread behind it that fades. Points are fractions of the board. */
export class Threads {
  readonly #canvas: HTMLCanvasElement;
  readonly #threads = new Map<string, Thread>();
  readonly #stop = new AbortController();
  readonly #resized: ResizeObserver;
  #size = { width: 0, height: 0 };
  #frame: number | null = null;

  constructor(canvas: HTMLCanvasElement, board: HTMLElement, room: DemoRoom) {
    this.#canvas = canvas;
    const { signal } = this.#stop;
    this.#resized = new ResizeObserver(([entry]) => {
      if (entry !== undefined) this.#resize(entry.contentRect);
    });
    this.#resized.observe(canvas);

    board.addEventListener(
      "pointermove",
      (event) => {
        const self = room.getSnapshot().self;
        if (self === null || !event.isPrimary) return;
        const { left, top, width, height } = canvas.getBoundingClientRect();
        const at = (one: PointerEvent): Knot => ({
          x: (one.clientX - left) / width,
          y: (one.clientY - top) / height,
          time: event.timeStamp,
        });
        const samples = event.getCoalescedEvents?.() ?? [];
        this.#add(self.id, self.color, 0, (samples.length > 0 ? samples : [event]).map(at));
      },
      { signal },
    );
    room.on(
      "cursor",
      ({ peer, samples }) => this.#add(peer.id, peer.color, GLIDE_MS, samples.map(knotOf)),
      { signal },
    );
    room.on("leave", ({ peer }) => this.#threads.delete(peer.id), { signal });
  }

  remove(): void {
    this.#stop.abort();
    this.#resized.disconnect();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
  }

  #add(id: string, color: string, delay: number, knots: readonly Knot[]): void {
    if (prefersStillness.matches) return;
    const thread = this.#threads.get(id) ?? { color, delay, knots: [] };
    thread.color = color;
    thread.knots.push(...knots);
    this.#threads.set(id, thread);
    this.#frame ??= requestAnimationFrame(this.#draw);
  }

  #resize({ width, height }: { width: number; height: number }): void {
    this.#size = { width, height };
    this.#canvas.width = Math.round(width * devicePixelRatio);
    this.#canvas.height = Math.round(height * devicePixelRatio);
  }

  readonly #draw = (now: number): void => {
    this.#frame = null;
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const { width, height } = this.#size;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    // Flat ends meet; round ones would overlap and show as beads where the thread is faint.
    context.lineCap = "butt";
    let alive = false;
    for (const { color, delay, knots } of this.#threads.values()) {
      const end = now - delay;
      const dead = knots.findIndex(({ time }) => end - time < THREAD_MS);
      knots.splice(0, dead === -1 ? knots.length : Math.max(0, dead - 1));
      if (knots.length > 1) alive = true;
      context.strokeStyle = color;
      // Through the middles of neighbouring knots, bent towards the knot between them.
      for (const [index, knot] of knots.entries()) {
        const before = knots[index - 1];
        const after = knots[index + 1];
        if (before === undefined || after === undefined || after.time > end) continue;
        if (after.time - before.time > BREAK_MS) continue;
        const life = 1 - (end - knot.time) / THREAD_MS;
        if (life <= 0) continue;
        context.globalAlpha = Math.min(1, life * 1.2) * 0.75;
        context.lineWidth = 0.6 + WIDTH_PX * life;
        context.beginPath();
        context.moveTo(((before.x + knot.x) / 2) * width, ((before.y + knot.y) / 2) * height);
        context.quadraticCurveTo(
          knot.x * width,
          knot.y * height,
          ((knot.x + after.x) / 2) * width,
          ((knot.y + after.y) / 2) * height,
        );
        context.stroke();
      }
    }
    context.globalAlpha = 1;
    if (alive) this.#frame = requestAnimationFrame(this.#draw);
  };
}

const knotOf = ({ x, y, time }: CursorSample): Knot => ({ x, y, time });
