import locate from "lucide:locate-fixed";
import type { LinkStats, PathReason } from "skein";
import type { Board } from "../board/board.ts";
import { find, html } from "../page.ts";
import {
  type DemoPeer,
  type DemoRoom,
  isVisitor,
  MAX_NAME_LENGTH,
  nameOf,
} from "../room/presence.ts";
import { drawIcon } from "../tools/icons.ts";
import { announce } from "./news.ts";
import { drawStrand, RttStrip } from "./strand.ts";

/** Between two readings of the measured round-trip times, in milliseconds. */
const READING_MS = 500;

/** In the row of faces where the list itself is out of sight. */
const MAX_FACES = 6;

const PATHS: Readonly<Record<LinkStats["path"], string>> = {
  direct: "browser to browser",
  relay: "over a TURN relay",
  server: "through the signaling server",
};

const REASONS: Readonly<Record<PathReason, string>> = {
  connecting: "a direct path is being opened",
  disabled: "direct paths are switched off",
  unsupported: "one of you has no WebRTC",
  "no-seat": "the room is larger than its mesh",
  "ice-failed": "no direct path found, trying again",
  "turn-unreachable": "no direct path, and no TURN server in reach",
  "turn-unauthorized": "no direct path, and TURN refused us",
  timeout: "no direct path in time, trying again",
  "too-many-connections": "the browser allows no more connections now",
  "path-lost": "the direct path is lost, repairing it",
  flooded: "they sent far too much past the server",
};

interface RowActs {
  readonly follow: () => void;
  readonly reveal: () => void;
}

/** One row for each peer, kept while the peer stays. */
class Row {
  readonly element: HTMLLIElement;
  readonly #face = html("span", "face");
  readonly #name = html("span", "person-name");
  readonly #path = html("span", "path");
  readonly #text = html("span", "path-text");
  readonly #note = html("span", "person-note");
  readonly #reveal = html("button", "reveal", drawIcon(locate));
  readonly #follow = html("button", "follow");
  readonly #strip = new RttStrip();
  #drawn: LinkStats["path"] | null = null;
  /** One of the two has cut the cable, and the path has not been left yet. */
  #silent = false;

