import { DEFAULT_MAX, moreOf, mostOf, UNNAMED } from "../avatars/avatars.ts";
import { initialOf, nameOf } from "../cursor/name.ts";
import type { Peer, Room, RoomTypes } from "../room/types.ts";
import { firstPlace, watchPlaces } from "./cursors-element.ts";
import { type Look, type Place, placeOf, ROOM_ATTRIBUTES, RoomElement } from "./room-element.ts";
import { sheetOf } from "./sheet.ts";

const LOOK_ATTRIBUTES = ["max", "label", "unnamed", "more"] as const;

const sheet = sheetOf(`
:host { display: inline-block; }
:host([hidden]) { display: none; }
ul { display: flex; margin: 0; padding: 0; list-style: none; }
li {
  display: grid;
  place-items: center;
  box-sizing: border-box;
  width: 32px;
  height: 32px;
  border: 2px solid Canvas;
  border-radius: 50%;
  background: #52525b;
  color: #fff;
  font: 600 13px/1 system-ui, sans-serif;
}
li + li { margin-inline-start: -8px; }
li.resting { opacity: 0.5; }
.words { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`);

/**
 * `<skein-avatars>`: who else is here, as overlapping initials in each peer's colour. In the room of
 * the first `<skein-cursors>` on the page that names one, unless it names its own. `max`: most avatars,
 * default 5. What a screen reader says: `label` of the list, `unnamed` of whoever gives no name, `more`
 * after the number of those who do not fit.
 */
export class AvatarsElement extends RoomElement {
  static readonly observedAttributes: readonly string[] = [...ROOM_ATTRIBUTES, ...LOOK_ATTRIBUTES];
  #list: HTMLUListElement | null = null;
  #unwatch: (() => void) | null = null;

  override connectedCallback(): void {
    if (this.#list === null) {
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet()];
      this.#list = this.ownerDocument.createElement("ul");
      root.append(this.#list);
    }
    this.#unwatch = watchPlaces(() => this.settleSoon());
    super.connectedCallback();
  }
  override disconnectedCallback(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    super.disconnectedCallback();
  }

  protected override get place(): Place | null {
    return placeOf(this) ?? firstPlace();
  }

  protected override get look(): Look {
    return LOOK_ATTRIBUTES.map((name) => this.getAttribute(name));
  }

  protected override attach(room: Room<RoomTypes>): () => void {
    const most = mostOf(Number(this.getAttribute("max") ?? DEFAULT_MAX));
    const words = this.getAttribute("more");
    this.#list?.setAttribute("aria-label", this.getAttribute("label") ?? "Who is here");
    const draw = (peers: readonly Peer<RoomTypes>[]) => {
      const faces = peers.slice(0, most).map((peer) => this.#face(peer));
      const more = peers.length - faces.length;
      if (more > 0) {
        const inWords = words === null ? moreOf(more) : `${more} ${words}`;
        faces.push(this.#item(`+${more}`, inWords));
      }
      this.#list?.replaceChildren(...faces);
    };
    draw(room.getSnapshot().peers);
    const undo = room.watch(({ peers }) => peers, draw);
    return () => {
      undo();
      draw([]);
    };
  }

  #face(peer: Peer<RoomTypes>): HTMLLIElement {
    const name = nameOf(peer);
    const inWords = name || (this.getAttribute("unnamed") ?? UNNAMED);
    const face = this.#item(initialOf(name) || "?", inWords);
    face.title = name;
    face.style.background = peer.color;
    face.classList.toggle("resting", peer.activity !== "active");
    return face;
  }

  #item(seen: string, readOut: string): HTMLLIElement {
    const document = this.ownerDocument;
    const item = document.createElement("li");
    const drawn = document.createElement("span");
    drawn.setAttribute("aria-hidden", "true");
    drawn.textContent = seen;
    const words = document.createElement("span");
    words.className = "words";
    words.textContent = readOut;
    item.append(drawn, words);
    return item;
  }
}
