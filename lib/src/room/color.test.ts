import fc from "fast-check";
import { expect, test } from "vitest";
import { PEER_COLORS } from "../signaling/events.ts";
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

test("every join number has a colour, and the next one another", () => {
  expect(PALETTE).toHaveLength(PEER_COLORS);
  expect(new Set(PALETTE).size).toBe(PEER_COLORS);
  fc.assert(
    fc.property(fc.maxSafeNat(), (join) => {
      expect(PALETTE).toContain(colorOf(join));
      expect(colorOf(join)).not.toBe(colorOf(join + 1));
    }),
  );
});

test("what is no join number has a colour too", () => {
  for (const join of [-3, 0.5, Number.NaN]) expect(PALETTE).toContain(colorOf(join));
});
