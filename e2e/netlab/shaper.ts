import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Service, startService } from "./command.ts";
import type { Namespace } from "./namespace.ts";

/** How a host's line to the internet behaves, seen by its round trips. */
export interface LinkQuality {
  /** Added to every round trip, in ms. */
  rttMs: number;
  /** How far a round trip may be from `rttMs`, either way, in ms. */
  jitterMs?: number;
  /** Lost of each hundred packets, in each direction. */
  lossPercent?: number;
}

/** One shaped line: the two interfaces in the wire's namespace that it joins. */
export interface ShapedLink {
  name: string;
  a: string;
  b: string;
  quality: LinkQuality;
}

/** Seeds the shaper's dice, so that a run meets the same losses again as far as timing allows. */
const SEED = 20_260_101;

/** A round trip passes the shaper twice. */
function oneWay({ rttMs, jitterMs = 0, lossPercent = 0 }: LinkQuality) {
  return { delayMs: rttMs / 2, jitterMs: jitterMs / 2, lossPercent };
}

/** The process that delays and loses packets where the kernel has no netem; see shaper.py. */
export class Shaper {
  readonly #service: Service;
  readonly #answers: (() => void)[] = [];

  private constructor(service: Service) {
    this.#service = service;
    const { stdout } = service.process;
    if (stdout !== null)
      createInterface({ input: stdout }).on("line", () => this.#answers.shift()?.());
  }

  /**
   * @param plain interfaces whose frames cross the wire and so must be checksummed and cut to size.
   */
  static async start(
    wire: Namespace,
    links: readonly ShapedLink[],
    plain: readonly (readonly [Namespace, string])[],
  ): Promise<Shaper> {
    const setup = {
      namespace: wire.name,
      seed: SEED,
      links: links.map(({ name, a, b, quality }) => ({ name, a, b, ...oneWay(quality) })),
      plain: [
        ...plain.map(([namespace, name]) => [namespace.name, name]),
        ...links.flatMap(({ a, b }) => [a, b]).map((name) => [wire.name, name]),
      ],
    };
    const starting = startService(
      "python3",
      [join(import.meta.dirname, "shaper.py")],
      /^ready$/,
      {},
      `${JSON.stringify(setup)}\n`,
    );
    return new Shaper(await starting);
  }

  /** Changes one line while traffic flows; resolves when it is in force. */
  async set(name: string, quality: LinkQuality): Promise<void> {
    const answered = new Promise<void>((resolve) => this.#answers.push(resolve));
    this.#service.process.stdin?.write(`${JSON.stringify({ name, ...oneWay(quality) })}\n`);
    await answered;
  }

  stop(): Promise<void> {
    return this.#service.stop("SIGKILL");
  }
}
