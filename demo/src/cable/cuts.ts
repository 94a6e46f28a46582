import type { InspectorFaults } from "skein/inspector";
import { createFaults, type Mend } from "skein/testing";
import { find } from "../page.ts";
import type { DemoRoom } from "../room/presence.ts";
import type { Measure } from "./measure.ts";
import { setSocketCut } from "./socket-cable.ts";

/**
 * The switches that cut this page off: its WebRTC, as the testing kit does it; its WebSocket, by a cable
 * that falls silent instead of failing at once, so that Skein has to find out; and the server itself.
 * Returns them for the network view, with what the testing kit can do besides.
 */
export function showCuts(room: DemoRoom, measure: Measure): InspectorFaults {
  const faults = createFaults(room);
  const direct = find("#cable", HTMLButtonElement);
  const socket = find("#cable-socket", HTMLButtonElement);
  direct.disabled = typeof RTCPeerConnection !== "function";
  let mend: Mend | null = null;
  onSwitch(direct, (cut) => {
    mend?.();
    mend = cut ? faults.cut("webrtc") : null;
    // Said into the cut cable: it arrives all the same.
    room.setPresence({ cut });
    measure.restart(cut ? "since you cut WebRTC" : "since you mended WebRTC");
  });
  onSwitch(socket, (cut) => {
    setSocketCut(cut);
    measure.restart(cut ? "since you cut the WebSocket" : "since you mended the WebSocket");
  });
  void showServerSwitch(measure);
  const switches = { webrtc: direct, socket };
  return {
    cut(what) {
      if (!isOn(switches[what])) switches[what].click();
      return () => {
        if (isOn(switches[what])) switches[what].click();
      };
    },
    delay: (ms) => faults.delay(ms),
    loss: (share) => faults.loss(share),
    mend() {
      for (const toggle of Object.values(switches)) if (isOn(toggle)) toggle.click();
    },
    get active() {
      return { webrtc: isOn(direct), socket: isOn(socket) };
    },
  };
}

const isOn = (toggle: HTMLButtonElement): boolean => toggle.getAttribute("aria-checked") === "true";

function onSwitch(toggle: HTMLButtonElement, run: (cut: boolean) => void): void {
  toggle.addEventListener("click", () => {
    const cut = !isOn(toggle);
    toggle.setAttribute("aria-checked", String(cut));
    run(cut);
  });
}

/** Only `npm start` can stop its server, and only for its own network: elsewhere there is no button. */
async function showServerSwitch(measure: Measure): Promise<void> {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="skein-server-switch"]');
  if (meta === null) return;
  const available = await fetch(meta.content).catch(() => null);
  if (available?.ok !== true) return;
  const button = find("#stop-server", HTMLButtonElement);
  const label = button.textContent ?? "";
  find("#cut-server", HTMLElement).hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    const answer = await fetch(meta.content, { method: "POST" }).catch(() => null);
    if (answer?.ok !== true) {
      button.disabled = false;
      return;
    }
    measure.restart("since the server stopped");
    const { awayMs } = (await answer.json()) as { awayMs: number };
    const until = performance.now() + awayMs;
    const tick = setInterval(() => {
      const left = until - performance.now();
      button.disabled = left > 0;
      button.textContent = left > 0 ? `Back in ${Math.ceil(left / 1_000)} s` : label;
      if (left <= 0) clearInterval(tick);
    }, 200);
  });
}
