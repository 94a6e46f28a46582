/** What others typed, made fit to be drawn: bounded, on one line, and unable to turn what is beside it. */

/** Control characters, and those that turn the direction of what follows: no text here needs them. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]+/gu;

/** Characters as a reader counts them: a family emoji is one, and 11 code units. */
export function characters(text: string): string[] {
  if (typeof Intl.Segmenter !== "function") return Array.from(text);
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

/** One line, without what cannot be seen and without the spaces around it. */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, " ").replace(/\s+/gu, " ").trim();
}

/** At most so many code points, and never a part of a character. */
export function cutToCodePoints(text: string, most: number): string {
  // No code point is more than two code units: what is beyond need not be looked at.
  const near = text.slice(0, most * 2 + 2);
  if (Array.from(near).length <= most) return text;
  let left = most;
  let kept = "";
  for (const character of characters(near)) {
    left -= Array.from(character).length;
    if (left < 0) break;
    kept += character;
  }
  return kept;
}
