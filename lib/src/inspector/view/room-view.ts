import type { RoomSnapshot, RoomStats, RoomTypes } from "../../room/types.ts";
import type { Mesh, MeshLink } from "../mesh.ts";
import type { CheckedOptions } from "../options.ts";
import type { Record } from "../record.ts";
import { between, LINES, lineOf, milliseconds, STATUS_WORDS, shortly, verdict } from "../words.ts";
import { drawCopy } from "./copy-report.ts";
import { Detail } from "./detail.ts";
import { type Elements, named, setAttribute, setText } from "./elements.ts";
import { FaultSwitches } from "./fault-switches.ts";
import type { Frame } from "./frame.ts";
import { Graph, type Selection } from "./graph.ts";
import { LinkList } from "./link-list.ts";
import { TimeLine } from "./time-line.ts";

/** Broken links named above the graph; the others are in it and in the list. */
const MAX_CULPRITS = 4;
/** Tabs below this share of the view are brought up when used. */
const LOW = 0.6;

const TABS = ["own", "all", "time"] as const;
type Tab = (typeof TABS)[number];
const NOTHING: Selection = { link: null, member: null };

/** What is in an open inspector. */
export class RoomView {
  readonly #elements: Elements;
  readonly #body: HTMLElement;
  readonly #faults: FaultSwitches | null;
  readonly #record: Record;
  readonly #graph: Graph;
  readonly #list: LinkList;
  readonly #detail: Detail;
  readonly #timeLine: TimeLine;
  readonly #standing: HTMLElement;
  readonly #verdict: HTMLElement;
  readonly #culprits: HTMLElement;
  readonly #note: HTMLElement;
  readonly #pointed: HTMLElement;
  readonly #counts = new Map<string, HTMLElement>();
  readonly #tabs = new Map<
    Tab,
    { readonly button: HTMLButtonElement; readonly count: HTMLElement }
  >();
  readonly #panes: HTMLElement;
  #tab: Tab = "own";
  #selection: Selection = NOTHING;
  #mesh: Mesh = { members: [], links: [], broken: [] };
  #stats: RoomStats | null = null;

