import type { SkeinError } from "../room/errors.ts";

/** What the console was told already: a server that stays away is one line, however often it is asked. */
const said = new Set<string>();

/** What went wrong at an element: an event that scripts can hear, and a line for whoever wrote the page. */
export function tellError(element: HTMLElement, error: SkeinError): void {
  element.dispatchEvent(
    new CustomEvent("skein-error", { detail: { error }, bubbles: true, composed: true }),
  );
  if (said.has(error.message)) return;
  said.add(error.message);
  console.error(`<${element.localName}>: ${error.message}`);
}
