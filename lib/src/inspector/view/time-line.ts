import { conditionOf } from "../mesh.ts";
import type { Happening } from "../record.ts";
import { STATUS_WORDS } from "../words.ts";
import { type Elements, named, setText } from "./elements.ts";

/** Happenings shown; more are in the report. */
const SHOWN = 60;
/** The strip above the list goes back so far, in milliseconds. */
const SPAN_MS = 120_000;
const STRIP_WIDTH = 320;

/** What moved where, newest first, and the last two minutes as a strip of marks. */
export class TimeLine {
  readonly element: HTMLElement;
  readonly #elements: Elements;
  readonly #strip: SVGSVGElement;
  readonly #list: HTMLOListElement;
  readonly #empty: HTMLElement;
  readonly #marks = new Map<Happening, SVGPathElement>();
  #newest: Happening | undefined;

  constructor(elements: Elements) {
    this.#elements = elements;
    this.#strip = elements.svg("svg", {
      class: "strip",
      viewBox: `0 0 ${STRIP_WIDTH} 22`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    });
    this.#strip.append(elements.svg("path", { class: "base", d: `M0 21 H${STRIP_WIDTH}` }));
    this.#list = elements.html("ol", "happenings");
    this.#empty = elements.html("p", "empty", "No hand-over yet.");
    this.element = elements.html(
      "div",
      "time-line",
      this.#strip,
      elements.html(
        "p",
        "strip-ends",
        elements.html("span", "", "2 min ago"),
        elements.html("span", "", "now"),
      ),
      this.#empty,
      this.#list,
    );
    this.#strip.setAttribute("focusable", "false");
  }

  draw(happenings: readonly Happening[], now: number): void {
    this.#drawStrip(happenings, now);
    const newest = happenings[0];
    if (newest === this.#newest) return;
    const fresh: HTMLElement[] = [];
    for (const happening of happenings) {
      if (happening === this.#newest || fresh.length === SHOWN) break;
      fresh.push(this.#row(happening));
    }
    this.#newest = newest;
    this.#list.prepend(...fresh);
    while (this.#list.childElementCount > SHOWN) this.#list.lastElementChild?.remove();
    this.#empty.hidden = happenings.length > 0;
  }

  #drawStrip(happenings: readonly Happening[], now: number): void {
    const kept = new Set<Happening>();
    for (const happening of happenings) {
      const age = now - happening.time;
      if (age > SPAN_MS) break;
      kept.add(happening);
      let mark = this.#marks.get(happening);
      if (mark === undefined) {
        mark = this.#elements.svg("path", { class: "mark", d: "M0 3 V21" });
        mark.dataset["line"] = kindOf(happening);
        this.#marks.set(happening, mark);
        this.#strip.append(mark);
      }
      const x = STRIP_WIDTH * (1 - age / SPAN_MS) - 1;
      mark.style.transform = `translateX(${x.toFixed(1)}px)`;
    }
    for (const [happening, mark] of this.#marks) {
      if (kept.has(happening)) continue;
      mark.remove();
      this.#marks.delete(happening);
    }
  }

  #row(happening: Happening): HTMLElement {
    const { html } = { html: this.#elements.html.bind(this.#elements) };
    const { time, names, reason } = happening;
    const clock = html("time", "", timeOf(time));
    clock.dateTime = new Date(time).toISOString();
    const who = named(html("span", "who", names.join(" – ")));
    const what = html("span", "what", ...this.#what(happening));
    const row = html("li", "happening", clock, who, what);
    row.dataset["line"] = kindOf(happening);
    if (reason !== null) setText(what.appendChild(html("span", "because")), reason);
    return row;
  }

  #what({ kind, from, to }: Happening): (Node | string)[] {
    if (kind === "join") return ["came"];
    if (kind === "leave") return ["left"];
    if (kind === "status") {
      return [STATUS_WORDS[to as keyof typeof STATUS_WORDS].toLowerCase()];
    }
    return [this.#elements.line(from), from, " → ", this.#elements.line(to), to];
  }
}

function kindOf({ kind, to, reason }: Happening): string {
  if (kind === "path") {
    return to === "server" && conditionOf({ path: to, reason }) === "broken" ? "broken" : to;
  }
  return kind === "status" && to !== "connected" ? "broken" : "plain";
}

export const timeOf = (time: number): string => new Date(time).toTimeString().slice(0, 8);
