import { find } from "./page.ts";
import { type DemoRoom, isVisitor, nameOf } from "./presence.ts";

/** Tells screen readers who comes and goes, when they have a moment. */
export function announceComings(room: DemoRoom): void {
  const news = find("#news", HTMLElement);
  const say = (text: string): void => {
    news.textContent = text;
  };
  room.on("join", ({ peer }) => {
    if (isVisitor(peer)) say(`${nameOf(peer)} joined.`);
  });
  room.on("leave", ({ peer }) => {
    if (isVisitor(peer)) say(`${nameOf(peer)} left.`);
  });
}
