/** What Prometheus reads: plain counters kept elsewhere, put into words when somebody asks. */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ClusterHealth } from "../cluster/health.ts";
import type { ClusterStats } from "../cluster/stats.ts";
import { CLASS_NAMES, type ServerStats } from "../stats.ts";

/** From the WebSocket request to `welcome`, and from there to a direct path: in seconds. */
const JOIN_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const DIRECT_BUCKETS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 60];

/** Between two looks at the event loop, in milliseconds: what is shorter than this is not seen. */
const LOOP_RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;
const QUANTILES = [50, 90, 99];

export interface Measured {
  readonly rooms: number;
  readonly members: number;
  readonly away: number;
  readonly ready: boolean;
  readonly stats: ServerStats;
  /** Undefined without Redis. */
  readonly cluster: (ClusterHealth & { readonly stats: ClusterStats }) | undefined;
}

/** Counters of which several are one metric, told apart by a label; the others are named by rule. */
const LABELLED: {
  readonly [name: string]: { readonly help: string; readonly label: string } & {
    readonly of: { readonly [key in keyof ServerStats]?: string };
  };
} = {
  skein_shed_total: {
    help: "Not sent to slow sockets, by class.",
    label: "class",
    of: { shedCursor: "cursor", shedLatest: "latest", shedPresence: "presence" },
  },
  skein_over_rate_total: {
    help: "Not taken from sockets that sent more than they may, by class.",
    label: "class",
    of: { overRateCursor: "cursor", overRateLatest: "latest", overRatePresence: "presence" },
  },
  skein_coalesced_total: {
    help: "Lossy frames that newer ones of the same sender replaced before a room's tick, by class.",
    label: "class",
    of: { coalescedCursor: "cursor", coalescedLatest: "latest" },
  },
  skein_resynced_members_total: {
    help: "Members that a client knew otherwise than this server, by kind.",
    label: "kind",
    of: { auditGhost: "ghost", auditMissing: "missing", auditStale: "stale" },
  },
  skein_malformed_total: {
    help: "Dropped messages of clients, by kind.",
    label: "kind",
    of: {
      unparsable: "unparsable",
      unknownEvents: "unknown-event",
      malformedEvents: "event",
      malformedFrames: "frame",
    },
  },
};
/** Said otherwise, or by class. */
const NOT_BY_RULE: ReadonlySet<string> = new Set([
  "sockets",
  "framesIn",
  "bytesIn",
  "framesOut",
  "bytesOut",
  ...Object.values(LABELLED).flatMap(({ of }) => Object.keys(of)),
]);

export class Metrics {
  /** Its own, so that an app that has metrics of its own keeps them apart. */
  readonly registry = new Registry();
  readonly #read: () => Measured;
  readonly #join: Histogram;
  readonly #direct: Histogram;
  readonly #loop: IntervalHistogram;
  /** The newest report of each client that gives one: links by path. */
  readonly #links = new Map<object, { readonly [path: string]: number }>();

