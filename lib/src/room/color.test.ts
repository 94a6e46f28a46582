import fc from "fast-check";
import { expect, test } from "vitest";
import { colorOf, PALETTE } from "./color.ts";

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

test("the contrast formula is WCAG's", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

test.each(PALETTE)("%s carries white text and stands out from light and dark pages", (color) => {
  expect(color).toMatch(/^#[0-9a-f]{6}$/);
  expect(contrast(color, "#ffffff")).toBeGreaterThanOrEqual(4.5);
  expect(contrast(color, "#121212")).toBeGreaterThanOrEqual(3);
});

test("every id has a colour, the same each time", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (id) => {
      expect(PALETTE).toContain(colorOf(id));
      expect(colorOf(id)).toBe(colorOf(id));
    }),
  );
});

test("many peers spread over all colours", () => {
  const seen = new Set(Array.from({ length: 500 }, (_, i) => colorOf(`peer-${i}`)));
  expect(seen.size).toBe(PALETTE.length);
  expect(new Set(PALETTE).size).toBe(PALETTE.length);
});
