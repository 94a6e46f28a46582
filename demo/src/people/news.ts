import { find } from "../page.ts";

/** Tells screen readers something, when they have a moment. */
export function announce(text: string): void {
  find("#news", HTMLElement).textContent = text;
}
