import type { Camera, Size } from "./camera.ts";
import { STRAND_COUNT, strandIn } from "./strands.ts";

/** Between two dots of the grid, in units of the board, at zoom 1; twice or half of it at others. */
const GRID = 40;
/** Closer dots than this many pixels are noise. */
const NEAREST_DOTS_PX = 26;
/** Between two points of a strand, in pixels. */
const STRAND_STEP_PX = 6;

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** What lies under everything: dots, so that panning is seen, and the threads. */
export class Ground {
  readonly #canvas: HTMLCanvasElement;
  readonly #camera: Camera;
  #frame: number | null = null;
  #colors = { dot: "", strand: "", lead: "" };

  constructor(canvas: HTMLCanvasElement, camera: Camera) {
    this.#canvas = canvas;
    this.#camera = camera;
    this.#readColors();
    DARK.addEventListener("change", this.#readColors);
    camera.onChange(this.#wake);
  }

  remove(): void {
    DARK.removeEventListener("change", this.#readColors);
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
  }

  readonly #readColors = (): void => {
    const style = getComputedStyle(this.#canvas);
    const read = (name: string) => style.getPropertyValue(name).trim();
    this.#colors = { dot: read("--dot"), strand: read("--strand"), lead: read("--bill") };
    this.#wake();
  };

  readonly #wake = (): void => {
    // Of another size, it would be stretched until the next frame.
    if (isOtherSize(this.#canvas, this.#camera.size)) this.#draw();
    else this.#frame ??= requestAnimationFrame(this.#draw);
  };

  readonly #draw = (): void => {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const { size, zoom, view } = this.#camera;
    // Setting the size clears; so it is done here, not between two frames.
    if (isOtherSize(this.#canvas, size)) {
      this.#canvas.width = Math.round(size.width * devicePixelRatio);
      this.#canvas.height = Math.round(size.height * devicePixelRatio);
    }
    const scale = zoom * devicePixelRatio;
    context.setTransform(scale, 0, 0, scale, -view.x * scale, -view.y * scale);
    context.clearRect(view.x, view.y, view.width, view.height);

    let grid = GRID;
    while (grid * zoom < NEAREST_DOTS_PX) grid *= 2;
    while (grid * zoom > NEAREST_DOTS_PX * 2) grid /= 2;
    const dot = 1.6 / zoom;
    context.fillStyle = this.#colors.dot;
    for (let x = Math.floor(view.x / grid) * grid; x < view.x + view.width; x += grid) {
      for (let y = Math.floor(view.y / grid) * grid; y < view.y + view.height; y += grid) {
        context.fillRect(x - dot / 2, y - dot / 2, dot, dot);
      }
    }

    context.lineJoin = "round";
    const step = STRAND_STEP_PX / zoom;
    for (let index = 0; index < STRAND_COUNT; index++) {
      const isLead = index === STRAND_COUNT - 1;
      context.strokeStyle = isLead ? this.#colors.lead : this.#colors.strand;
      context.lineWidth = (isLead ? 1.6 : 1.1) / zoom;
      context.beginPath();
      for (const { x, y } of strandIn(index, view, step)) context.lineTo(x, y);
      context.stroke();
    }
  };
}

/** Whether a canvas has other pixels than a board of this size needs on this screen. */
export function isOtherSize(canvas: HTMLCanvasElement, { width, height }: Size): boolean {
  return (
    canvas.width !== Math.round(width * devicePixelRatio) ||
    canvas.height !== Math.round(height * devicePixelRatio)
  );
}
