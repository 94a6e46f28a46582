import { initialOf, nameOf } from "../cursor/name.ts";
import type { Peer, Room, RoomTypes } from "../room/types.ts";
import { firstPlace, watchPlaces } from "./cursors-element.ts";
import { type Place, placeOf, ROOM_ATTRIBUTES, RoomElement } from "./room-element.ts";
import { sheetOf } from "./sheet.ts";

/** Avatars shown when `max` says nothing else. */
const DEFAULT_MAX = 5;

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
.name { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`);

/**
 * `<skein-avatars>`: who else is here, as overlapping initials in each peer's colour. In the room of
 * the first `<skein-cursors>` on the page, unless it names its own. `max`: most avatars, default 5;
 * `label`: what a screen reader calls the list.
 */
export class AvatarsElement extends RoomElement {
  static readonly observedAttributes: readonly string[] = [...ROOM_ATTRIBUTES, "max", "label"];
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

  protected override get look(): string {
    return JSON.stringify([this.getAttribute("max"), this.getAttribute("label")]);
  }

  protected override attach(room: Room<RoomTypes>): () => void {
    const max = Number(this.getAttribute("max") ?? DEFAULT_MAX);
    const most = Number.isFinite(max) && max >= 0 ? Math.floor(max) : DEFAULT_MAX;
    this.#list?.setAttribute("aria-label", this.getAttribute("label") ?? "Who is here");
    const draw = (peers: readonly Peer<RoomTypes>[]) => {
      const faces = peers.slice(0, most).map((peer) => this.#face(peer));
      const more = peers.length - faces.length;
      if (more > 0) {
        const rest = this.ownerDocument.createElement("li");
        rest.textContent = `+${more}`;
        faces.push(rest);
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
    const document = this.ownerDocument;
    const face = document.createElement("li");
    const name = nameOf(peer);
    face.title = name;
    face.style.background = peer.color;
    face.classList.toggle("resting", peer.activity !== "active");
    const initial = document.createElement("span");
    initial.setAttribute("aria-hidden", "true");
    initial.textContent = initialOf(name) || "?";
    const read = document.createElement("span");
    read.className = "name";
    read.textContent = name;
    face.append(initial, read);
    return face;
  }
}
