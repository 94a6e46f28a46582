/**
 * How a server empties before it stops: each client is asked to move elsewhere at a moment of its own,
 * so that the other nodes get them evenly and not as a storm.
 */
import type { Clock } from "../../lib/src/clock.ts";

/** Over this time clients move, in seconds; with CONNECT's time-outs all are back well within 30. */
export const DRAIN_SECONDS = 20;
/** Orchestrators kill what takes longer, and clients take who is away for 30 s for gone. */
export const MAX_DRAIN_SECONDS = 25;

/** After the last was asked, so long for its move, in milliseconds. */
const LAST_MOVE_MS = 2_000;
/** How often it is looked whether everybody has gone. */
const LOOK_MS = 100;

export interface DrainOptions {
  /** 0 to 25. Default: 20 where there are other nodes to move to, else 0. */
  readonly windowSeconds?: number;
  /** Whether there are other nodes. Default: whether this server shares its rooms with any. */
  readonly move?: boolean;
}

/** A client that can be asked to go. */
export interface Movable {
  /** `withinMs`: then its socket is closed. */
  askToMove(withinMs: number): void;
}

export interface DrainTask {
  readonly clock: Clock;
  readonly random: () => number;
  readonly windowMs: number;
  /** Without anywhere to move, clients stay to the end. */
  readonly move: boolean;
  /** Those here now; nobody is admitted any more. */
  readonly clients: readonly Movable[];
  /** How many are still here. */
  readonly left: () => number;
}

/** Resolves when everybody has gone, or the time is over. */
export function drain(task: DrainTask): Promise<void> {
  const { clock, windowMs } = task;
  const end = clock.now() + windowMs + (task.move && windowMs > 0 ? LAST_MOVE_MS : 0);
  const cancels = new Set<() => void>();
  if (task.move && windowMs > 0) {
    for (const [client, ms] of moments(task)) {
      const cancel = clock.after(ms, () => {
        cancels.delete(cancel);
        client.askToMove(Math.max(0, Math.round(end - clock.now())));
      });
      cancels.add(cancel);
    }
  }
  return new Promise((resolve) => {
    const look = () => {
      if (task.left() > 0 && clock.now() < end) {
        clock.after(Math.min(LOOK_MS, end - clock.now()), look);
        return;
      }
      for (const cancel of cancels) cancel();
      resolve();
    };
    look();
  });
}

/**
 * One moment for each client: the window in as many equal slices, a random moment in each, dealt out
 * in random order. Evener than independent dice, and as unpredictable for each of them.
 */
function* moments({ clients, windowMs, random }: DrainTask): Iterable<[Movable, number]> {
  const order = [...clients];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] as Movable, order[i] as Movable];
  }
  for (const [i, client] of order.entries()) {
    yield [client, ((i + random()) / order.length) * windowMs];
  }
}
