import type { Member, Mesh, MeshLink } from "../mesh.ts";
import { between, lineOf, verdict } from "../words.ts";
import { type Elements, setAttribute, setText } from "./elements.ts";
import { along, distance, HEIGHT, labelOf, type Spot, spotOf, threadOf, WIDTH } from "./ring.ts";

/** More members than fit on the ring are drawn by their need of a look. */
const MAX_DRAWN = 40;
/** Above so many members, links that wait at the server as they should are left out: they hide the rest. */
const MAX_WITH_SERVER_LINKS = 24;
/** A pointer so near to a link or member means it, in units of the picture. */
const NEAR_LINK = 8;
const NEAR_MEMBER = 16;
/** Broken links named in the description of the picture. */
const MAX_NAMED = 5;
/** Letters of a name that have room beside the ring. */
const MAX_LABEL = 12;

export interface Selection {
  /** A link's key. */
  readonly link: string | null;
  /** A member's id. */
  readonly member: string | null;
}

interface Thread {
  readonly path: SVGPathElement;
  /** Where it is broken, a sign: colour and dashes are not for everybody. */
  badge: SVGGElement | null;
  link: MeshLink;
  spots: readonly [Spot, Spot];
  /** How it was drawn: whoever looks the same is left alone. */
  look: string;
}

interface Bead {
  look: string;
  readonly root: SVGGElement;
  readonly disc: SVGCircleElement;
  readonly letter: SVGTextElement;
  readonly label: SVGTextElement;
}

/** The room as a picture: members on a ring, a thread for each link. */
export class Graph {
  readonly element: SVGSVGElement;
  readonly #elements: Elements;
  readonly #layers: Readonly<Record<"calm" | "loud" | "members", SVGGElement>>;
  readonly #threads = new Map<string, Thread>();
  readonly #beads = new Map<string, Bead>();
  #spots = new Map<string, Spot>();
  /** Who is drawn where, as ids in their order, and how often that changed. */
  #drawn = "";
  #layout = 0;
  #pointed: string | null = null;

