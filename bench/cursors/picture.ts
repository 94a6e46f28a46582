/** The comparison as an SVG picture: p95 distance, on a logarithmic scale, against added delay. */
import type { Fidelity } from "./fidelity.ts";
import type { Measured } from "./verdict.ts";

const WIDTH = 860;
const HEIGHT = 520;
const MARGIN = { left: 72, right: 24, top: 64, bottom: 64 };
/** Bounds of the vertical axis, in pixels of distance; worse is drawn at the upper one. */
const DISTANCE = { least: 1, most: 1000 };
/** End of the horizontal axis, in milliseconds; later is drawn there. */
const MOST_DELAY_MS = 160;

const KINDS = [
  ["ours", "Skein", "#2f6fed"],
  ["usual", "a position every 80 ms", "#d1495b"],
  ["usualAtOurRate", "the same at our rate", "#c77d0a"],
] as const;

const x = (ms: number): number =>
  MARGIN.left +
  (Math.min(Math.max(ms, 0), MOST_DELAY_MS) / MOST_DELAY_MS) * (WIDTH - MARGIN.left - MARGIN.right);

const y = (px: number): number => {
  const { least, most } = DISTANCE;
  const share = Math.log(Math.min(Math.max(px, least), most) / least) / Math.log(most / least);
  return HEIGHT - MARGIN.bottom - share * (HEIGHT - MARGIN.top - MARGIN.bottom);
};

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const line = (x1: number, y1: number, x2: number, y2: number): string =>
  `<path class="grid" d="M${x1} ${y1}L${x2} ${y2}"/>`;

function grid(): string {
  const delays = [0, 20, 40, 60, 80, 100, 120, 140, 160];
  const distances = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
  const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
  return [
    ...delays.map(
      (ms) =>
        `${line(x(ms), top, x(ms), bottom)}<text x="${x(ms)}" y="${bottom + 20}" text-anchor="middle">${ms}${ms === MOST_DELAY_MS ? "+" : ""}</text>`,
    ),
    ...distances.map(
      (px) =>
        `${line(MARGIN.left, y(px), WIDTH - MARGIN.right, y(px))}<text x="${MARGIN.left - 8}" y="${y(px) + 4}" text-anchor="end">${px}</text>`,
    ),
  ].join("\n");
}

function points(of: Readonly<Record<string, Fidelity>>, color: string, below: boolean): string {
  return Object.entries(of)
    .map(([name, { added, p95 }]) => {
      const [cx, cy] = [x(added), y(p95)];
      const late = added > MOST_DELAY_MS;
      const label = late ? `${name} (${Math.round(added)} ms)` : name;
      const side = cx > WIDTH / 2 ? `x="${cx - 9}" text-anchor="end"` : `x="${cx + 9}"`;
      return `<circle cx="${cx}" cy="${cy}" r="5" fill="${color}"/><text ${side} y="${below ? cy + 18 : cy - 7}" fill="${color}">${escaped(label)}</text>`;
    })
    .join("\n");
}

/** The settings that stand on the line of what can be had, from left to right. */
function frontier(ours: Readonly<Record<string, Fidelity>>): string {
  const ascending = Object.values(ours).sort((a, b) => a.added - b.added);
  const way = ascending.map(({ added, p95 }) => `${x(added)} ${y(p95)}`).join("L");
  return `<path d="M${way}" fill="none" stroke="${KINDS[0][2]}" stroke-width="2" opacity=".5"/>`;
}

export function picture(measured: Measured, title: string): string {
  const legend = KINDS.map(
    ([, name, color], i) =>
      `<circle cx="${MARGIN.left + 6 + i * 210}" cy="44" r="5" fill="${color}"/><text x="${MARGIN.left + 18 + i * 210}" y="48">${name}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="#333">
<title>${escaped(title)}</title>
<style>.grid { stroke: #ddd; stroke-width: 1; fill: none }</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${MARGIN.left}" y="24" font-size="16" font-weight="600">${escaped(title)}</text>
${legend.join("\n")}
${grid()}
<text x="${WIDTH / 2}" y="${HEIGHT - 18}" text-anchor="middle">added delay, ms</text>
<text transform="translate(20 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">p95 distance to the hand, px</text>
${frontier(measured.ours)}
${KINDS.map(([kind, , color]) => points(measured[kind], color, kind === "usualAtOurRate")).join("\n")}
</svg>
`;
}
