import type { Status } from "skein";
import { find } from "../page.ts";
import type { DemoRoom } from "../room/presence.ts";
import { milliseconds } from "./people.ts";

const READING_MS = 1_000;

const WORDS: Readonly<Record<Status, string>> = {
  idle: "not connected",
  connecting: "connecting",
  connected: "connected",
  reconnecting: "reconnecting",
  closed: "closed",
};

/** Beside the room's name: how the room stands, and what is wrong with it in words. */
export function showStatus(room: DemoRoom): void {
  const line = find("#status", HTMLElement);
  const update = (): void => {
    const { status, error } = room.getSnapshot();
    const rtt = status === "connected" ? room.stats().serverRtt : null;
    line.setAttribute("data-status", status);
    line.textContent = rtt === null ? WORDS[status] : `server ${milliseconds(rtt)}`;
    showProblem(error?.message ?? "");
  };
  room.watch((snapshot) => snapshot, update);
  update();
  setInterval(update, READING_MS);
}

/** "" when there is none. */
export function showProblem(message: string): void {
  const problem = find("#problem", HTMLElement);
  problem.hidden = message === "";
  // Said once, not at every reading.
  if (problem.textContent !== message) problem.textContent = message;
}
