import { PEER_COLORS } from "../signaling/events.ts";

/**
 * Colours of equal luminance around the hue circle (computed in OKLCH at the most chroma that sRGB
 * has there): 5:1 under white text (WCAG 2.2, 1.4.3), over 3:1 against white and near-black pages
 * (1.4.11). The tests compute the contrasts again.
 */
export const PALETTE: readonly string[] = [
  "#db0166",
  "#de1201",
  "#b45403",
  "#976505",
  "#797202",
  "#507b03",
  "#04813a",
  "#097e69",
  "#037c81",
  "#077999",
  "#0074b8",
  "#0f62ff",
  "#6452ff",
  "#933ef2",
  "#b528d1",
  "#d20299",
];

/**
 * A peer's colour follows from its join number: the same on every screen and for as long as it is
 * here. The server numbers the members of a room so that no two of few are alike.
 */
export const colorOf = (join: number): string => PALETTE[join % PEER_COLORS] ?? "#0f62ff";