  constructor(read: () => Measured) {
    this.#read = read;
    const registers = [this.registry];
    this.#join = new Histogram({
      name: "skein_join_seconds",
      help: "From the WebSocket request to the welcome.",
      buckets: JOIN_BUCKETS,
      registers,
    });
    this.#direct = new Histogram({
      name: "skein_direct_path_seconds",
      help: "From the first welcome to the first direct path, of clients that report it.",
      buckets: DIRECT_BUCKETS,
      registers,
    });
    this.#loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    this.#gauge("skein_rooms", "Rooms with a member on this server.", () => this.#read().rooms);
    this.#gauge("skein_members", "Members of them.", () => this.#read().members);
    this.#gauge("skein_members_away", "Of those, how many lost their socket.", () => read().away);
    this.#gauge("skein_sockets", "Admitted sockets.", () => read().stats.sockets);
    this.#gauge("skein_ready", "1 while new clients are taken.", () => (read().ready ? 1 : 0));
    this.#gauge("process_resident_memory_bytes", "Memory.", () => process.memoryUsage.rss());
    this.#gauge("nodejs_heap_size_used_bytes", "Of it, JavaScript objects.", () =>
      Number(process.memoryUsage().heapUsed),
    );
    this.#counters();
    this.#eventLoop();
    this.#linksByPath();
    if (read().cluster) this.#cluster();
  }

  /** From here on the event loop is watched. */
  start(): void {
    this.#loop.enable();
  }

  stop(): void {
    this.#loop.disable();
  }

  joined(ms: number): void {
    this.#join.observe(ms / 1000);
  }

  directAfter(ms: number): void {
    this.#direct.observe(ms / 1000);
  }

  /** `client` counts with these from now on; undefined: no more. */
  linksOf(client: object, links: { readonly [path: string]: number } | undefined): void {
    if (links) this.#links.set(client, links);
    else this.#links.delete(client);
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: () => gauge.set(read()),
    });
  }

  /** How it stands with the other nodes. */
  #cluster(): void {
    const read = () => this.#read().cluster;
    this.#gauge("skein_redis_up", "1 while Redis can be used.", () =>
      read()?.state === "up" ? 1 : 0,
    );
    this.#gauge("skein_nodes", "Servers heard of, with this one.", () => read()?.nodes ?? 0);
    this.#counter("skein_room_reads_total", "Rooms read from Redis, by why.", ["reason"], () =>
      Object.entries(read()?.stats.reads ?? {}).map(
        ([reason, value]) => [{ reason }, value] as const,
      ),
    );
    this.#counter(
      "skein_nodes_events_total",
      "Dealings with other servers, by kind.",
      ["kind"],
      () => {
        const { reads: _, ...counts } = read()?.stats ?? {};
        return Object.entries(counts).map(([kind, value]) => [{ kind }, Number(value)] as const);
      },
    );
  }

  /** A counter whose values are read when it is asked for. */
  #counter(
    name: string,
    help: string,
    labelNames: string[],
    read: () => Iterable<readonly [labels: { [label: string]: string }, value: number]>,
  ): void {
    const counter: Counter = new Counter({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect: () => {
        counter.reset();
        for (const [labels, value] of read()) counter.inc(labels, value);
      },
    });
  }

  #counters(): void {
    const { stats } = this.#read();
    for (const direction of ["in", "out"] as const) {
      const way = direction === "in" ? "from" : "to";
      for (const unit of ["frames", "bytes"] as const) {
        this.#counter(
          `skein_${unit}_${direction}_total`,
          `Frames ${way} clients over the server path: ${unit}, by class.`,
          ["class"],
          () =>
            this.#read().stats.classes[direction].map(
              (count, code) => [{ class: CLASS_NAMES[code] ?? "other" }, count[unit]] as const,
            ),
        );
      }
    }
    this.#counter("skein_refused_total", "Clients refused, by reason.", ["reason"], () =>
      Object.entries(this.#read().stats.refused).map(
        ([reason, value]) => [{ reason }, value] as const,
      ),
    );
    this.#counter("skein_limited_total", "How often a limit was met, by limit.", ["limit"], () =>
      Object.entries(this.#read().stats.limited).map(
        ([limit, value]) => [{ limit }, value] as const,
      ),
    );
    for (const [name, { help, label, of }] of Object.entries(LABELLED)) {
      this.#counter(name, help, [label], () => {
        const now = this.#read().stats;
        return Object.entries(of).map(
          ([key, value]) => [{ [label]: value }, Number(now[key as keyof ServerStats])] as const,
        );
      });
    }
    for (const [key, value] of Object.entries(stats)) {
      if (typeof value !== "number" || NOT_BY_RULE.has(key)) continue;
      const words = key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      this.#counter(`skein_${words.replaceAll(" ", "_")}_total`, `Counted: ${words}.`, [], () => [
        [{}, Number(this.#read().stats[key as keyof ServerStats])],
      ]);
    }
    this.#counter("process_cpu_seconds_total", "Processor time.", [], () => {
      const { user, system } = process.cpuUsage();
      return [[{}, (user + system) / 1e6]];
    });
  }

  #eventLoop(): void {
    const gauge: Gauge = new Gauge({
      name: "skein_event_loop_delay_seconds",
      help: "How late the event loop was since the last look: quantiles, and 1 for the worst.",
      labelNames: ["quantile"],
      registers: [this.registry],
      collect: () => {
        // What it measures includes the interval itself.
        const seconds = (nanoseconds: number) =>
          Math.max(0, nanoseconds / NANOSECONDS - LOOP_RESOLUTION_MS / 1000);
        for (const quantile of QUANTILES) {
          gauge.set({ quantile: String(quantile / 100) }, seconds(this.#loop.percentile(quantile)));
        }
        gauge.set({ quantile: "1" }, seconds(this.#loop.max));
        this.#loop.reset();
      },
    });
  }

  #linksByPath(): void {
    const gauge: Gauge = new Gauge({
      name: "skein_reported_links",
      help: "Links by path, of the clients that report them; each end of a link counts.",
      labelNames: ["path"],
      registers: [this.registry],
      collect: () => {
        gauge.reset();
        for (const links of this.#links.values()) {
          for (const [path, count] of Object.entries(links)) gauge.inc({ path }, count);
        }
      },
    });
  }
}
