import { getStroke } from "perfect-freehand";
import type { InkPoint } from "./stroke.ts";

const rounded = (value: number): string => String(Math.round(value * 10) / 10);

/** A stroke as the `d` of an SVG path: an outline, broader where the hand was slow or pressed. */
export function outlineOf(points: readonly InkPoint[], width: number, ended: boolean): string {
  const outline = getStroke(
    points.map(({ x, y, pressure }) => ({ x, y, pressure })),
    {
      size: width,
      thinning: 0.55,
      smoothing: 0.6,
      streamline: 0.3,
      simulatePressure: points.every(({ pressure }) => pressure === 0),
      last: ended,
    },
  );
  const [first] = outline;
  if (first === undefined) return "";
  // Through the middles of neighbouring corners, bent towards the corner between them.
  const bends = outline.map(([x = 0, y = 0], index) => {
    const [nextX = 0, nextY = 0] = outline[(index + 1) % outline.length] ?? first;
    return `${rounded(x)} ${rounded(y)} ${rounded((x + nextX) / 2)} ${rounded((y + nextY) / 2)}`;
  });
  const [lastX = 0, lastY = 0] = outline.at(-1) ?? first;
  const [firstX = 0, firstY = 0] = first;
  return `M${rounded((lastX + firstX) / 2)} ${rounded((lastY + firstY) / 2)}Q${bends.join(" ")}Z`;
}