  /** `point`: the link under the pointer, or none any more. */
  constructor(
    elements: Elements,
    select: (selection: Selection) => void,
    point: (link: MeshLink | null) => void,
  ) {
    this.#elements = elements;
    const layer = () => elements.svg("g");
    this.#layers = { calm: layer(), loud: layer(), members: layer() };
    this.element = elements.svg(
      "svg",
      { class: "graph", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" },
      this.#layers.calm,
      this.#layers.loud,
      this.#layers.members,
    );
    this.element.addEventListener("click", (event) => {
      const at = this.#at(event);
      const member = at && this.#memberAt(at);
      const thread = at && this.#threadAt(at);
      if (member) select({ member, link: null });
      else select({ member: null, link: thread?.link.key ?? null });
    });
    const pointed = (thread: Thread | null): void => {
      const key = thread?.link.key ?? null;
      if (key === this.#pointed) return;
      this.#threads.get(this.#pointed ?? "")?.path.classList.remove("pointed");
      this.#pointed = key;
      thread?.path.classList.add("pointed");
      point(thread?.link ?? null);
    };
    this.element.addEventListener("pointermove", (event) => {
      const at = this.#at(event);
      pointed(at === null || this.#memberAt(at) !== null ? null : this.#threadAt(at));
    });
    this.element.addEventListener("pointerleave", () => pointed(null));
  }

  draw(mesh: Mesh, selection: Selection): void {
    setAttribute(this.element, "aria-label", describe(mesh));
    const members = drawnOf(mesh);
    this.#place(members, mesh);
    const withServer = mesh.members.length <= MAX_WITH_SERVER_LINKS;
    const kept = new Set<string>();
    for (const link of mesh.links) {
      const [a, b] = [this.#spots.get(link.a.id), this.#spots.get(link.b.id)];
      if (a === undefined || b === undefined) continue;
      if (!withServer && link.condition === "settled" && !link.isOwn) continue;
      kept.add(link.key);
      this.#draw(link, [a, b], selection);
    }
    for (const [key, { path, badge }] of this.#threads) {
      if (kept.has(key)) continue;
      path.remove();
      badge?.remove();
      this.#threads.delete(key);
    }
    this.element.classList.toggle("alarmed", mesh.broken.length > 0);
    this.element.classList.toggle("chosen", selection.link !== null || selection.member !== null);
  }

  #place(members: readonly Member[], { broken }: Mesh): void {
    const spots = new Map<string, Spot>();
    const count = members.length;
    const hurt = new Set(broken.flatMap(({ a, b }) => [a.id, b.id]));
    const layout = members.map(({ id }) => id).join();
    if (layout !== this.#drawn) this.#layout++;
    this.#drawn = layout;
    for (const [index, member] of members.entries()) {
      const spot = spotOf(index, count);
      spots.set(member.id, spot);
      const bead = this.#beads.get(member.id) ?? this.#bead(member.id);
      const isHurt = hurt.has(member.id);
      const { name, color, activity, tells } = member;
      const look = `${this.#layout} ${isHurt} ${tells} ${activity} ${color} ${name}`;
      if (look === bead.look) continue;
      bead.look = look;
      const { x, y, anchor } = labelOf(index, count);
      setAttribute(bead.root, "transform", `translate(${spot.x.toFixed(1)} ${spot.y.toFixed(1)})`);
      setAttribute(bead.label, "x", (x - spot.x).toFixed(1));
      setAttribute(bead.label, "y", (y - spot.y).toFixed(1));
      setAttribute(bead.label, "text-anchor", anchor);
      setText(bead.letter, member.initial);
      setText(bead.label, member.isSelf ? "You" : cut(member.name));
      setAttribute(bead.disc, "fill", member.color);
      const is = {
        self: member.isSelf,
        away: member.activity === "away",
        silent: !member.tells,
        hurt: isHurt,
      };
      for (const [word, on] of Object.entries(is)) bead.root.classList.toggle(word, on);
    }
    for (const [id, { root }] of this.#beads) {
      if (spots.has(id)) continue;
      root.remove();
      this.#beads.delete(id);
    }
    this.#spots = spots;
  }

  #bead(id: string): Bead {
    const { svg } = bound(this.#elements);
    const disc = svg("circle", { class: "disc", r: 11 });
    const letter = svg("text", { class: "letter", y: 4, "text-anchor": "middle" });
    const label = svg("text", { class: "label" });
    const alarm = svg("circle", { class: "alarm", r: 16 });
    const root = svg("g", { class: "member" }, alarm, disc, letter, label);
    const bead = { root, disc, letter, label, look: "" };
    this.#beads.set(id, bead);
    this.#layers.members.append(root);
    return bead;
  }

  #draw(link: MeshLink, spots: readonly [Spot, Spot], { link: key, member }: Selection): void {
    const { svg } = bound(this.#elements);
    const [a, b] = spots;
    let thread = this.#threads.get(link.key);
    if (thread === undefined) {
      thread = { path: svg("path", { class: "link" }), badge: null, link, spots, look: "" };
      this.#threads.set(link.key, thread);
    }
    thread.link = link;
    thread.spots = spots;
    const { path } = thread;
    const line = lineOf(link);
    const isSelected = link.key === key;
    const isMeant = isSelected || member === link.a.id || member === link.b.id;
    const look = `${this.#layout} ${line} ${link.isOwn} ${isSelected} ${isMeant}`;
    if (look === thread.look) return;
    thread.look = look;
    setAttribute(path, "d", threadOf(a, b));
    setAttribute(path, "data-line", line);
    path.classList.toggle("own", link.isOwn);
    path.classList.toggle("selected", isSelected);
    path.classList.toggle("meant", isMeant);
    const isBroken = link.condition === "broken";
    const layer = isBroken ? this.#layers.loud : this.#layers.calm;
    if (path.parentNode !== layer) layer.append(path);
    if (!isBroken) {
      thread.badge?.remove();
      thread.badge = null;
      return;
    }
    if (thread.badge === null) {
      thread.badge = svg(
        "g",
        { class: "badge" },
        svg("circle", { r: 9.5 }),
        svg("path", { d: "M0 -5 V1 M0 4.4 V4.6" }),
      );
      layer.append(thread.badge);
    }
    const { x, y } = along(a, b, 0.5);
    setAttribute(thread.badge, "transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  }

  #at({ clientX, clientY }: MouseEvent): Spot | null {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    if (width === 0 || height === 0) return null;
    // As `preserveAspectRatio` does it: as large as fits, in the middle.
    const scale = Math.min(width / WIDTH, height / HEIGHT);
    return {
      x: (clientX - left - (width - WIDTH * scale) / 2) / scale,
      y: (clientY - top - (height - HEIGHT * scale) / 2) / scale,
    };
  }

  #memberAt({ x, y }: Spot): string | null {
    for (const [id, spot] of this.#spots) {
      if (Math.hypot(spot.x - x, spot.y - y) < NEAR_MEMBER) return id;
    }
    return null;
  }

  #threadAt(at: Spot): Thread | null {
    let nearest: Thread | null = null;
    let least = NEAR_LINK;
    for (const thread of this.#threads.values()) {
      // Of two that cross here, the broken one is meant.
      const favour = thread.badge === null ? 0 : NEAR_LINK / 2;
      const away = distance(...thread.spots, at) - favour;
      if (away >= least) continue;
      least = away;
      nearest = thread;
    }
    return nearest;
  }
}

function bound(elements: Elements): { svg: Elements["svg"] } {
  return { svg: elements.svg.bind(elements) };
}

/** Self, then whoever has a link that needs a look or is over WebRTC, then the others. */
function drawnOf({ members, links }: Mesh): readonly Member[] {
  if (members.length <= MAX_DRAWN) return members;
  const worth = new Map<string, number>();
  for (const { a, b, condition } of links) {
    const value = condition === "broken" ? 2 : condition === "settled" ? 0 : 1;
    for (const { id } of [a, b]) worth.set(id, Math.max(value, worth.get(id) ?? 0));
  }
  const [self, ...others] = members;
  const chosen = [...others]
    .sort((a, b) => (worth.get(b.id) ?? 0) - (worth.get(a.id) ?? 0))
    .slice(0, MAX_DRAWN - 1);
  return self === undefined ? chosen : [self, ...chosen];
}

function describe({ members, links, broken }: Mesh): string {
  const named = broken
    .slice(0, MAX_NAMED)
    .map((link) => `${between(link)}: broken, ${link.reason ?? "nobody knows why"}.`);
  return [`${members.length} members. ${verdict(links, broken)}.`, ...named].join(" ");
}

function cut(name: string): string {
  const letters = Array.from(name);
  return letters.length <= MAX_LABEL ? name : `${letters.slice(0, MAX_LABEL - 1).join("")}…`;
}
