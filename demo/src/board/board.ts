import { type AttachedCursors, attachCursors, followView, type ViewFollowing } from "skein/cursors";
import { Flock } from "../flock/flock.ts";
import { Ink } from "../ink/ink.ts";
import { find, html, prefersStillness, svg } from "../page.ts";
import { Reactions } from "../reactions/reactions.ts";
import { type DemoRoom, nameOf } from "../room/presence.ts";
import type { Tools } from "../tools/tools.ts";
import { Camera, type Point } from "./camera.ts";
import { attachGestures } from "./gestures.ts";
import { Ground } from "./ground.ts";
import { attachKeyboard } from "./keyboard.ts";
import { Trails } from "./trails.ts";

/** Cursors travel in whole numbers, see skein's wire: quarters of a unit are finer than one sees. */
const PER_UNIT = 4;

/**
 * A pointer's events are a frame or two old when they come. A hand that moves by itself is further behind,
 * in milliseconds, so that the pointer that takes over from it always has the newer place.
 */
const BEHIND_MS = 100;

const toShared = ({ x, y }: Point): Point => ({
  x: Math.round(x * PER_UNIT),
  y: Math.round(y * PER_UNIT),
});
const fromShared = ({ x, y }: Point): Point => ({ x: x / PER_UNIT, y: y / PER_UNIT });

/** The board as one peer sees it, in a pane of the page. */
export class Board {
  readonly element: HTMLElement;
  readonly camera = new Camera({ still: () => prefersStillness.matches });
  readonly ink: Ink;
  readonly flock: Flock;
  readonly reactions: Reactions;
  readonly following: ViewFollowing;
  readonly #room: DemoRoom;
  readonly #cursors: AttachedCursors;
  readonly #undos: (() => void)[];
  /** Where the pointer was last, in units of the board; null until it was there. */
  #pointer: Point | null = null;

  constructor(pane: HTMLElement, room: DemoRoom, tools: Tools, helpId: string) {
    this.#room = room;
    const lines = svg("g", {});
    const inks = svg("g", {});
    const world = html("div", "world");
    world.append(svg("svg", { class: "lines", "aria-hidden": "true" }, lines, inks));
    const ground = html("canvas", "ground");
    const trails = html("canvas", "ground");
    for (const canvas of [ground, trails]) canvas.setAttribute("aria-hidden", "true");
    this.element = html("div", "board", ground, trails, world);
    this.element.setAttribute("role", "application");
    this.element.setAttribute("aria-describedby", helpId);
    pane.prepend(this.element);

    const { camera } = this;
    this.ink = new Ink(inks, room);
    this.reactions = new Reactions(world, room);
    this.flock = new Flock({
      room,
      camera,
      world,
      lines,
      describedBy: "flock-help",
      onFocus: (at) => camera.follow(at),
    });
    this.#cursors = attachCursors(room, this.element, {
      coordinates: {
        toShared: (at) => toShared(camera.toBoard(at)),
        fromShared: (at) => camera.toScreen(fromShared(at)),
      },
      chat: true,
      edges: { reveal: (_, point) => camera.goTo(fromShared(point)) },
    });
    this.following = followView(room, {
      element: this.element,
      view: {
        read: () => (camera.size.width > 0 ? camera.view : null),
        show: (view) => camera.show(view),
        subscribe: (run) => camera.onChange(run),
      },
    });
    // Skein hears the hands on the board; the palette and these keys are the demo's own.
    camera.onOwnMove(() => this.following.stop());
    const draw = () => this.ink.begin(camera.zoom);
    const groundDrawn = new Ground(ground, camera);
    const trailsDrawn = new Trails(trails, camera, room, fromShared);
    camera.onChange(() => {
      const { x, y } = camera.view;
      const { zoom } = camera;
      world.style.transform = `scale(${zoom}) translate(${-x}px, ${-y}px)`;
      world.style.setProperty("--zoom", String(zoom));
      this.#cursors.remap();
    });
    const resized = new ResizeObserver(([entry]) => {
      if (entry !== undefined) camera.resize(entry.contentRect);
    });
    resized.observe(this.element);
    this.element.addEventListener("pointermove", ({ clientX, clientY }) => {
      const { left, top } = this.element.getBoundingClientRect();
      this.#pointer = { x: clientX - left, y: clientY - top };
    });
    this.#undos = [
      attachGestures(this.element, {
        camera,
        tool: () => tools.tool,
        draw,
        give: (at) => this.reactions.give(tools.emoji, at),
      }),
      attachKeyboard({
        room,
        board: this.element,
        world,
        camera,
        tools,
        toShared,
        draw,
        give: (emoji, at) => this.reactions.give(emoji, at),
      }),
      tools.watch(() => this.element.setAttribute("data-tool", tools.tool)),
      this.#labelled(pane),
      () => resized.disconnect(),
      () => groundDrawn.remove(),
      () => trailsDrawn.remove(),
    ];
  }

  /** Lets an emoji rise where one's cursor is, else in the middle. */
  give(emoji: string): void {
    const { width, height } = this.camera.size;
    const at = this.#pointer ?? { x: width / 2, y: height / 2 };
    this.reactions.give(emoji, this.camera.toBoard(at));
  }

  /** Opens the line beside one's cursor, as its key does. */
  chat(): void {
    this.element.focus({ preventScroll: true });
    this.element.dispatchEvent(
      new KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true }),
    );
  }

  /** A hand that is not the pointer's, on this board. */
  pointAt(at: Point, pressed = false): void {
    const time = performance.now() - BEHIND_MS;
    this.#room.moveCursor({ ...toShared(at), time, pressed });
  }

  remove(): void {
    for (const undo of this.#undos) undo();
    this.following[Symbol.dispose]();
    this.#cursors();
    this.flock.remove();
    this.reactions.remove();
    this.ink.remove();
    this.camera.stop();
    this.element.remove();
  }

  #labelled(pane: HTMLElement): () => void {
    const name = find(".plate-name", HTMLElement, pane);
    const dot = find(".dot", HTMLElement, pane);
    const describe = (): void => {
      const { self } = this.#room.getSnapshot();
      if (self === null) return;
      name.textContent = nameOf(self);
      dot.style.setProperty("--color", self.color);
      this.element.setAttribute("aria-label", `Board of ${nameOf(self)}`);
    };
    describe();
    return this.#room.watch((snapshot) => snapshot.self, describe);
  }
}
