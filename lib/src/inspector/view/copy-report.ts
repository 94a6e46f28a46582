import type { Elements } from "./elements.ts";

/** So long the button says that it has copied, in milliseconds. */
const COPIED_MS = 2_000;
const LABEL = "Copy as bug report";

/** A button that copies the report, and where the report shows when it cannot be copied. */
export function drawCopy(
  elements: Elements,
  reportText: () => string,
): { readonly button: HTMLButtonElement; readonly area: HTMLTextAreaElement } {
  const area = elements.html("textarea", "report");
  area.readOnly = true;
  area.hidden = true;
  area.setAttribute("aria-label", "Bug report");
  const button = elements.button("quiet", () => void copy(), LABEL);
  const copy = async (): Promise<void> => {
    const text = reportText();
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      setTimeout(() => {
        button.textContent = LABEL;
      }, COPIED_MS);
    } catch {
      // No clipboard over plain http, or not allowed: the text is there to be copied by hand.
      area.hidden = false;
      area.value = text;
      area.focus();
      area.select();
    }
  };
  return { button, area };
}
