import { version } from "../../../lib/package.json";
import {
  type Check,
  conclude,
  type Diagnosis,
} from "../../../signaling-server/src/doctor/diagnosis.ts";
import { describePolicy, reportForIssue } from "../../../signaling-server/src/doctor/report.ts";
import { parseServerAddress } from "../../../signaling-server/src/doctor/signaling.ts";
import { find, html } from "../page.ts";
import { diagnoseBrowser } from "./browser.ts";

const field = find("#server", HTMLInputElement);
const button = find("#run", HTMLButtonElement);
const verdict = find("#verdict", HTMLElement);
const report = find("#report", HTMLTextAreaElement);

field.value = new URL(location.href).searchParams.get("server") ?? location.origin;

find("#ask", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  void run();
});

find("#copy-report", HTMLButtonElement).addEventListener("click", async () => {
  report.select();
  // The clipboard exists in secure contexts only.
  if (navigator.clipboard) await navigator.clipboard.writeText(report.value);
  else document.execCommand("copy");
});

void run();

async function run(): Promise<void> {
  clear();
  try {
    const address = parseServerAddress(field.value);
    button.disabled = true;
    show(await diagnoseBrowser(address));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), "none");
  }
  button.disabled = false;
}

function clear(): void {
  say("Checking. This takes some ten seconds where something does not answer.", "");
  for (const id of ["#checks", "#warnings", "#policy"]) find(id, HTMLElement).replaceChildren();
  find("#issue", HTMLElement).hidden = true;
}

function say(text: string, best: string): void {
  verdict.textContent = text;
  verdict.setAttribute("data-best", best);
}

function show(diagnosis: Diagnosis): void {
  const { summary, best, warnings } = conclude(diagnosis);
  say(summary, best);
  find("#warnings", HTMLElement).replaceChildren(
    ...warnings.map((warning) => html("li", "warning", warning)),
  );
  const checks = [diagnosis.signaling, ...diagnosis.ice];
  find("#checks", HTMLElement).replaceChildren(...checks.map(drawn));
  if (diagnosis.policy !== null) {
    find("#policy", HTMLElement).textContent = `Policy: ${describePolicy(diagnosis.policy)}.`;
  }
  report.value = reportForIssue(diagnosis, version, new Date());
  find("#issue", HTMLElement).hidden = false;
  // As high as what is in it: nothing to scroll inside of a page that scrolls.
  report.style.height = "auto";
  report.style.height = `${report.scrollHeight + 2}px`;
}

function drawn({ name, target, state, detail, advice }: Check): HTMLLIElement {
  const item = html(
    "li",
    "check",
    html("b", "check-name", name),
    html("span", "check-state", state),
    html("span", "check-text", html("code", "check-target", target), ` ${detail}.`),
    ...(advice === null ? [] : [html("span", "check-advice", advice)]),
  );
  item.setAttribute("data-state", state);
  return item;
}
