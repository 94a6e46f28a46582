/** How the hand's movement goes out: as ours does, or as is usual. */
import type { Clock } from "../../lib/src/clock.ts";
import { CursorSender, STILL_AFTER_MS } from "../../lib/src/room/cursor-sender.ts";
import { PointerInbox } from "../../lib/src/room/pointer-inbox.ts";
import type { CursorSample } from "../../lib/src/room/types.ts";
import { decodeEntry, decodeFrame } from "../../lib/src/wire/index.ts";
import { type LinkOptions, RoughLink } from "./link.ts";

/** From the hand to whoever draws. */
export interface Channel {
  move(sample: CursorSample): void;
  stop(): void;
}

interface Setting {
  readonly clock: Clock;
  readonly random: () => number;
  readonly link: LinkOptions;
  readonly receive: (samples: readonly CursorSample[]) => void;
}

/** The library's own way: every sample, in batches, through the wire's encoding and back. */
export function ourChannel({ clock, random, link, receive }: Setting): Channel {
  const inbox = new PointerInbox(clock);
  const path = new RoughLink<Uint8Array>(clock, random, link, (bytes) => {
    const frame = decodeFrame(bytes);
    if (frame.kind !== "cursor") throw new Error(`A ${frame.kind} is no cursor frame.`);
    const samples = inbox.accept(frame, "direct");
    if (samples.length > 0) receive(samples);
  });
  const audience = [{}];
  const sender = new CursorSender(clock, {
    receivers: () => audience,
    pace: () => 0,
    latest: (frame) => path.send(frame),
    reliable(bytes) {
      const entry = decodeEntry(bytes);
      if (entry.kind === "cursor") path.sendReliably(entry.frame);
      return true;
    },
  });
  return { move: (sample) => sender.move(sample), stop: () => sender.stop() };
}

/**
 * What is usual: the newest position each `interval` milliseconds, the last one for certain. Late
 * ones are left out, as ours are.
 */
export function throttledChannel(
  interval: number,
  { clock, random, link, receive }: Setting,
): Channel {
  type Numbered = readonly [number: number, sample: CursorSample];
  let newest = -1;
  const path = new RoughLink<Numbered>(clock, random, link, ([number, sample]) => {
    if (number <= newest) return;
    newest = number;
    receive([sample]);
  });
  let number = 0;
  let lastSent = Number.NEGATIVE_INFINITY;
  let waiting: CursorSample | null = null;
  let cancelWait = () => {};
  let cancelStill = () => {};
  const flush = (): void => {
    const sample = waiting;
    if (sample === null) return;
    waiting = null;
    lastSent = clock.now();
    const numbered: Numbered = [number++, sample];
    path.send(numbered);
    cancelStill();
    cancelStill = clock.after(STILL_AFTER_MS, () => path.sendReliably(numbered));
  };
  return {
    move(sample) {
      const first = waiting === null;
      waiting = sample;
      if (!first) return;
      const wait = lastSent + interval - clock.now();
      if (wait <= 0) flush();
      else cancelWait = clock.after(wait, flush);
    },
    stop() {
      cancelWait();
      cancelStill();
    },
  };
}
