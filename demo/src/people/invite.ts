import { encode } from "uqr";
import { find, svg } from "../page.ts";
import { announce } from "./news.ts";

/** How long the button says what happened, in milliseconds. */
const FEEDBACK_MS = 2_000;

/** White squares around the code, in squares; scanners want some. */
const QUIET_ZONE = 2;

const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;

/**
 * A link that works on other devices: a page opened as `localhost` is known to them by its address
 * in the local network.
 */
export function linkTo(room: string): string {
  const lan = document.querySelector<HTMLMetaElement>('meta[name="skein-lan-origin"]')?.content;
  const origin = lan && LOOPBACK.test(location.hostname) ? lan : location.origin;
  const url = new URL(location.pathname, origin);
  url.searchParams.set("room", room);
  return url.href;
}

export function showInvitation(link: string): void {
  const button = find("#copy", HTMLButtonElement);
  const field = find("#link", HTMLInputElement);
  const label = button.textContent ?? "";
  button.disabled = false;
  let back: ReturnType<typeof setTimeout> | undefined;

  field.value = link;
  field.addEventListener("focus", () => field.select());
  find("#qr", HTMLElement).append(drawCode(link));

  button.addEventListener("click", async () => {
    const copied = await copy(link, field);
    button.textContent = copied ? "Copied" : "Press Ctrl+C";
    announce(copied ? "The link is copied." : "The link is selected; copy it with Control C.");
    clearTimeout(back);
    back = setTimeout(() => {
      button.textContent = label;
    }, FEEDBACK_MS);
  });
}

/** The clipboard exists in secure contexts only; over plain http the selected field has to do. */
async function copy(text: string, field: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand("copy");
  }
}

function drawCode(text: string): SVGSVGElement {
  const { data, size } = encode(text, { ecc: "M", border: QUIET_ZONE });
  const squares = data.flatMap((row, y) =>
    row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])),
  );
  return svg(
    "svg",
    {
      viewBox: `0 0 ${size} ${size}`,
      role: "img",
      "aria-label": "QR code with the link to this room",
      "shape-rendering": "crispEdges",
    },
    svg("path", { d: squares.join(""), fill: "#14262e" }),
  );
}
