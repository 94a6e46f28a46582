/** What members of a load run send, hear and go through, counted for all of them together. */
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

/** The number of a sample is its x, which whole units carry exactly; then it begins again. */
export const SAMPLE_RANGE = 16_384;

/** Bars of the histogram of reconnections. */
const BARS = 20;
/** Latencies are kept in microseconds: the histogram takes whole numbers from 1. */
const MICROSECONDS = 1_000;

export interface Percentiles {
  readonly count: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export class Latencies {
  readonly histogram = createHistogram();

  /** All of them together. */
  static of(histograms: readonly RecordableHistogram[]): Latencies {
    const all = new Latencies();
    for (const histogram of histograms) all.histogram.add(histogram);
    return all;
  }

  add(ms: number): void {
    this.histogram.record(Math.max(1, Math.round(ms * MICROSECONDS)));
  }

  get percentiles(): Percentiles {
    const of = (percent: number) =>
      this.histogram.count === 0 ? 0 : this.histogram.percentile(percent) / MICROSECONDS;
    const { count } = this.histogram;
    const max = count === 0 ? 0 : this.histogram.max / MICROSECONDS;
    return { count, p50: of(50), p90: of(90), p99: of(99), max };
  }
}

/** One member that moves: when it sent which sample, and how many. */
export class Mover {
  readonly #sentAt = new Float64Array(SAMPLE_RANGE);
  samples = 0;
  messages = 0;
  /** How many others were there to hear each. */
  readonly receivers: number;

  constructor(receivers: number) {
    this.receivers = receivers;
  }

  /** The position of the next sample. */
  next(now: number): { x: number; y: number } {
    const x = this.samples % SAMPLE_RANGE;
    this.#sentAt[x] = now;
    this.samples++;
    return { x, y: 500 + Math.round(400 * Math.sin(this.samples / 7)) };
  }

  sentAt(x: number): number {
    return this.#sentAt[x] ?? 0;
  }
}

export class Tally {
  readonly movers = new Map<string, Mover>();
  readonly cursorLatency = new Latencies();
  readonly messageLatency = new Latencies();
  readonly joinLatency = new Latencies();
  samplesHeard = 0;
  messagesHeard = 0;
  doubled = 0;
  leaves = 0;
  /** Sockets lost before the next was there: a move to another server loses none. */
  interruptions = 0;
  /** What else members went through: errors, leaves by reason, what was refused. */
  readonly notes = new Map<string, number>();
  readonly #welcomes: number[] = [];

  /** One more socket of a member that had one. */
  welcomedAgain(now: number): void {
    this.#welcomes.push(now);
  }

  left(reason: string): void {
    this.leaves++;
    this.note(`leave ${reason}`);
  }

  note(what: string): void {
    this.notes.set(what, (this.notes.get(what) ?? 0) + 1);
  }

  /** To be counted with those of other threads. */
  get counts(): Counts {
    return {
      cursorLatency: this.cursorLatency.histogram,
      messageLatency: this.messageLatency.histogram,
      joinLatency: this.joinLatency.histogram,
      movers: [...this.movers.values()].map(({ samples, messages, receivers }) => {
        return { samples, messages, receivers };
      }),
      samplesHeard: this.samplesHeard,
      messagesHeard: this.messagesHeard,
      doubled: this.doubled,
      leaves: this.leaves,
      interruptions: this.interruptions,
      notes: this.notes,
      welcomes: this.#welcomes.map((at) => performance.timeOrigin + at),
    };
  }
}

/** A tally as one thread tells it to another. */
export interface Counts {
  readonly cursorLatency: RecordableHistogram;
  readonly messageLatency: RecordableHistogram;
  readonly joinLatency: RecordableHistogram;
  readonly movers: readonly Pick<Mover, "samples" | "messages" | "receivers">[];
  readonly samplesHeard: number;
  readonly messagesHeard: number;
  readonly doubled: number;
  readonly leaves: number;
  readonly interruptions: number;
  readonly notes: ReadonlyMap<string, number>;
  /** When members came back, in milliseconds since 1970: each thread's own clock begins with it. */
  readonly welcomes: readonly number[];
}

export interface Reconnections {
  readonly count: number;
  /** From the first to the last. */
  readonly seconds: number;
  /** How many there were in each twentieth of that. */
  readonly bars: readonly number[];
  /** Each, in milliseconds since 1970. */
  readonly times: readonly number[];
}

export function spread(times: readonly number[]): Reconnections {
  const bars = Array.from({ length: BARS }, () => 0);
  const [first = 0, last = 0] = times.length > 0 ? extent(times) : [];
  const width = Math.max(1, last - first) / BARS;
  for (const at of times) {
    const bar = Math.min(BARS - 1, Math.floor((at - first) / width));
    bars[bar] = (bars[bar] ?? 0) + 1;
  }
  return { count: times.length, seconds: (last - first) / 1000, bars, times };
}

// Math.min takes only so many arguments.
function extent(times: readonly number[]): [number, number] {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const at of times) {
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  return [first, last];
}

/** What one member has heard from each other. */
export class Ear {
  readonly #tally: Tally;
  readonly #samples = new Map<string, number>();
  readonly #messages = new Map<string, number>();

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** A sample of this mover; the one at rest comes twice, and counts once. */
  sample(id: string, x: number, now: number): void {
    const mover = this.#tally.movers.get(id);
    if (!mover || this.#samples.get(id) === x) return;
    this.#samples.set(id, x);
    this.#tally.samplesHeard++;
    this.#tally.cursorLatency.add(now - mover.sentAt(x));
  }

  /** Messages are numbered from 0, and come in order. */
  message(id: string, number: number, latencyMs: number): void {
    const next = this.#messages.get(id) ?? 0;
    if (number < next) {
      this.#tally.doubled++;
      return;
    }
    this.#messages.set(id, number + 1);
    this.#tally.messagesHeard++;
    this.#tally.messageLatency.add(latencyMs);
  }
}
