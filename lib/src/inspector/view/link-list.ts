import type { MeshLink } from "../mesh.ts";
import { CONDITIONS } from "../mesh.ts";
import type { Reading, Record } from "../record.ts";
import { between, lineOf, milliseconds, rate } from "../words.ts";
import { type Elements, named, setAttribute, setText } from "./elements.ts";
import type { Palette } from "./palette.ts";
import { Sparkline } from "./sparkline.ts";

/** More rows than anybody reads. */
const MAX_ROWS = 200;
/** Height of a sparkline's canvas, in its pixels: twice what it is shown with. */
const SPARK_HEIGHT = 36;

/** The table of links: what the graph shows, for whoever reads or hears it, with figures. */
export class LinkList {
  readonly element: HTMLTableElement;
  readonly #elements: Elements;
  readonly #body: HTMLElement;
  readonly #record: Record;
  readonly #palette: () => Palette;
  readonly #select: (key: string) => void;
  readonly #rows = new Map<string, Row>();

  constructor(
    elements: Elements,
    record: Record,
    palette: () => Palette,
    select: (key: string) => void,
  ) {
    this.#elements = elements;
    this.#record = record;
    this.#palette = palette;
    this.#select = select;
    this.#body = elements.html("tbody");
    const heads = ["Link", "Path", "Round trip", "Rate"].map((text) => {
      const head = elements.html("th", "", text);
      head.scope = "col";
      return head;
    });
    this.element = elements.html(
      "table",
      "links",
      elements.html("caption", "unseen", "Links of this room"),
      elements.html("thead", "", elements.html("tr", "", ...heads)),
      this.#body,
    );
  }

  /** Which rows there are, and what they say that changes seldom. */
  draw(links: readonly MeshLink[], selected: string | null): void {
    const rank = ({ condition, isOwn }: MeshLink) =>
      CONDITIONS.indexOf(condition) * 2 - Number(isOwn);
    const sorted =
      links.length > MAX_ROWS
        ? [...links].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_ROWS)
        : [
            ...links.filter(({ condition }) => condition === "broken"),
            ...links.filter(({ condition }) => condition !== "broken"),
          ];
    const kept = new Set(sorted.map(({ key }) => key));
    for (const [key, { root }] of this.#rows) {
      if (kept.has(key)) continue;
      root.remove();
      this.#rows.delete(key);
    }
    let before: ChildNode | null = null;
    for (const link of sorted) {
      let row = this.#rows.get(link.key);
      if (row === undefined) {
        row = new Row(this.#elements, link, this.#palette, () => this.#select(link.key));
        if (link.isOwn) row.show(this.#record.of(link.b.id));
        this.#rows.set(link.key, row);
      }
      row.describe(link, link.key === selected);
      const place: ChildNode | null = before === null ? this.#body.firstChild : before.nextSibling;
      // Moving a row would take the focus from it.
      if (place !== row.root) this.#body.insertBefore(row.root, place);
      before = row.root;
    }
  }

  /** One bar more for each own link with a new reading; only every so many rows, beginning with `first`. */
  read(first: number, every: number): void {
    let index = 0;
    for (const row of this.#rows.values()) {
      if (index++ % every === first && row.link.isOwn) row.read(this.#record.of(row.link.b.id));
    }
  }

  /** All anew, in other colours. */
  redraw(): void {
    for (const row of this.#rows.values()) {
      if (row.link.isOwn) row.show(this.#record.of(row.link.b.id));
    }
  }
}

class Row {
  readonly root: HTMLTableRowElement;
  link: MeshLink;
  readonly #elements: Elements;
  readonly #button: HTMLButtonElement;
  readonly #path: HTMLElement;
  readonly #rtt: HTMLElement;
  readonly #rate: HTMLElement;
  readonly #sparks: readonly [Sparkline, Sparkline] | null;
  #line = "";
  #newest: Reading | undefined;

  constructor(elements: Elements, link: MeshLink, palette: () => Palette, select: () => void) {
    this.link = link;
    this.#elements = elements;
    this.#button = named(elements.button("row-name", select));
    this.#path = elements.html("td", "row-path");
    this.#rtt = elements.html("span", "figure");
    this.#rate = elements.html("span", "figure");
    this.#sparks = link.isOwn
      ? [
          new Sparkline(elements, "rtt", SPARK_HEIGHT, palette),
          new Sparkline(elements, "rate", SPARK_HEIGHT, palette),
        ]
      : null;
    const [rtt, rate] = this.#sparks ?? [];
    const head = elements.html("th", "", this.#button);
    head.scope = "row";
    this.root = elements.html(
      "tr",
      "row",
      head,
      this.#path,
      elements.html("td", "row-rtt", this.#rtt, ...(rtt ? [rtt.element] : [])),
      elements.html("td", "row-rate", this.#rate, ...(rate ? [rate.element] : [])),
    );
    // The whole row is the button's for a pointer.
    this.root.addEventListener("click", ({ target }) => {
      if (target !== this.#button) select();
    });
  }

  describe(link: MeshLink, isSelected: boolean): void {
    this.link = link;
    setText(this.#button, link.isOwn ? link.b.name : between(link));
    setAttribute(this.#button, "aria-expanded", String(isSelected));
    const line = lineOf(link);
    if (line !== this.#line) {
      this.#line = line;
      this.root.dataset["line"] = line;
      const word = line === "trying" ? "opening" : line;
      this.#path.replaceChildren(this.#elements.line(line), this.#elements.html("span", "", word));
    }
    if (!link.isOwn) {
      setText(this.#rtt, milliseconds(link.rtt));
      setText(this.#rate, "–");
    }
  }

  read(readings: ReturnType<Record["of"]>): void {
    const newest = readings.at(-1);
    if (newest === undefined || newest === this.#newest) return;
    this.#newest = newest;
    for (const spark of this.#sparks ?? []) spark.add(newest);
    this.#figures(readings);
  }

  show(readings: ReturnType<Record["of"]>): void {
    this.#newest = readings.at(-1);
    for (const spark of this.#sparks ?? []) spark.show(readings);
    this.#figures(readings);
  }

  #figures(readings: ReturnType<Record["of"]>): void {
    const newest = readings.at(-1);
    setText(this.#rtt, milliseconds(newest?.rtt ?? null));
    setText(this.#rate, newest === undefined ? "–" : rate(newest.sent + newest.received));
  }
}
