import type { DemoRoom } from "../room/presence.ts";
import { BEAT_MS, type Beat } from "./tally.ts";

/** One numbered message for every so many heartbeats: four a second. */
const BEATS_PER_MESSAGE = 5;

/** What a tab says all the time, so that others can measure what arrives of it. Returns its undo. */
export function beat(room: DemoRoom): () => void {
  let beats = 0;
  let counted = 0;
  // Whoever comes later was not sent the earlier ones.
  const undoJoin = room.on("join", ({ peer }) => {
    sent(() => room.send("count", { from: counted + 1 }, { to: peer.id }));
  });
  const timer = setInterval(() => {
    const { self, peers } = room.getSnapshot();
    if (self === null || peers.length === 0) return;
    beats++;
    room.sendLatest("beat", { number: beats, time: performance.now() });
    // The number is used up only when the room has taken it.
    if (beats % BEATS_PER_MESSAGE === 0) {
      if (sent(() => room.send("count", { number: counted + 1 }))) counted++;
    }
  }, BEAT_MS);
  return () => {
    undoJoin();
    clearInterval(timer);
  };
}

/** False when the room has no place for it now: too much waits for somebody who is away. */
function sent(send: () => Promise<unknown>): boolean {
  try {
    void send();
    return true;
  } catch {
    return false;
  }
}

/** Others may run other programs. */
export function isBeat(value: unknown): value is Beat {
  const { number, time } = (value ?? {}) as { number?: unknown; time?: unknown };
  return Number.isSafeInteger(number) && Number.isFinite(time);
}
