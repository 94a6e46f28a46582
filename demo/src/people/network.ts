import { attachInspector, type InspectorFaults } from "skein/inspector";
import { find } from "../page.ts";
import type { DemoRoom } from "../room/presence.ts";

/** The button that shows the room as a picture: every link with its path, also those of others. */
export function showNetwork(room: DemoRoom, faults: InspectorFaults): void {
  const inspector = attachInspector(room, { button: false, faults });
  find("#network", HTMLButtonElement).addEventListener("click", () => {
    if (inspector.isOpen) inspector.close();
    else inspector.open();
  });
}
