/**
 * A member's socket in a simulation: both ways in order, lost with everything under way on it, and its
 * way up perhaps slow.
 */
import type { Lane } from "../path/path.ts";
import { ServerPath } from "../path/server.ts";
import type { Simulation } from "./simulation.ts";

/** One way between a member and the server, in milliseconds. */
export const SERVER_DELAY_MS = 20;
const SERVER_JITTER_MS = 15;

export class SimulatedSocket {
  readonly #simulation: Simulation;
  joined = false;
  /** It takes no reliable frames for now. */
  full = false;
  /** What goes up in a second; what has room there is for a true server path to say. */
  bytesPerSecond = Number.POSITIVE_INFINITY;
  /** Bytes on their way up. */
  buffered = 0;
  readonly #path: ServerPath;
  #busyUntil = 0;
  #generation = 0;
  #upDue = 0;
  #downDue = 0;

  /** `onWritable`: there is room again where there was none. */
  constructor(simulation: Simulation, onWritable: () => void) {
    this.#simulation = simulation;
    this.#path = new ServerPath(this, simulation.clock, onWritable);
  }

  /** Raised when the socket is lost or a new one opened: what was under way is gone. */
  get generation(): number {
    return this.#generation;
  }

  open(): void {
    this.joined = true;
    this.#generation += 1;
    this.buffered = this.#busyUntil = 0;
    this.#path.credited();
  }

  close(): void {
    this.joined = false;
    this.#generation += 1;
  }

  /** Sends a frame, which `task` receives at the server. False where a server path would say so. */
  frame(frame: Uint8Array, lane: Lane, task: () => void): boolean {
    if (!this.joined || (this.full && lane === "reliable")) return false;
    if (this.bytesPerSecond === Number.POSITIVE_INFINITY) {
      this.up(task);
      return true;
    }
    const before = this.buffered;
    if (!this.#path.toOne(1, frame, lane)) return false;
    const bytes = this.buffered - before;
    const now = this.#simulation.clock.now();
    this.#busyUntil = Math.max(now, this.#busyUntil) + (bytes / this.bytesPerSecond) * 1_000;
    this.#upDue = this.#later(Math.max(this.#upDue, this.#busyUntil), () => {
      this.buffered -= bytes;
      this.#path.credited();
      task();
    });
    return true;
  }

  /** For the server path. */
  send({ length }: Uint8Array): boolean {
    this.buffered += length;
    return true;
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
