import type { LinkStats } from "skein";
import { svg } from "../page.ts";

type PathKind = LinkStats["path"];

/** A path as a picture: two ends, and what lies between them. */
export function drawStrand(path: PathKind): SVGSVGElement {
  const picture = svg("svg", { class: "strand", viewBox: "0 0 34 14", "aria-hidden": "true" });
  const ends = [
    svg("circle", { cx: 3, cy: 10, r: 2.6 }),
    svg("circle", { cx: 31, cy: 10, r: 2.6 }),
  ];
  switch (path) {
    case "direct":
      picture.append(svg("path", { d: "M3 10 C12 6.5 22 6.5 31 10" }));
      break;
    case "relay":
      picture.append(
        svg("path", { d: "M3 10 L17 5 L31 10" }),
        svg("rect", { x: 14, y: 2, width: 6, height: 6, rx: 3 }),
      );
      break;
    case "server":
      picture.append(
        svg("path", { d: "M3 10 L14 4 M20 4 L31 10", "stroke-dasharray": "2.6 2.8" }),
        svg("rect", { x: 13, y: 0.5, width: 8, height: 6.5, rx: 1.6 }),
      );
      break;
  }
  picture.append(...ends);
  return picture;
}

/** Bars in the strip: one for each reading, newest at the right. */
const BARS = 60;

/** A full bar, in milliseconds. Heights are logarithmic: 2 ms and 20 ms are both to be seen. */
const FULL_MS = 400;

const HEIGHT = 22;
const SLOT = 4;

/** The round-trip time of one link over the last half minute, coloured by the path it took. */
export class RttStrip {
  readonly element: SVGSVGElement;
  readonly #bars: SVGRectElement[];
  readonly #readings: { rtt: number; path: PathKind }[] = [];

  constructor() {
    this.#bars = Array.from({ length: BARS }, (_, index) =>
      svg("rect", { x: index * SLOT, y: HEIGHT - 1, width: SLOT - 1.5, height: 1, rx: 0.75 }),
    );
    this.element = svg(
      "svg",
      {
        class: "trace",
        viewBox: `0 0 ${BARS * SLOT} ${HEIGHT}`,
        preserveAspectRatio: "none",
        "aria-hidden": "true",
      },
      ...this.#bars,
    );
  }

  add(rtt: number, path: PathKind): void {
    this.#readings.push({ rtt, path });
    if (this.#readings.length > BARS) this.#readings.shift();
    const first = BARS - this.#readings.length;
    for (const [index, reading] of this.#readings.entries()) {
      const bar = this.#bars[first + index];
      if (bar === undefined) continue;
      const share = Math.min(1, Math.log1p(reading.rtt) / Math.log1p(FULL_MS));
      const height = Math.max(2, share * HEIGHT);
      bar.setAttribute("y", (HEIGHT - height).toFixed(1));
      bar.setAttribute("height", height.toFixed(1));
      bar.setAttribute("data-path", reading.path);
    }
  }
}
