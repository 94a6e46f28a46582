import x from "lucide:x";
import { attachInspector, type InspectorFaults } from "skein/inspector";
import { find } from "../page.ts";
import type { DemoRoom } from "../room/presence.ts";
import { drawIcon } from "../tools/icons.ts";

/**
 * The room as a picture, in a drawer over the boards: every link with its path, also those of others.
 * People and cuts stay in sight beside it.
 */
export function showNetwork(room: DemoRoom, faults: InspectorFaults): void {
  const drawer = find("#drawer", HTMLElement);
  const button = find("#network", HTMLButtonElement);
  const close = find("#drawer-close", HTMLButtonElement);
  const element = find("#drawer-body", HTMLElement);
  const inspector = attachInspector(room, { element, open: false, faults });
  const setOpen = (open: boolean): void => {
    if (open === inspector.isOpen) return;
    drawer.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) {
      inspector.open();
      drawer.scrollIntoView({ block: "nearest" });
      close.focus({ preventScroll: true });
    } else {
      inspector.close();
      button.focus();
    }
  };
  close.append(drawIcon(x));
  close.addEventListener("click", () => setOpen(false));
  drawer.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.stopPropagation();
    setOpen(false);
  });
  button.disabled = false;
  button.addEventListener("click", () => setOpen(!inspector.isOpen));
}
