import { find } from "../page.ts";
import { type DemoRoom, isVisitor, nameOf } from "../room/presence.ts";

/** Tells screen readers something, when they have a moment. */
export function announce(text: string): void {
  find("#news", HTMLElement).textContent = text;
}

/** Tells screen readers who comes and goes. */
export function announceComings(room: DemoRoom): void {
  room.on("join", ({ peer }) => {
    if (isVisitor(peer)) announce(`${nameOf(peer)} joined.`);
  });
  room.on("leave", ({ peer }) => {
    if (isVisitor(peer)) announce(`${nameOf(peer)} left.`);
  });
}
