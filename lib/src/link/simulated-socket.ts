/** A member's socket in a simulation: both ways in order, and lost with everything under way on it. */
import type { Lane } from "../path/path.ts";
import type { Simulation } from "./simulation.ts";

/** One way between a member and the server, in milliseconds. */
export const SERVER_DELAY_MS = 20;
const SERVER_JITTER_MS = 15;

export class SimulatedSocket {
  readonly #simulation: Simulation;
  joined = false;
  /** It takes no reliable frames for now. */
  full = false;
  #generation = 0;
  #upDue = 0;
  #downDue = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** Raised when the socket is lost or a new one opened: what was under way is gone. */
  get generation(): number {
    return this.#generation;
  }

  open(): void {
    this.joined = true;
    this.#generation += 1;
  }

  close(): void {
    this.joined = false;
    this.#generation += 1;
  }

  hasRoom(lane: Lane): boolean {
    return this.joined && !(this.full && lane === "reliable");
  }

  /** Has the server do something as soon as it hears of it. */
  up(task: () => void): void {
    this.#upDue = this.#later(this.#upDue, task);
  }

  /** The same from the server to this member. */
  down(task: () => void): void {
    if (this.joined) this.#downDue = this.#later(this.#downDue, task);
  }

  /** Not before what went before it, which was due at `before`. Returns when it is due itself. */
  #later(before: number, task: () => void): number {
    const { clock } = this.#simulation;
    const generation = this.#generation;
    const delay = this.#simulation.between(SERVER_DELAY_MS, SERVER_DELAY_MS + SERVER_JITTER_MS);
    const due = Math.max(before, clock.now() + delay);
    clock.after(due - clock.now(), () => {
      if (generation === this.#generation) task();
    });
    return due;
  }
}
