/** Lucide's icons (ISC licence), drawn in the text's colour. */
import { svg } from "../page.ts";

export type IconShapes = readonly (readonly [
  "path" | "circle" | "ellipse" | "rect" | "line" | "polyline" | "polygon",
  Readonly<Record<string, string>>,
])[];

export function drawIcon(shapes: IconShapes): SVGSVGElement {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" },
    ...shapes.map(([tag, attributes]) => svg(tag, attributes)),
  );
}
