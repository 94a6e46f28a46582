import type { Point } from "../board/camera.ts";
import { svg } from "../page.ts";
import type { DemoRoom } from "../room/presence.ts";
import { outlineOf } from "./outline.ts";
import { encode, type InkPoint, PLAYBACK_MS, readChunk, Stroke } from "./stroke.ts";

/** How long a lifted stroke is on the board, in milliseconds: five seconds, the last of them fading. */
const STAY_MS = 5_000;
const FADE_MS = 800;

/** Between two chunks of a stroke, in milliseconds: nobody sees the steps, see PLAYBACK_MS. */
const CHUNK_MS = 40;

/** Somebody else's stroke that hears nothing for so long has ended, in ms: its hand may have left. */
const SILENCE_MS = 10_000;

/** Strokes on the board at one time; the oldest go first. */
const MAX_STROKES = 300;

/** Width of the pen, in pixels of the screen it is drawn on. */
const PEN_PX = 7;

interface Drawn {
  readonly stroke: Stroke;
  readonly path: SVGPathElement;
  /** "" for one's own. */
  readonly owner: string;
  points: number;
  heard: number;
}

/** A stroke in one's own hand. */
export interface Pen {
  /** `time`: milliseconds on the page's clock. */
  move(at: Point, time: number, pressure: number): void;
  lift(): void;
}

/** Everybody's ink on one board: drawn as it is sent, and gone five seconds after the pen is lifted. */
export class Ink {
  readonly #layer: SVGGElement;
  readonly #room: DemoRoom;
  readonly #growing = new Map<string, Drawn>();
  readonly #stop = new AbortController();
  #frame: number | null = null;
  #strokes = 0;

  constructor(layer: SVGGElement, room: DemoRoom) {
    this.#layer = layer;
    this.#room = room;
    const { signal } = this.#stop;
    room.onMessage("ink", ({ data, peer }) => this.#take(data, peer.id, peer.color), { signal });
    room.on("leave", ({ peer }) => this.#endAllOf(peer.id), { signal });
  }

  remove(): void {
    this.#stop.abort();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#layer.replaceChildren();
  }

  /** Puts the pen down. `zoom`: of the one who draws. */
  begin(zoom: number): Pen {
    const { self } = this.#room.getSnapshot();
    const color = self?.color ?? "#4d6069";
    const width = PEN_PX / zoom;
    let number = ++this.#strokes;
    let own: Drawn | null = null;
    let began = 0;
    let waiting: InkPoint[] = [];
    const say = (end: boolean): void => {
      if (waiting.length === 0 && !end) return;
      const chunk = { stroke: number, width, points: encode(waiting), ...(end && { end }) };
      waiting = [];
      try {
        void this.#room.send("ink", chunk);
      } catch {
        // Too much waits for somebody who is away: the stroke is one's own then.
      }
    };
    const timer = setInterval(() => say(false), CHUNK_MS);
    const finish = (): void => {
      say(true);
      own?.stroke.end();
      own = null;
    };
    return {
      move: ({ x, y }, time, pressure) => {
        if (own === null) {
          began = time;
          own = this.#add(`own ${number}`, "", color, width, 0, 0);
        }
        const point = { x, y, pressure, time: Math.max(0, time - began) };
        waiting.push(point);
        if (!own.stroke.add([point])) {
          // Goes on as another stroke, from here.
          finish();
          number = ++this.#strokes;
        }
        this.#wake();
      },
      lift: () => {
        clearInterval(timer);
        if (own !== null) finish();
        this.#wake();
      },
    };
  }

  #take(data: unknown, owner: string, color: string): void {
    const chunk = readChunk(data);
    if (chunk === null || document.hidden) return;
    const key = `${owner} ${chunk.stroke}`;
    const [first] = chunk.inked;
    let drawn = this.#growing.get(key);
    if (drawn === undefined) {
      if (first === undefined) return;
      drawn = this.#add(key, owner, color, chunk.width, first.time, PLAYBACK_MS);
    }
    drawn.heard = performance.now();
    drawn.stroke.add(chunk.inked);
    if (chunk.end === true) drawn.stroke.end();
    this.#wake();
  }

  #add(
    key: string,
    owner: string,
    color: string,
    width: number,
    firstTime: number,
    delay: number,
  ): Drawn {
    const now = performance.now();
    const path = svg("path", { class: "ink", fill: color });
    const stroke = new Stroke(width, firstTime, now, delay);
    const drawn = { stroke, path, owner, points: 0, heard: now };
    this.#growing.set(key, drawn);
    this.#layer.append(path);
    while (this.#layer.childElementCount > MAX_STROKES) this.#layer.firstElementChild?.remove();
    return drawn;
  }

  #endAllOf(id: string): void {
    for (const { owner, stroke } of this.#growing.values()) if (owner === id) stroke.end();
    this.#wake();
  }

  #wake(): void {
    this.#frame ??= requestAnimationFrame(this.#draw);
  }

  readonly #draw = (): void => {
    this.#frame = null;
    const now = performance.now();
    for (const [key, drawn] of this.#growing) {
      const { stroke, path, owner } = drawn;
      if (owner !== "" && now - drawn.heard > SILENCE_MS) stroke.end();
      const points = stroke.seen(now);
      const isDone = stroke.isDone(now);
      if (points.length !== drawn.points || isDone) {
        drawn.points = points.length;
        path.setAttribute("d", outlineOf(points, stroke.width, isDone));
      }
      if (isDone) {
        this.#growing.delete(key);
        void fade(path);
      }
    }
    if (this.#growing.size > 0) this.#wake();
  };
}

async function fade(path: SVGPathElement): Promise<void> {
  const fading = path.animate([{ opacity: 1 }, { opacity: 0 }], {
    delay: STAY_MS - FADE_MS,
    duration: FADE_MS,
    fill: "forwards",
    easing: "ease-in",
  });
  await fading.finished.catch(() => {});
  path.remove();
}
