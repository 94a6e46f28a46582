/** Keeps a connection's `direct` or `relay` true: looks at its statistics when they may have changed. */
import type { Clock } from "../clock.ts";
import { type CandidatePair, RelayAddresses, selectedPair } from "./candidate-pair.ts";

/** Between looks while no pair is named yet. */
const LOOK_AGAIN_MS = 20;
/** For this long a pair is waited for; an implementation that names none by then never does. */
const UNNAMED_AFTER_MS = 1_000;
/** After a change, the look that cannot be answered from an old report: Chromium keeps one 50 ms. */
const RECHECK_MS = 100;
/** Firefox does not say when the pair changes: looks are taken, often while ICE still finds better … */
const EARLY_LOOK_MS = 500;
const EARLY_FOR_MS = 10_000;
/** … and now and then after that. */
const LATE_LOOK_MS = 5_000;

/** Where a transport has this, it says when the pair changes. */
const CHANGE_HANDLER = "onselectedcandidatepairchange";

export interface PairWatchOptions {
  readonly connection: RTCPeerConnection;
  readonly clock: Clock;
  readonly relayOnly: boolean;
  /** Known now, or changed. */
  onKind(kind: "direct" | "relay"): void;
}

export class PairWatch {
  readonly #options: PairWatchOptions;
  readonly #relays = new RelayAddresses();
  readonly #timers = new Set<() => void>();
  #transport: RTCIceTransport | null = null;
  #state: "idle" | "watching" | "stopped" = "idle";
  #since = 0;
  #looking = false;
  #pair: CandidatePair | null = null;
  #kind: "direct" | "relay" | null = null;

  constructor(options: PairWatchOptions) {
    this.#options = options;
  }

  get kind(): "direct" | "relay" | null {
    return this.#kind;
  }

  /** The pair as it was when last looked at. */
  get pair(): CandidatePair | null {
    return this.#pair;
  }

  /** Candidates of the other side, a line or a whole SDP. */
  learn(text: string): void {
    if (this.#relays.learn(text)) this.recheck();
  }

  /** The channels are open: there is a pair from now on. */
  start(): void {
    this.#state = "watching";
    this.#since = this.#options.clock.now();
    const transport = this.#options.connection.sctp?.transport?.iceTransport ?? null;
    if (transport !== null && CHANGE_HANDLER in transport) {
      this.#transport = transport;
      transport.addEventListener("selectedcandidatepairchange", this.recheck);
    } else {
      this.#lookRegularly();
    }
    this.#look();
  }

  stop(): void {
    this.#state = "stopped";
    this.#transport?.removeEventListener("selectedcandidatepairchange", this.recheck);
    this.#transport = null;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  /** The pair may have changed: looks now, and again when no old report can be the answer. */
  readonly recheck = (): void => {
    if (this.#state !== "watching") return;
    this.#look();
    this.#after(RECHECK_MS, () => this.#look());
  };

  /** The pair in use, read anew; null while there is none. */
  async read(): Promise<CandidatePair | null> {
    try {
      return selectedPair(await this.#options.connection.getStats(), this.#relays);
    } catch {
      // Closed meanwhile.
      return null;
    }
  }

  #lookRegularly(): void {
    const early = this.#options.clock.now() - this.#since < EARLY_FOR_MS;
    this.#after(early ? EARLY_LOOK_MS : LATE_LOOK_MS, () => {
      this.#look();
      this.#lookRegularly();
    });
  }

  #look(): void {
    if (this.#looking || this.#state !== "watching") return;
    this.#looking = true;
    void this.read().then((pair) => {
      this.#looking = false;
      if (this.#state !== "watching") return;
      if (pair !== null) {
        this.#pair = pair;
        this.#is(pair.kind);
      } else if (this.#kind === null) {
        if (this.#options.clock.now() - this.#since < UNNAMED_AFTER_MS) {
          this.#after(LOOK_AGAIN_MS, () => this.#look());
        } else {
          // Nobody names the pair: it is called direct only if it cannot be a relay.
          this.#is(this.#options.relayOnly || this.#relays.any ? "relay" : "direct");
        }
      }
    });
  }

  #is(kind: "direct" | "relay"): void {
    if (kind === this.#kind) return;
    this.#kind = kind;
    this.#options.onKind(kind);
  }

  #after(ms: number, task: () => void): void {
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
  }
}
