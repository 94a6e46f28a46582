import { attachCursors, type CursorsOptions } from "../cursor/index.ts";
import { SkeinError } from "../room/errors.ts";
import type { Room, RoomTypes } from "../room/types.ts";
import { needsRoom, type Place, placeOf, ROOM_ATTRIBUTES, RoomElement } from "./room-element.ts";
import { sheetOf } from "./sheet.ts";

const LOOK_ATTRIBUTES = ["target", "surface", "coordinates", "mode", "chat"] as const;

const sheet = sheetOf(":host { display: block; } :host([hidden]) { display: none; }");

/** Those whose room another element may take for its own. */
const present = new Set<CursorsElement>();
const watchers = new Set<() => void>();

/**
 * `<skein-cursors server room name>`: everybody's cursors over its content, or over the whole page
 * when it is empty. `target` is a CSS selector for an element elsewhere; `surface`, `coordinates`,
 * `mode` and `chat` are those of `attachCursors`.
 */
export class CursorsElement extends RoomElement {
  static readonly observedAttributes: readonly string[] = [...ROOM_ATTRIBUTES, ...LOOK_ATTRIBUTES];

  override connectedCallback(): void {
    if (this.shadowRoot === null) {
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet()];
      root.append(this.ownerDocument.createElement("slot"));
    }
    present.add(this);
    super.connectedCallback();
    tellWatchers();
  }
  override disconnectedCallback(): void {
    present.delete(this);
    super.disconnectedCallback();
    tellWatchers();
  }
  override attributeChangedCallback(): void {
    super.attributeChangedCallback();
    tellWatchers();
  }

  protected override get place(): Place {
    const place = placeOf(this);
    if (place === null) throw needsRoom(this);
    return place;
  }

  protected override get look(): string {
    return JSON.stringify(LOOK_ATTRIBUTES.map((name) => this.getAttribute(name)));
  }

  protected override attach(room: Room<RoomTypes>): () => void {
    // What it says of a value that there is none of is said of an attribute too.
    const given = {
      surface: this.getAttribute("surface"),
      coordinates: this.getAttribute("coordinates"),
      mode: this.getAttribute("mode"),
      chat: this.hasAttribute("chat") || null,
    };
    const options = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== null),
    ) as CursorsOptions<RoomTypes>;
    return attachCursors<RoomTypes>(room, this.#target, options);
  }

  get #target(): HTMLElement {
    const selector = this.getAttribute("target");
    // The root and not the body, which ends where its content does.
    if (selector === null) {
      return this.firstElementChild === null ? this.ownerDocument.documentElement : this;
    }
    const found = this.ownerDocument.querySelector<HTMLElement>(selector);
    if (found === null) {
      throw new SkeinError("bad-argument", `Nothing on the page is ${JSON.stringify(selector)}.`);
    }
    return found;
  }
}

function tellWatchers(): void {
  for (const changed of watchers) changed();
}

/** Calls `changed` when {@link firstPlace} may be another. Returns its undo. */
export function watchPlaces(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}

/** The room of the first `<skein-cursors>` on the page. */
export function firstPlace(): Place | null {
  const [first] = [...present].sort((a, b) =>
    a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1,
  );
  return first === undefined ? null : placeOf(first);
}
