import type { Reading } from "../record.ts";
import { READINGS } from "../record.ts";
import type { Elements } from "./elements.ts";
import type { Palette } from "./palette.ts";

/** One reading's bar and the space after it, in pixels of the canvas. */
const BAR = 3;
const SPACE = 1;

/** A full bar. Heights are logarithmic: 2 ms and 20 ms, 50 B/s and 5 kB/s are all to be seen. */
const FULL = { rtt: 1_000, rate: 1_000_000 } as const;
export type Measure = keyof typeof FULL;

/**
 * The last minute of one link as bars, newest at the right. A reading moves the picture and draws one
 * bar; nothing is drawn twice.
 */
export class Sparkline {
  readonly element: HTMLCanvasElement;
  readonly #measure: Measure;
  readonly #palette: () => Palette;
  #context: CanvasRenderingContext2D | null | undefined;

  constructor(elements: Elements, measure: Measure, height: number, palette: () => Palette) {
    this.#measure = measure;
    this.#palette = palette;
    this.element = elements.html("canvas", "sparkline");
    this.element.width = READINGS * (BAR + SPACE);
    this.element.height = height;
    // What it shows is beside it in figures.
    this.element.setAttribute("aria-hidden", "true");
  }

  add(reading: Reading): void {
    const context = this.#draws();
    if (context === null) return;
    const { width, height } = this.element;
    context.globalCompositeOperation = "copy";
    context.drawImage(this.element, -(BAR + SPACE), 0);
    context.globalCompositeOperation = "source-over";
    this.#bar(context, width - BAR - SPACE, height, reading);
  }

  /** All anew: another link, or other colours. */
  show(readings: readonly Reading[]): void {
    const context = this.#draws();
    if (context === null) return;
    const { width, height } = this.element;
    context.clearRect(0, 0, width, height);
    for (const [i, reading] of readings.entries()) {
      this.#bar(context, width - (readings.length - i) * (BAR + SPACE), height, reading);
    }
  }

  #bar(context: CanvasRenderingContext2D, x: number, height: number, reading: Reading): void {
    const { rtt, sent, received, path } = reading;
    const value = this.#measure === "rtt" ? rtt : sent + received;
    const colors = this.#palette();
    const share = value === null ? 0 : Math.log1p(value) / Math.log1p(FULL[this.#measure]);
    const tall = Math.max(value === null ? 1 : 2, Math.min(1, share) * height);
    context.fillStyle = value === null ? colors.line : colors[path];
    context.fillRect(x, height - tall, BAR, tall);
  }

  #draws(): CanvasRenderingContext2D | null {
    this.#context ??= this.element.getContext("2d");
    return this.#context;
  }
}