  constructor(
    elements: Elements,
    frame: Frame,
    record: Record,
    { faults, help }: CheckedOptions,
    reportText: () => string,
  ) {
    const { html } = { html: elements.html.bind(elements) };
    const palette = () => frame.palette;
    this.#elements = elements;
    this.#body = frame.body;
    this.#record = record;
    this.#graph = new Graph(
      elements,
      (selection) => this.#choose(selection),
      (link) => setText(this.#pointed, link === null ? "" : shortly(link)),
    );
    this.#list = new LinkList(elements, record, palette, (link) => {
      this.#choose(link === this.#selection.link ? NOTHING : { link, member: null });
    });
    this.#detail = new Detail(elements, record, palette, help, () => this.#choose(NOTHING));
    this.#timeLine = new TimeLine(elements);
    this.#standing = html("p", "standing");
    this.#verdict = html("span", "verdict-text");
    this.#culprits = html("span", "culprits");
    this.#note = html("p", "verdict-note");
    this.#pointed = named(html("p", "pointed-text"));
    const copy = drawCopy(elements, reportText);

    const verdictLine = html("div", "verdict", this.#verdict);
    verdictLine.setAttribute("role", "status");
    const legend = html("p", "legend");
    for (const line of LINES) {
      const count = html("span", "", "0");
      this.#counts.set(line, count);
      const word = line === "trying" ? "opening" : line;
      legend.append(html("span", "", elements.line(line), `${word} `, count));
    }
    this.#panes = html("div", "panes", this.#list.element, this.#timeLine.element);
    this.#panes.id = "pane";
    this.#panes.setAttribute("role", "tabpanel");
    frame.actions.append(copy.button);
    this.#faults = faults === null ? null : new FaultSwitches(elements, faults);
    const faultSwitches = this.#faults === null ? [] : [this.#faults.element];
    frame.body.append(
      html(
        "div",
        "view",
        html(
          "div",
          "overview",
          verdictLine,
          this.#standing,
          this.#culprits,
          this.#note,
          this.#graph.element,
          this.#pointed,
          legend,
        ),
        html(
          "div",
          "particulars",
          ...faultSwitches,
          this.#detail.element,
          this.#tabList(),
          this.#panes,
        ),
      ),
      copy.area,
    );
    this.#showTab("own");
  }

  /** What changed since: `mesh` may be the one before. */
  draw(mesh: Mesh, snapshot: RoomSnapshot<RoomTypes>, stats: RoomStats): void {
    this.#mesh = mesh;
    this.#stats = stats;
    const { links, broken, members } = mesh;
    const { link, member } = this.#selection;
    const isGone =
      (link !== null && !links.some(({ key }) => key === link)) ||
      (member !== null && !members.some(({ id }) => id === member));
    if (isGone) this.#selection = NOTHING;
    const { status } = snapshot;
    const own = links.filter(({ isOwn }) => isOwn).length;
    setText(
      this.#standing,
      [
        STATUS_WORDS[status],
        ...(stats.serverRtt === null ? [] : [`server ${milliseconds(stats.serverRtt)}`]),
        `${stats.peerConnections} connection${stats.peerConnections === 1 ? "" : "s"}`,
      ].join(" · "),
    );
    setText(this.#verdict, verdict(links, broken));
    this.#drawCulprits(broken);
    const silent = members.filter(({ tells }) => !tells).length;
    setText(
      this.#note,
      silent > 0 && members.length > 2
        ? `${silent} of ${members.length - 1} others do not tell their links (yet): they need shareLinks(room).`
        : "",
    );
    this.#note.hidden = this.#note.textContent === "";
    for (const [line, count] of this.#counts) {
      const number = links.filter((each) => lineOf(each) === line).length;
      setText(count, String(number));
      if (count.parentElement !== null) count.parentElement.hidden = number === 0;
    }
    this.#count("own", own);
    this.#count("all", links.length);
    this.#graph.draw(mesh, this.#selection);
  }

  /** The table and the chosen link, of what was drawn last. */
  drawList(): void {
    this.#drawChosen();
  }

  /** What was read, a part of it at each of so many turns: a sparkline takes its time. */
  read(turn: number, turns: number, now: number): void {
    this.#list.read(turn, turns);
    if (turn !== turns - 1) return;
    this.#detail.read();
    this.#faults?.read();
    if (this.#tab === "time") this.#timeLine.draw(this.#record.happenings, now);
  }

  /** Other colours. */
  recolor(): void {
    this.#list.redraw();
    this.#detail.redraw();
  }

  #choose(selection: Selection): void {
    this.#selection = selection;
    // Of a member of whom others tell, all its links are to be read.
    if (selection.member !== null) this.#showTab("all");
    this.#graph.draw(this.#mesh, selection);
    this.#drawChosen();
    if (selection.link !== null) this.#bringIn(this.#detail.element);
  }

  #drawChosen(): void {
    const { link: key, member } = this.#selection;
    const { links } = this.#mesh;
    const chosen = links.find((link) => link.key === key) ?? null;
    this.#detail.draw(chosen, chosen?.isOwn ? this.#stats?.peers[chosen.b.id] : undefined);
    if (this.#tab === "time") return;
    const isListed = ({ isOwn, a, b }: MeshLink) =>
      member === null ? isOwn || this.#tab === "all" : a.id === member || b.id === member;
    this.#list.draw(links.filter(isListed), key);
  }

  /** Said by name above the graph: one look is enough. */
  #drawCulprits(broken: readonly MeshLink[]): void {
    const shown = broken.slice(0, MAX_CULPRITS);
    const keys = shown.map(({ key, reason }) => `${key} ${reason}`).join();
    if (this.#culprits.dataset["keys"] === keys) return;
    this.#culprits.dataset["keys"] = keys;
    this.#culprits.replaceChildren(
      ...shown.map((link) =>
        named(
          this.#elements.button(
            "culprit",
            () => this.#choose({ link: link.key, member: null }),
            this.#elements.line("broken"),
            `${between(link)}${link.reason === null ? "" : `: ${link.reason}`}`,
          ),
        ),
      ),
    );
  }

  #tabList(): HTMLElement {
    const words = { own: "Your links", all: "All links", time: "Hand-overs" } as const;
    const list = this.#elements.html("div", "tabs");
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "What to list");
    for (const tab of TABS) {
      const count = this.#elements.html("span", "count");
      const choose = () => {
        if (this.#selection.member !== null) this.#selection = NOTHING;
        this.#showTab(tab);
        this.#bringUp(list);
        this.#graph.draw(this.#mesh, this.#selection);
        this.#drawChosen();
      };
      const button = this.#elements.button("tab", choose, `${words[tab]} `, count);
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", "pane");
      this.#tabs.set(tab, { button, count });
      list.append(button);
    }
    list.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const next = TABS[(TABS.indexOf(this.#tab) + step + TABS.length) % TABS.length];
      const button = next && this.#tabs.get(next)?.button;
      if (step === 0 || button === undefined) return;
      event.preventDefault();
      button.focus();
      button.click();
    });
    return list;
  }

  /** Scrolls as little as it takes, from its head on. */
  #bringIn(element: HTMLElement): void {
    const body = this.#body.getBoundingClientRect();
    const { top, bottom } = element.getBoundingClientRect();
    const down = Math.min(top - body.top, Math.max(0, bottom - body.bottom));
    if (down !== 0) this.#body.scrollTop += down;
  }

  /** What a tab lists may be below what is seen. Only the inspector itself scrolls, not the page. */
  #bringUp(tabs: HTMLElement): void {
    const body = this.#body.getBoundingClientRect();
    const down = tabs.getBoundingClientRect().top - body.top;
    if (down > body.height * LOW) this.#body.scrollTop += down;
  }

  #showTab(tab: Tab): void {
    this.#tab = tab;
    for (const [each, { button }] of this.#tabs) {
      setAttribute(button, "aria-selected", String(each === tab));
      button.tabIndex = each === tab ? 0 : -1;
    }
    this.#list.element.hidden = tab === "time";
    this.#timeLine.element.hidden = tab !== "time";
    if (tab === "time") this.#timeLine.draw(this.#record.happenings, Date.now());
  }

  #count(tab: Tab, count: number): void {
    const label = this.#tabs.get(tab)?.count;
    if (label !== undefined) setText(label, String(count));
  }
}
