import type { RoomSnapshot, Status } from "skein";
import { find } from "../page.ts";
import { type DemoRoom, type DemoTypes, isVisitor } from "../room/presence.ts";
import { pathText } from "./people.ts";

const READING_MS = 1_000;

const WORDS: Readonly<Record<Status, string>> = {
  idle: "not connected",
  connecting: "connecting",
  connected: "connected",
  reconnecting: "server away, trying again",
  closed: "closed",
};

/** Where the list of people is further down, what carries them is said up here. */
const NARROW = matchMedia("(max-width: 820px), (max-width: 1100px) and (orientation: portrait)");

/** Beside the room's name: how the room stands, and what is wrong with it in words. */
export function showStatus(room: DemoRoom): void {
  const line = find("#status", HTMLElement);
  const update = (): void => {
    const snapshot = room.getSnapshot();
    line.setAttribute("data-status", snapshot.status);
    const text = textFor(snapshot, room);
    if (line.textContent !== text) line.textContent = text;
    // A server that is away comes back by itself; what does not needs the visitor.
    const mends = snapshot.status === "reconnecting" || snapshot.status === "connected";
    showProblem(mends ? "" : (snapshot.error?.message ?? ""));
  };
  room.watch((snapshot) => snapshot, update);
  NARROW.addEventListener("change", update);
  update();
  setInterval(update, READING_MS);
}

function textFor({ status, peers }: RoomSnapshot<DemoTypes>, room: DemoRoom): string {
  const visitors = peers.filter(isVisitor);
  const shown = visitors.length > 0 ? visitors : peers;
  const isDirect = shown.some(({ path }) => path === "direct" || path === "relay");
  if (status === "reconnecting" && isDirect) {
    return NARROW.matches ? "server away, links go on" : "server away, direct links go on";
  }
  if (status !== "connected" || !NARROW.matches || shown.length === 0) return WORDS[status];
  const [first] = shown;
  const kinds = new Set(shown.map(({ path }) => path));
  if (first?.path == null || kinds.size > 1) {
    const direct = shown.filter(({ path }) => path === "direct").length;
    return `${direct} of ${shown.length} direct`;
  }
  const links = room.stats().peers;
  const rtts = shown.flatMap(({ id }) => links[id]?.rtt ?? []);
  return pathText(first.path, rtts.length === 0 ? null : Math.max(...rtts));
}

/** "" when there is none. */
export function showProblem(message: string): void {
  const problem = find("#problem", HTMLElement);
  problem.hidden = message === "";
  // Said once, not at every reading.
  if (problem.textContent !== message) problem.textContent = message;
}
