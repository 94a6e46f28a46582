import type { Camera, Point } from "../board/camera.ts";
import { html, prefersStillness, svg } from "../page.ts";
import type { DemoRoom } from "../room/presence.ts";
import { BEADS, Places, THREAD } from "./places.ts";

/** Steps of a bead under the arrow keys, in units of the board. */
const STEP = 8;
const LONG_STEP = 48;

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** How long a bead takes that goes back by itself, in milliseconds. */
const HOMING_MS = 700;

/** Before it goes, in milliseconds: the last moves of whoever let go of it may be on their way. */
const BEFORE_HOMING_MS = 250;

interface Grip {
  readonly bead: number;
  /** From the bead's middle to where it was taken. */
  readonly dx: number;
  readonly dy: number;
}

export interface FlockOptions {
  readonly room: DemoRoom;
  readonly camera: Camera;
  /** Takes the beads. */
  readonly world: HTMLElement;
  /** Takes the thread between them. */
  readonly lines: SVGGElement;
  /** What assistive technology is told with each bead: the id of its text. */
  readonly describedBy: string;
  /** A bead has the keyboard: its place is to be in sight. */
  readonly onFocus: (at: Point) => void;
}

/**
 * Seven beads on a thread, for everybody to drag. A bead's place is a latest value under its own key;
 * whoever comes later is told where they stand by those who know.
 */
export class Flock {
  readonly #room: DemoRoom;
  readonly #camera: Camera;
  readonly #world: HTMLElement;
  readonly #places = new Places();
  readonly #beads: readonly HTMLButtonElement[];
  readonly #thread: SVGPathElement;
  readonly #stop = new AbortController();
  /** Who was here before: while one of them is, the newcomers are theirs to tell. */
  readonly #elders = new Set<string>();
  readonly #grips = new Map<number, Grip>();
  #frame: number | null = null;