  constructor({ follow, reveal }: RowActs) {
    for (const button of [this.#reveal, this.#follow]) button.type = "button";
    this.#follow.addEventListener("click", follow);
    this.#reveal.addEventListener("click", reveal);
    this.#face.setAttribute("aria-hidden", "true");
    this.#name.dir = "auto";
    this.#path.append(this.#text);
    this.element = html(
      "li",
      "person person-peer",
      this.#face,
      this.#name,
      html("span", "person-acts", this.#reveal, this.#follow),
      html("span", "carries", this.#path, this.#strip.element),
      this.#note,
    );
  }

  describe(peer: DemoPeer, { following: { following, followers } }: Board, isCut: boolean): void {
    const name = nameOf(peer);
    this.#face.textContent = initialOf(name);
    this.#face.style.setProperty("--color", peer.color);
    this.#name.textContent = name;
    this.#name.title = name;
    this.element.setAttribute("data-activity", peer.activity);
    const isFollowed = following === peer.id;
    this.#follow.textContent = isFollowed ? "Following" : "Follow";
    this.#follow.setAttribute("aria-label", `Follow ${name}`);
    this.#follow.setAttribute("aria-pressed", String(isFollowed));
    this.#reveal.setAttribute("aria-label", `Go to ${name}'s cursor`);
    const { path } = peer;
    if (path !== this.#drawn && path !== null) {
      this.#drawn = path;
      this.#path.setAttribute("data-path", path);
      this.#path.replaceChildren(drawStrand(path), this.#text);
      this.#text.textContent = path;
      this.#path.title = PATHS[path];
    }
    this.#silent = path === "direct" && (isCut || peer.presence.cut === true);
    this.#path.toggleAttribute("data-silent", this.#silent);
    if (this.#silent) this.#text.textContent = `${path}, silent`;
    this.#note.textContent = noteOn(peer, followers.includes(peer.id));
  }

  read({ path, rtt: measured }: LinkStats, serverRtt: number | null, hasCursor: boolean): void {
    this.#reveal.setAttribute("aria-disabled", String(!hasCursor));
    this.#reveal.title = hasCursor ? "Bring their cursor into sight" : "No cursor on the board now";
    // Until the way through the server and on to the peer is measured, as far as the server.
    const rtt = measured ?? (path === "server" ? serverRtt : null);
    if (!this.#silent) this.#text.textContent = pathText(path, rtt);
    if (rtt !== null) this.#strip.add(rtt, path);
  }
}

/** The list of who is here: oneself with a name to edit, then the others with what carries them. */
export function showPeople(room: DemoRoom, board: Board, rename: (name: string) => void): void {
  const list = find("#people", HTMLUListElement);
  const count = find("#count", HTMLElement);
  const faces = find("#faces", HTMLElement);
  const rows = new Map<string, Row>();
  const { following } = board;

  const face = html("span", "face");
  face.setAttribute("aria-hidden", "true");
  const field = html("input", "rename");
  field.maxLength = MAX_NAME_LENGTH;
  field.spellcheck = false;
  field.autocomplete = "off";
  field.setAttribute("aria-label", "Your name");
  // The others see the name as it is typed; a field left empty gets a name again.
  field.addEventListener("input", () => {
    if (field.value.trim() !== "") rename(field.value);
  });
  field.addEventListener("blur", () => {
    if (field.value.trim() === "") rename("");
  });
  field.addEventListener("keydown", ({ key }) => {
    if (key === "Enter") field.blur();
  });
  list.append(
    html(
      "li",
      "person person-self",
      face,
      html("span", "person-name", field),
      html("span", "person-note", "you, click to rename"),
    ),
  );

  const update = (): void => {
    const { self, peers } = room.getSnapshot();
    if (self !== null) {
      const name = nameOf(self);
      face.textContent = initialOf(name);
      face.style.setProperty("--color", self.color);
      if (document.activeElement !== field) field.value = name;
    }
    // The second panes of others are theirs to see; one's own is company while there is no other.
    const visitors = peers.filter(isVisitor);
    const shown = visitors.length > 0 ? visitors : peers;
    const present = new Set(shown.map(({ id }) => id));
    for (const [id, row] of rows) {
      if (present.has(id)) continue;
      row.element.remove();
      rows.delete(id);
    }
    count.textContent = String(shown.length + 1);
    faces.replaceChildren(
      ...(self === null ? shown : [self, ...shown]).slice(0, MAX_FACES).map(faceOf),
    );
    for (const peer of shown) {
      const { id } = peer;
      const row = rows.get(id) ?? new Row({ follow: () => toggle(id), reveal: () => reveal(id) });
      if (!rows.has(peer.id)) {
        rows.set(peer.id, row);
        list.append(row.element);
      }
      row.describe(peer, board, self?.presence.cut === true);
    }
  };
  const toggle = (id: string): void => {
    if (following.following === id) following.stop();
    else following.follow(id);
  };
  const reveal = (id: string): void => {
    if (board.hasCursorOf(id)) board.goToCursorOf(id);
    else announce("Their cursor is not on the board now.");
  };
  const read = (): void => {
    if (document.hidden) return;
    const { peers, serverRtt } = room.stats();
    for (const [id, row] of rows) {
      const link = peers[id];
      if (link !== undefined) row.read(link, serverRtt, board.hasCursorOf(id));
    }
  };
  room.watch((snapshot) => snapshot, update);
  following.onChange(update);
  update();
  setInterval(read, READING_MS);
}

/** "direct · 3 ms": in the rows, and above the board where the rows are out of sight. */
export function pathText(path: LinkStats["path"], rtt: number | null): string {
  return rtt === null ? path : `${path} · ${milliseconds(rtt)}`;
}

export function milliseconds(value: number): string {
  return value < 1 ? "under 1 ms" : `${Math.round(value)} ms`;
}

function noteOn({ activity, presence, pathReason }: DemoPeer, follows: boolean): string {
  if (activity === "away") return "away, may come back";
  if (follows) return "follows you";
  if (presence.cut === true) return "has cut the cable";
  if (pathReason !== null) return REASONS[pathReason];
  if (activity === "hidden") return "in another tab";
  if (activity === "idle") return "idle";
  return "";
}

function faceOf(peer: DemoPeer): HTMLElement {
  const face = html("span", "face small-face", initialOf(nameOf(peer)));
  face.style.setProperty("--color", peer.color);
  return face;
}

function initialOf(name: string): string {
  return (Array.from(name)[0] ?? "?").toUpperCase();
}
