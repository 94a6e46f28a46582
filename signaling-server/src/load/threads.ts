/**
 * A share of a load run in a thread of its own: one thread cannot be some thousand members without
 * measuring itself. The thread runs the program's own file again, which finds its share here.
 */
import { once } from "node:events";
import { parentPort, Worker, workerData } from "node:worker_threads";
import { Share, type ShareCounts, type ShareOptions } from "./share.ts";

/** What the thread says, in this order. */
type Said =
  | { readonly kind: "progress"; readonly what: string }
  | { readonly kind: "full" }
  | { readonly kind: "counted"; readonly counts: ShareCounts };

/** What it is told: to begin, and that it was enough. */
type Told = "run" | "run until enough" | "enough";

interface WorkerData {
  readonly loadShare: ShareOptions;
}

/** The same as `Share`, elsewhere. */
export class ThreadedShare {
  readonly #worker: Worker;
  readonly #ended: Promise<unknown>;
  #progress: (what: string) => void = () => {};
  #hasCounted = false;
  readonly #full: Promise<void>;
  readonly #counted: Promise<ShareCounts>;

  /** `program`: the file of `skein-server`. */
  constructor(program: string, share: ShareOptions) {
    const data: WorkerData = { loadShare: share };
    this.#worker = new Worker(program, { argv: ["load"], workerData: data });
    this.#ended = once(this.#worker, "exit");
    let full: () => void;
    let counted: (counts: ShareCounts) => void;
    const failed = new Promise<never>((_, reject) => {
      this.#worker.once("error", reject);
      this.#worker.once("exit", () => reject(new Error("A thread of the load run ended early.")));
    });
    this.#full = Promise.race([new Promise<void>((resolve) => (full = resolve)), failed]);
    this.#counted = Promise.race([
      new Promise<ShareCounts>((resolve) => (counted = resolve)),
      failed,
    ]);
    // Whoever awaits them hears of a failure; nobody does before it is time.
    for (const promise of [this.#full, this.#counted, this.#ended]) promise.catch(() => {});
    this.#worker.on("message", (said: Said) => {
      if (said.kind === "progress") this.#progress(said.what);
      else if (said.kind === "full") full();
      else {
        this.#hasCounted = true;
        counted(said.counts);
      }
    });
  }

  fill(progress: (what: string) => void): Promise<void> {
    this.#progress = progress;
    return this.#full;
  }

  run(enough?: Promise<unknown>): Promise<ShareCounts> {
    this.#tell(enough ? "run until enough" : "run");
    const tell = () => this.#tell("enough");
    enough?.then(tell, tell);
    return this.#counted;
  }

  async leave(): Promise<void> {
    // When it has counted it leaves by itself; before that, its sockets end with it.
    if (this.#hasCounted) await this.#ended;
    else await this.#worker.terminate();
  }

  #tell(what: Told): void {
    this.#worker.postMessage(what);
  }
}

/** Whether this is a thread with a share; then it does its share. */
export async function doShare(): Promise<boolean> {
  const port = parentPort;
  const { loadShare } = (workerData ?? {}) as Partial<WorkerData>;
  if (!port || !loadShare) return false;
  const say = (said: Said) => port.postMessage(said);
  const told = async (...any: readonly Told[]): Promise<Told> => {
    for (;;) {
      const [what] = (await once(port, "message")) as [Told];
      if (any.includes(what)) return what;
    }
  };
  const share = new Share(loadShare);
  await share.fill((what) => say({ kind: "progress", what }));
  const begin = told("run", "run until enough");
  say({ kind: "full" });
  const until = (await begin) === "run" ? undefined : told("enough");
  say({ kind: "counted", counts: await share.run(until) });
  await share.leave();
  port.close();
  return true;
}
