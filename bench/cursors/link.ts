import type { Clock } from "../../lib/src/clock.ts";

export interface LinkOptions {
  /** One way, in milliseconds. */
  readonly delay: number;
  /** Each frame's own share of the delay lies this much above or below it, evenly spread. */
  readonly jitter: number;
  /** Share of the frames lost. */
  readonly loss: number;
}

/** What the issue asks of playback: a home's Wi-Fi on a bad day. */
export const ROUGH_LINK: LinkOptions = { delay: 40, jitter: 20, loss: 0.05 };

/** A datagram link: each frame takes its own time, so that they overtake one another. */
export class RoughLink<F> {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #options: LinkOptions;
  readonly #receive: (frame: F) => void;

  constructor(
    clock: Clock,
    random: () => number,
    options: LinkOptions,
    receive: (frame: F) => void,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#options = options;
    this.#receive = receive;
  }

  send(frame: F): void {
    const lost = this.#random() < this.#options.loss;
    const delay = this.#delay();
    if (!lost) this.#clock.after(delay, () => this.#receive(frame));
  }

  /** Lost ones are sent again, a round trip later. */
  sendReliably(frame: F): void {
    let delay = this.#delay();
    while (this.#random() < this.#options.loss) delay += 2 * this.#options.delay;
    this.#clock.after(delay, () => this.#receive(frame));
  }

  #delay(): number {
    const { delay, jitter } = this.#options;
    return delay + jitter * (2 * this.#random() - 1);
  }
}
