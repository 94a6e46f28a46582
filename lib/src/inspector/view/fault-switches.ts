import { callSafely } from "../../room/report.ts";
import type { InspectorFaults } from "../options.ts";
import type { Elements } from "./elements.ts";

const CUTS = [
  ["webrtc", "Cut WebRTC"],
  ["socket", "Cut the WebSocket"],
] as const;
const DELAYS_MS = [0, 50, 150, 500, 1_500];
const LOSSES = [0, 0.02, 0.1, 0.3];

/** Switches for what may go wrong, as far as the faults given can do it. */
export function drawFaults(elements: Elements, faults: InspectorFaults): HTMLElement {
  const { html } = { html: elements.html.bind(elements) };
  const parts: HTMLElement[] = [];
  const { cut, mend, delay, loss } = faults;
  if (cut !== undefined && mend !== undefined) {
    for (const [what, label] of CUTS) {
      const toggle = elements.button(
        "switch",
        () => {
          const isCut = toggle.getAttribute("aria-checked") !== "true";
          toggle.setAttribute("aria-checked", String(isCut));
          callSafely(() => (isCut ? cut.call(faults, what) : mend.call(faults, what)));
        },
        html("i"),
        label,
      );
      toggle.setAttribute("role", "switch");
      toggle.setAttribute("aria-checked", "false");
      parts.push(toggle);
    }
  }
  const choice = (
    label: string,
    values: readonly [number, string][],
    run: (to: number) => void,
  ) => {
    const select = html(
      "select",
      "",
      ...values.map(([value, text]) => {
        const option = html("option", "", text);
        option.value = String(value);
        return option;
      }),
    );
    select.addEventListener("change", () => callSafely(() => run(Number(select.value))));
    parts.push(html("label", "choice", html("span", "", label), select));
  };
  if (delay !== undefined) {
    choice(
      "Delay",
      DELAYS_MS.map((ms) => [ms, ms === 0 ? "none" : `${ms} ms`]),
      (ms) => delay.call(faults, ms),
    );
  }
  if (loss !== undefined) {
    choice(
      "Loss",
      LOSSES.map((share) => [share, share === 0 ? "none" : `${share * 100} %`]),
      (share) => loss.call(faults, share),
    );
  }
  const section = html("section", "faults", html("h3", "", "Faults of this page"), ...parts);
  section.hidden = parts.length === 0;
  return section;
}
