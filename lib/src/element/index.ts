/** Live cursors without a line of script: importing this defines the elements, where there is a page. */
import type { SkeinError } from "../room/errors.ts";
import { AvatarsElement } from "./avatars-element.ts";
import { CursorsElement } from "./cursors-element.ts";

export { AvatarsElement, CursorsElement };

const { customElements } = globalThis;
// The script may be on the page twice.
if (customElements !== undefined && customElements.get("skein-cursors") === undefined) {
  customElements.define("skein-cursors", CursorsElement);
  customElements.define("skein-avatars", AvatarsElement);
}

declare global {
  interface HTMLElementTagNameMap {
    "skein-cursors": CursorsElement;
    "skein-avatars": AvatarsElement;
  }
  interface HTMLElementEventMap {
    "skein-error": CustomEvent<{ readonly error: SkeinError }>;
  }
}
