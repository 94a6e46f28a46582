/** Fills a server with rooms, lets members move and talk, and counts what arrives. */
import { randomBytes } from "node:crypto";
import { Share, type ShareCounts, type ShareOptions } from "./share.ts";
import { Latencies, type Percentiles, type Reconnections, spread } from "./tally.ts";
import { ThreadedShare } from "./threads.ts";

export { MAX_ROOM_OBJECTS } from "./share.ts";

export interface LoadOptions extends Omit<ShareOptions, "prefix"> {
  /** Over how many threads the rooms are spread, and the file of `skein-server` they run. */
  readonly threads?: { readonly count: number; readonly program: string };
  /** Begins when members begin to move; the run goes on until it is over, whatever `seconds` says. */
  readonly meanwhile?: () => Promise<unknown>;
  /** Told how it goes on. */
  readonly progress?: (what: string) => void;
}

export interface LoadReport {
  readonly members: number;
  readonly joinMs: Percentiles;
  readonly seconds: number;
  readonly cursors: {
    readonly sent: number;
    /** If every sample had reached everybody. */
    readonly deliverable: number;
    readonly delivered: number;
    /** Distinct samples of one mover that one receiver heard, a second. */
    readonly perPairHz: number;
    readonly latencyMs: Percentiles;
  };
  readonly messages: {
    readonly sent: number;
    readonly deliverable: number;
    readonly delivered: number;
    readonly lost: number;
    readonly doubled: number;
    readonly latencyMs: Percentiles;
  };
  readonly leaves: number;
  readonly interruptions: number;
  readonly reconnections: Reconnections;
  /** What else members went through, and how often. */
  readonly notes: { readonly [what: string]: number };
  /** For how much of the time the busiest thread here was at work: near 1 it measures itself. */
  readonly busy: number;
}

export async function load(options: LoadOptions): Promise<LoadReport> {
  const { meanwhile, progress = () => {}, rooms, moving, seconds } = options;
  const shares = divide(options);
  try {
    await Promise.all(shares.map((share) => share.fill(progress)));
    progress(`${rooms * moving} of them move for ${seconds} s`);
    const enough = meanwhile?.();
    const counted = Promise.all(shares.map((share) => share.run(enough)));
    const [counts] = await Promise.all([counted, enough]);
    return report(counts);
  } finally {
    await Promise.all(shares.map((share) => share.leave()));
  }
}

function divide(options: LoadOptions): readonly (Share | ThreadedShare)[] {
  const { server, token, members, moving, seconds, rate, messages, threads } = options;
  // A run of its own, whoever else is on the server.
  const run = randomBytes(6).toString("hex");
  const share = (rooms: number, prefix: string): ShareOptions => ({
    ...{ server, token, prefix, rooms, members, moving, seconds, rate, messages },
  });
  const count = Math.min(threads?.count ?? 1, options.rooms);
  if (!threads || count === 1) return [new Share(share(options.rooms, `load-${run}`))];
  return Array.from({ length: count }, (_, i) => {
    const rooms = Math.floor(options.rooms / count) + (i < options.rooms % count ? 1 : 0);
    return new ThreadedShare(threads.program, share(rooms, `load-${run}-${i}`));
  });
}

function report(counts: readonly ShareCounts[]): LoadReport {
  const sum = (of: (share: ShareCounts) => number) =>
    counts.reduce((total, share) => total + of(share), 0);
  const movers = counts.flatMap((share) => share.movers);
  const sumOf = (of: (mover: ShareCounts["movers"][number]) => number) =>
    movers.reduce((total, mover) => total + of(mover), 0);
  const latency = (of: "cursorLatency" | "messageLatency" | "joinLatency") =>
    Latencies.of(counts.map((share) => share[of])).percentiles;
  const notes = new Map<string, number>();
  for (const [what, count] of counts.flatMap((share) => [...share.notes])) {
    notes.set(what, (notes.get(what) ?? 0) + count);
  }
  const seconds = Math.max(...counts.map((share) => share.seconds));
  const pairs = sumOf(({ receivers }) => receivers);
  const deliverable = sumOf(({ messages, receivers }) => messages * receivers);
  const [samplesHeard, messagesHeard] = [
    sum((share) => share.samplesHeard),
    sum((share) => share.messagesHeard),
  ];
  return {
    members: sum((share) => share.members),
    joinMs: latency("joinLatency"),
    seconds,
    cursors: {
      sent: sumOf(({ samples }) => samples),
      deliverable: sumOf(({ samples, receivers }) => samples * receivers),
      delivered: samplesHeard,
      perPairHz: pairs === 0 ? 0 : samplesHeard / pairs / seconds,
      latencyMs: latency("cursorLatency"),
    },
    messages: {
      sent: sumOf(({ messages }) => messages),
      deliverable,
      delivered: messagesHeard,
      lost: deliverable - messagesHeard,
      doubled: sum((share) => share.doubled),
      latencyMs: latency("messageLatency"),
    },
    leaves: sum((share) => share.leaves),
    interruptions: sum((share) => share.interruptions),
    reconnections: spread(counts.flatMap((share) => share.welcomes)),
    notes: Object.fromEntries(notes),
    busy: Math.max(...counts.map((share) => share.busy)),
  };
}
