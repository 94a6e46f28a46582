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

/** Switches for what may go wrong, as far as the faults given can do it. */
export class FaultSwitches {
  readonly element: HTMLElement;
  readonly #elements: Elements;
  readonly #faults: InspectorFaults;
  readonly #toggles = new Map<Cut, HTMLButtonElement>();
  /** What ends each fault that was begun here. */
  readonly #mends = new Map<string, () => void>();

  constructor(elements: Elements, faults: InspectorFaults) {
    this.#elements = elements;
    this.#faults = faults;
    this.element = elements.html("section", "faults");
    this.element.append(elements.html("h3", "", "Faults of this page"));
    if (faults.cut !== undefined) for (const [what, label] of CUTS) this.#toggle(what, label);
    if (faults.delay !== undefined) {
      this.#choice("Delay", DELAYS_MS, "ms", 1, (ms) => faults.delay?.(ms));
    }
    if (faults.loss !== undefined) {
      this.#choice("Loss", LOSSES, "%", 100, (share) => faults.loss?.(share));
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
  }

  #toggle(what: Cut, label: string): void {
    const run = (): void => {
      if (toggle.getAttribute("aria-checked") !== "true") {
        this.#begin(what, () => this.#faults.cut?.(what));
      } else {
        this.#end(what);
        // It was somebody else's.
        if (this.#faults.active?.[what] === true) callSafely(() => this.#faults.mend?.());
      }
      this.read();
    };
    const toggle = this.#elements.button("switch", run, this.#elements.html("i"), label);
    toggle.setAttribute("role", "switch");
    this.#toggles.set(what, toggle);
    this.element.append(toggle);
  }

  #choice(
    label: string,
    values: readonly number[],
    unit: string,
    scale: number,
    begin: (value: number) => (() => void) | undefined,
  ): void {
    const options = values.map((value) => {
      const text = value === 0 ? "none" : `${value * scale} ${unit}`;
      const option = this.#elements.html("option", "", text);
      option.value = String(value);
      return option;
    });
    const select = this.#elements.html("select", "", ...options);
    select.addEventListener("change", () => {
      const value = Number(select.value);
      this.#end(label);
      if (value > 0) this.#begin(label, () => begin(value));
    });
    const name = this.#elements.html("span", "", label);
    this.element.append(this.#elements.html("label", "choice", name, select));
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
