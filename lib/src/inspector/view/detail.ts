import type { LinkStats } from "../../room/types.ts";
import type { Member, MeshLink } from "../mesh.ts";
import { REASONS } from "../reasons.ts";
import type { Record } from "../record.ts";
import { between, bytes, lineOf, milliseconds, PATH_WORDS, rate } from "../words.ts";
import { type Elements, named, setAttribute, setText } from "./elements.ts";
import type { Palette } from "./palette.ts";
import { Sparkline } from "./sparkline.ts";

/** Height of a large sparkline's canvas, in its pixels. */
const SPARK_HEIGHT = 88;

/** One link in full: what carries it, why, what to do about it, and its figures. */
export class Detail {
  readonly element: HTMLElement;
  readonly #elements: Elements;
  readonly #record: Record;
  readonly #title: HTMLElement;
  readonly #sample: SVGSVGElement;
  readonly #why: HTMLElement;
  readonly #advice: HTMLElement;
  readonly #help: HTMLAnchorElement;
  readonly #charts: HTMLElement;
  readonly #figures: HTMLElement;
  readonly #values = new Map<string, HTMLElement>();
  readonly #rtt: Sparkline;
  readonly #rate: Sparkline;
  readonly #rttNow: HTMLElement;
  readonly #rateNow: HTMLElement;
  readonly #helpUrl: string | null;
  #peer: string | null = null;

  constructor(
    elements: Elements,
    record: Record,
    palette: () => Palette,
    help: string | null,
    close: () => void,
  ) {
    const { html } = { html: elements.html.bind(elements) };
    this.#elements = elements;
    this.#record = record;
    this.#helpUrl = help;
    this.#title = named(html("h3", "detail-title"));
    this.#sample = elements.line("direct");
    this.#why = html("p", "why");
    this.#advice = html("p", "advice");
    this.#help = html("a", "help", "Troubleshooting");
    this.#help.target = "_blank";
    this.#help.rel = "noopener noreferrer";
    this.#rtt = new Sparkline(elements, "rtt", SPARK_HEIGHT, palette);
    this.#rate = new Sparkline(elements, "rate", SPARK_HEIGHT, palette);
    this.#rttNow = html("b");
    this.#rateNow = html("b");
    this.#charts = html(
      "div",
      "charts",
      html("figure", "", html("figcaption", "", "Round trip ", this.#rttNow), this.#rtt.element),
      html("figure", "", html("figcaption", "", "Rate ", this.#rateNow), this.#rate.element),
    );
    this.#figures = html("dl", "figures");
    const shut = elements.button("icon-button", close, "✕");
    shut.setAttribute("aria-label", "Close this link");
    this.element = html(
      "section",
      "detail",
      html("div", "detail-head", this.#sample, this.#title, shut),
      this.#why,
      this.#advice,
      this.#help,
      this.#charts,
      this.#figures,
    );
    this.element.setAttribute("aria-label", "The chosen link");
    this.element.hidden = true;
  }

  draw(link: MeshLink | null, stats: LinkStats | undefined): void {
    this.element.hidden = link === null;
    if (link === null) {
      this.#peer = null;
      return;
    }
    const line = lineOf(link);
    setText(this.#title, between(link));
    setAttribute(this.#sample, "data-line", line);
    setAttribute(this.element, "data-line", line);
    setText(this.#why, whyOf(link));
    const explained = link.reason === null ? null : REASONS[link.reason];
    this.#advise(explained === null ? "" : explained.advice);
    this.#help.hidden = explained === null || this.#helpUrl === null;
    if (this.#helpUrl !== null) setAttribute(this.#help, "href", this.#helpUrl);
    this.#charts.hidden = !link.isOwn;
    const peer = link.isOwn ? link.b.id : null;
    if (peer !== this.#peer) {
      this.#peer = peer;
      this.redraw();
    }
    this.#figure("Round trip", link.isOwn ? null : milliseconds(link.rtt));
    this.#figure("Hand-overs", String(stats?.handovers ?? link.handovers));
    this.#figure("Attempts", stats && String(stats.attempts));
    this.#figure("Sent", stats && `${bytes(stats.bytesSent)}, ${stats.framesSent} frames`);
    this.#figure(
      "Received",
      stats && `${bytes(stats.bytesReceived)}, ${stats.framesReceived} frames`,
    );
    this.#figure("Sent again", stats && String(stats.resent));
    this.#figure("Not acknowledged", stats && bytes(stats.unacknowledged));
  }

  /** A command's flags are not broken at their hyphens. */
  #advise(advice: string): void {
    if (this.#advice.textContent === advice) return;
    const parts = advice.split(/(--[\w-]+)/);
    this.#advice.replaceChildren(
      ...parts.map((part, at) => (at % 2 === 1 ? this.#elements.html("span", "flag", part) : part)),
    );
  }

  /** A new reading. */
  read(): void {
    const newest = this.#peer === null ? undefined : this.#record.of(this.#peer).at(-1);
    if (newest === undefined) return;
    this.#rtt.add(newest);
    this.#rate.add(newest);
    this.#now();
  }

  /** All anew: another link or other colours. */
  redraw(): void {
    if (this.#peer === null) return;
    const readings = this.#record.of(this.#peer);
    this.#rtt.show(readings);
    this.#rate.show(readings);
    this.#now();
  }

  #now(): void {
    const newest = this.#record.of(this.#peer ?? "").at(-1);
    setText(this.#rttNow, milliseconds(newest?.rtt ?? null));
    setText(this.#rateNow, newest ? `↑ ${rate(newest.sent)} ↓ ${rate(newest.received)}` : "–");
  }

  #figure(name: string, value: string | null | undefined): void {
    let cell = this.#values.get(name);
    if (cell === undefined) {
      cell = this.#elements.html("dd");
      this.#values.set(name, cell);
      const term = this.#elements.html("dt", "", name);
      this.#figures.append(this.#elements.html("div", "", term, cell));
    }
    if (cell.parentElement !== null) cell.parentElement.hidden = value == null;
    setText(cell, value ?? "");
  }
}

/** Why a link is where it is, in whole sentences. */
export function whyOf({ path, reason, paths, a, b, condition }: MeshLink): string {
  const words = [PATH_WORDS[path]];
  if (reason !== null) words.push(`${reason}: ${REASONS[reason].meaning}`);
  else if (condition === "settled") words.push("No other path was asked for yet.");
  const [here, there] = paths;
  if (here !== null && there !== null && here !== there) {
    words.push(`The two ends differ: ${subject(a)} on ${here}, ${subject(b)} on ${there}.`);
  }
  return words.join(" ");
}

const subject = ({ isSelf, name }: Member): string => (isSelf ? "you send" : `${name} sends`);
