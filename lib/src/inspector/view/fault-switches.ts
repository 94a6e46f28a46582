import { callSafely } from "../../room/report.ts";
import type { InspectorFaults } from "../options.ts";
import { type Elements, setAttribute } from "./elements.ts";

const CUTS = [
  ["webrtc", "Cut WebRTC"],
  ["socket", "Cut the WebSocket"],
] as const;
type Cut = (typeof CUTS)[number][0];
const DELAYS_MS = [0, 50, 150, 500, 1_500];
const LOSSES = [0, 0.02, 0.1, 0.3];

interface Choice {
  readonly select: HTMLSelectElement;
  readonly inWords: (value: number) => string;
}

/** Switches for what may go wrong, as far as the faults given can do it. */
export class FaultSwitches {
  readonly element: HTMLElement;
  readonly #elements: Elements;
  readonly #faults: InspectorFaults;
  readonly #toggles = new Map<Cut, HTMLButtonElement>();
  readonly #choices = new Map<"delayMs" | "loss", Choice>();
  /** What was chosen here, for faults that do not say what is wrong. */
  readonly #values = new Map<"delayMs" | "loss", number>();
  /** What ends each fault that was begun here. */
  readonly #mends = new Map<string, () => void>();

  constructor(elements: Elements, faults: InspectorFaults) {
    this.#elements = elements;
    this.#faults = faults;
    this.element = elements.html("section", "faults");
    this.element.append(elements.html("h3", "", "Faults of this page"));
    if (faults.cut !== undefined) for (const [what, label] of CUTS) this.#toggle(what, label);
    if (faults.delay !== undefined) {
      this.#choice("delayMs", "Delay", DELAYS_MS, inMs, (ms) => faults.delay?.(ms));
    }
    if (faults.loss !== undefined) {
      this.#choice("loss", "Loss", LOSSES, inPercent, (share) => faults.loss?.(share));
    }
    this.element.hidden = this.element.childElementCount === 1;
    this.read();
  }

  /** Others can cut and mend as well. */
  read(): void {
    const { active } = this.#faults;
    for (const [what, toggle] of this.#toggles) {
      const isCut = active?.[what] ?? this.#mends.has(what);
      setAttribute(toggle, "aria-checked", String(isCut));
    }
    for (const [what, choice] of this.#choices) {
      // A share of several losses is a product, seldom a round one.
      const value = Math.round((active?.[what] ?? this.#values.get(what) ?? 0) * 1_000) / 1_000;
      if (Number(choice.select.value) === value) continue;
      this.#offer(choice, value);
      choice.select.value = String(value);
    }
  }

  #toggle(what: Cut, label: string): void {
    const run = (): void => {
      if (toggle.getAttribute("aria-checked") !== "true") {
        this.#begin(what, () => this.#faults.cut?.(what));
      } else {
        this.#end(what);
        // It was somebody else's, and so it ends with everything else.
        if (this.#faults.active?.[what] === true) this.#mendAll();
      }
      this.read();
    };
    const toggle = this.#elements.button("switch", run, this.#elements.html("i"), label);
    toggle.setAttribute("role", "switch");
    this.#toggles.set(what, toggle);
    this.element.append(toggle);
  }

  #choice(
    what: "delayMs" | "loss",
    label: string,
    values: readonly number[],
    inWords: (value: number) => string,
    begin: (value: number) => (() => void) | undefined,
  ): void {
    const select = this.#elements.html("select");
    const choice = { select, inWords };
    for (const value of values) this.#offer(choice, value);
    select.addEventListener("change", () => {
      const value = Number(select.value);
      this.#end(what);
      this.#values.set(what, value);
      if (value > 0) this.#begin(what, () => begin(value));
      // Others may have added to it.
      this.read();
    });
    this.#choices.set(what, choice);
    const name = this.#elements.html("span", "", label);
    this.element.append(this.#elements.html("label", "choice", name, select));
  }

  #offer({ select, inWords }: Choice, value: number): void {
    const text = String(value);
    if ([...select.options].some((option) => option.value === text)) return;
    const option = this.#elements.html("option", "", value === 0 ? "none" : inWords(value));
    option.value = text;
    select.append(option);
  }

  #mendAll(): void {
    this.#mends.clear();
    this.#values.clear();
    callSafely(() => this.#faults.mend?.());
  }

  #begin(name: string, begin: () => (() => void) | undefined): void {
    this.#end(name);
    callSafely(() => this.#mends.set(name, begin() ?? (() => {})));
  }

  #end(name: string): void {
    const mend = this.#mends.get(name);
    this.#mends.delete(name);
    if (mend !== undefined) callSafely(mend);
  }
}

const inMs = (ms: number): string => `${Math.round(ms)} ms`;
const inPercent = (share: number): string => `${Math.round(share * 100)} %`;
