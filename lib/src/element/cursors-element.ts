import { attachCursors, type CursorsOptions } from "../cursor/index.ts";
import { SkeinError } from "../room/errors.ts";
import type { Room, RoomTypes } from "../room/types.ts";
import {
  type Look,
  needsRoom,
  type Place,
  placeOf,
  ROOM_ATTRIBUTES,
  RoomElement,
} from "./room-element.ts";
import { sheetOf } from "./sheet.ts";

const LOOK_ATTRIBUTES = ["surface", "coordinates", "mode", "chat"] as const;

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
  static readonly observedAttributes: readonly string[] = [
    ...ROOM_ATTRIBUTES,
    "target",
    ...LOOK_ATTRIBUTES,
  ];
  #observer: MutationObserver | null = null;
  /** What `attachCursors` put into the element that the cursors are over. */
  #drawn: readonly Element[] = [];
  /** Says that somebody took it out again. */
  #redraws = 0;

  override connectedCallback(): void {
    if (this.shadowRoot === null) {
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet()];
      root.append(this.ownerDocument.createElement("slot"));
    }
    present.add(this);
    this.#observe();
    super.connectedCallback();
    tellWatchers();
  }
  override disconnectedCallback(): void {
    present.delete(this);
    this.#observer?.disconnect();
    super.disconnectedCallback();
    tellWatchers();
  }
  override attributeChangedCallback(): void {
    if (this.isConnected) this.#observe();
    super.attributeChangedCallback();
    tellWatchers();
  }

  protected override get place(): Place {
    const place = placeOf(this);
    if (place === null) throw needsRoom(this);
    return place;
  }

  protected override get look(): Look {
    const target = this.#target;
    if (this.#drawn.some(({ parentNode }) => parentNode !== target)) this.#redraws += 1;
    const attributes = LOOK_ATTRIBUTES.map((name) => this.getAttribute(name));
    return [target, this.#redraws, ...attributes];
  }

  protected override attach(room: Room<RoomTypes>, [target]: Look): () => void {
    const element = target as HTMLElement;
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
    const before = new Set(element.children);
    const detach = attachCursors<RoomTypes>(room, element, options);
    this.#drawn = [...element.children].filter((child) => !before.has(child));
    return () => {
      this.#drawn = [];
      detach();
    };
  }

  /** Content and targets come, go and are made anew, whenever an app draws. */
  #observe(): void {
    this.#observer ??= new MutationObserver(() => this.settleSoon());
    this.#observer.disconnect();
    if (this.hasAttribute("target")) {
      this.#observer.observe(this.ownerDocument, { childList: true, subtree: true });
    } else this.#observer.observe(this, { childList: true });
  }

  get #target(): HTMLElement {
    const selector = this.getAttribute("target");
    // The root and not the body, which ends where its content does.
    if (selector === null) return this.#hasContent ? this : this.ownerDocument.documentElement;
    let found: HTMLElement | null;
    try {
      found = this.ownerDocument.querySelector<HTMLElement>(selector);
    } catch {
      throw new SkeinError("bad-argument", `${JSON.stringify(selector)} is no CSS selector.`);
    }
    if (found === null) {
      throw new SkeinError(
        "bad-argument",
        `Nothing on the page is ${JSON.stringify(selector)} yet; the cursors wait for it.`,
      );
    }
    return found;
  }

  get #hasContent(): boolean {
    return [...this.childNodes].some((node) =>
      node instanceof Element ? !this.#drawn.includes(node) : isWords(node),
    );
  }
}

const isWords = (node: Node): boolean =>
  node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== "";

function tellWatchers(): void {
  for (const changed of watchers) changed();
}

/** Calls `changed` when {@link firstPlace} may be another. Returns its undo. */
export function watchPlaces(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}

/** The room of the first `<skein-cursors>` on the page that names one. Who one is, that one says. */
export function firstPlace(): Place | null {
  const [first] = [...present]
    .filter((element) => element.hasAttribute("room"))
    .sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  const place = first === undefined ? null : placeOf(first);
  return place && { ...place, name: null };
}
