import hand from "lucide:hand";
import message from "lucide:message-circle";
import minus from "lucide:minus";
import pencil from "lucide:pencil";
import plus from "lucide:plus";
import smile from "lucide:smile-plus";
import type { Camera } from "../board/camera.ts";
import { html } from "../page.ts";
import { REACTIONS } from "../reactions/reactions.ts";
import { drawIcon, type IconShapes } from "./icons.ts";
import { rove } from "./rove.ts";
import type { Tool, Tools } from "./tools.ts";

const ZOOM_STEP = 1.4;

const CHOICES: readonly (readonly [Tool, string, string, IconShapes])[] = [
  ["pen", "Pen", "Draw. Ink fades after five seconds (P)", pencil],
  [
    "move",
    "Hand",
    "Move the board. With Space, the middle button or two fingers at any time (M)",
    hand,
  ],
  ["react", "React", "Let an emoji rise where you click (E)", smile],
];

export interface ToolbarOptions {
  readonly tools: Tools;
  readonly camera: Camera;
  /** Lets an emoji rise where one's cursor is. */
  readonly give: (emoji: string) => void;
  /** Opens the line that follows one's cursor. */
  readonly chat: () => void;
}

/** The palette at the foot of one's own board. */
export function drawToolbar({ tools, camera, give, chat }: ToolbarOptions): HTMLElement {
  const choices = CHOICES.map(([tool, label, title, icon]) => {
    const button = iconButton(label, title, icon, () => tools.choose(tool));
    tools.watch(() => button.setAttribute("aria-pressed", String(tools.tool === tool)));
    return button;
  });
  const emojis = REACTIONS.map(({ emoji, name }, index) => {
    const button = html("button", "tool emoji", emoji);
    button.type = "button";
    button.setAttribute("aria-label", name);
    button.title = `${name} (${index + 1})`;
    button.addEventListener("click", () => {
      tools.chooseEmoji(emoji);
      give(emoji);
    });
    tools.watch(() => button.setAttribute("aria-pressed", String(tools.emoji === emoji)));
    return button;
  });
  const level = html("button", "tool level");
  level.type = "button";
  level.title = "Back to the middle (0)";
  level.addEventListener("click", () => camera.goHome());
  const showLevel = (): void => {
    const text = `${Math.round(camera.level * 100)} %`;
    if (level.textContent === text) return;
    level.textContent = text;
    level.setAttribute("aria-label", `Zoom ${text}, back to the middle`);
  };
  camera.onChange(showLevel);
  showLevel();

  const palette = html("div", "emojis", ...emojis);
  palette.setAttribute("role", "toolbar");
  palette.setAttribute("aria-label", "Reactions");
  tools.watch(() => {
    palette.hidden = tools.tool !== "react";
  });
  const main = html(
    "div",
    "tools",
    ...choices,
    iconButton("Say something", "Say something beside your cursor (/)", message, chat),
    html("i", "divider"),
    iconButton("Zoom out", "Zoom out (−)", minus, () => camera.zoomBy(1 / ZOOM_STEP)),
    level,
    iconButton("Zoom in", "Zoom in (+)", plus, () => camera.zoomBy(ZOOM_STEP)),
  );
  main.setAttribute("role", "toolbar");
  main.setAttribute("aria-label", "Tools");
  rove(palette);
  rove(main);
  return html("div", "palette", palette, main);
}

export function iconButton(
  label: string,
  title: string,
  icon: IconShapes,
  run: () => void,
): HTMLButtonElement {
  const button = html("button", "tool");
  button.append(drawIcon(icon));
  button.type = "button";
  button.title = title;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", run);
  return button;
}