  constructor({ room, camera, world, lines, describedBy, onFocus }: FlockOptions) {
    this.#room = room;
    this.#camera = camera;
    this.#world = world;
    this.#thread = svg("path", { class: "flock-thread" });
    lines.append(this.#thread);
    this.#beads = BEADS.map(({ radius }, index) => {
      const bead = html("button", index === 0 ? "bead bead-lead" : "bead");
      bead.type = "button";
      bead.tabIndex = index === 0 ? 0 : -1;
      bead.setAttribute("aria-label", index === 0 ? "Lead bead" : `Bead ${index + 1} of 7`);
      bead.setAttribute("aria-describedby", describedBy);
      bead.style.setProperty("--radius", `${radius}px`);
      this.#listen(bead, index);
      bead.addEventListener("focus", () => {
        for (const each of this.#beads) each.tabIndex = each === bead ? 0 : -1;
        if (bead.matches(":focus-visible")) onFocus(this.#places.at(index));
      });
      return bead;
    });
    world.append(...this.#beads);
    this.#talk();
    this.#draw();
  }

  remove(): void {
    this.#stop.abort();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    for (const bead of this.#beads) bead.remove();
    this.#thread.remove();
  }

  placeOf(bead: number): Point {
    return this.#places.at(bead);
  }

  move(bead: number, to: Point): void {
    const { self } = this.#room.getSnapshot();
    if (self === null) return;
    const place = this.#places.move(bead, to, self.id);
    this.#room.sendLatest("bead", place, { key: String(bead) });
    this.#frame ??= requestAnimationFrame(this.#draw);
  }

  /** Eases a bead to where it stood first, unless somebody takes it on the way. */
  bringHome(bead: number): void {
    const end = BEADS[bead];
    if (end === undefined) return;
    let from: Point | null = null;
    let last: Point = end;
    let began = 0;
    const step = (now: number): void => {
      const at = this.#places.at(bead);
      if (from === null) {
        from = at;
        began = now;
      } else if (at.x !== last.x || at.y !== last.y) return;
      if (this.#stop.signal.aborted || this.#isHeld(bead)) return;
      const share = prefersStillness.matches ? 1 : Math.min(1, (now - began) / HOMING_MS);
      const left = (1 - share) ** 3;
      this.move(bead, { x: end.x + (from.x - end.x) * left, y: end.y + (from.y - end.y) * left });
      last = this.#places.at(bead);
      if (share < 1) requestAnimationFrame(step);
    };
    setTimeout(() => requestAnimationFrame(step), BEFORE_HOMING_MS);
  }

  #isHeld(bead: number): boolean {
    return [...this.#grips.values()].some((grip) => grip.bead === bead);
  }

  #talk(): void {
    const { signal } = this.#stop;
    const room = this.#room;
    const take = (bead: number, data: unknown): void => {
      if (this.#places.take(bead, data)) this.#frame ??= requestAnimationFrame(this.#draw);
    };
    room.onLatest("bead", ({ key, data }) => take(Number(key), data), { signal });
    room.onMessage(
      "flock",
      ({ data }) => {
        if (typeof data !== "object" || data === null) return;
        for (const [bead, place] of Object.entries(data)) take(Number(bead), place);
      },
      { signal },
    );
    const meet = (): void => {
      for (const { id } of room.getSnapshot().peers) this.#elders.add(id);
    };
    if (room.getSnapshot().status === "connected") meet();
    else void room.ready.then(meet, () => {});
    room.on(
      "join",
      ({ peer }) => {
        const moved = this.#places.moved();
        const { self, peers } = room.getSnapshot();
        const eldest = !peers.some(({ id }) => this.#elders.has(id));
        const mover = Object.values(moved).some(({ by }) => by === self?.id);
        if (Object.keys(moved).length > 0 && (eldest || mover)) {
          void room.send("flock", moved, { to: peer.id });
        }
      },
      { signal },
    );
  }

  #listen(bead: HTMLButtonElement, index: number): void {
    const at = ({ clientX, clientY }: PointerEvent): Point => {
      const { left, top } = this.#world.parentElement?.getBoundingClientRect() ?? {
        left: 0,
        top: 0,
      };
      return this.#camera.toBoard({ x: clientX - left, y: clientY - top });
    };
    bead.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const { x, y } = at(event);
      const place = this.#places.at(index);
      this.#grips.set(event.pointerId, { bead: index, dx: x - place.x, dy: y - place.y });
      bead.setPointerCapture(event.pointerId);
      bead.classList.add("held");
    });
    bead.addEventListener("pointermove", (event) => {
      const grip = this.#grips.get(event.pointerId);
      if (grip === undefined) return;
      const { x, y } = at(event);
      this.move(index, { x: x - grip.dx, y: y - grip.dy });
    });
    for (const type of ["pointerup", "pointercancel"] as const) {
      bead.addEventListener(type, ({ pointerId }) => {
        this.#grips.delete(pointerId);
        bead.classList.remove("held");
      });
    }
    bead.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const other = { PageDown: index + 1, PageUp: index - 1, Home: 0, End: BEADS.length - 1 }[
        event.key
      ];
      const direction = DIRECTIONS[event.key];
      if (other === undefined && direction === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      if (other !== undefined) this.#beads.at(other % BEADS.length)?.focus();
      if (direction === undefined) return;
      const step = event.shiftKey ? LONG_STEP : STEP;
      const { x, y } = this.#places.at(index);
      this.move(index, { x: x + direction[0] * step, y: y + direction[1] * step });
      this.#camera.follow(this.#places.at(index));
    });
  }

  readonly #draw = (): void => {
    this.#frame = null;
    for (const [index, bead] of this.#beads.entries()) {
      const { x, y } = this.#places.at(index);
      bead.style.transform = `translate(${x}px, ${y}px)`;
    }
    this.#thread.setAttribute("d", smooth(THREAD.map((bead) => this.#places.at(bead))));
  };
}

/** A soft line through all points (Catmull–Rom, as cubic curves). */
function smooth(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  const pieces = rest.map((to, index) => {
    const from = points[index] ?? to;
    const before = points[index - 1] ?? from;
    const after = points[index + 2] ?? to;
    // The lead is a corner: both wings end in it.
    const out = index === 3 ? from : { x: to.x - before.x, y: to.y - before.y };
    const into = index === 2 ? to : { x: after.x - from.x, y: after.y - from.y };
    const near = out === from ? from : { x: from.x + out.x / 6, y: from.y + out.y / 6 };
    const far = into === to ? to : { x: to.x - into.x / 6, y: to.y - into.y / 6 };
    return `C${near.x} ${near.y} ${far.x} ${far.y} ${to.x} ${to.y}`;
  });
  return `M${first.x} ${first.y}${pieces.join("")}`;
}
