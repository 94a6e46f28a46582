/** A client on its way to another server: what it may not say meanwhile, and whose end ends what. */
import type { Clock } from "../clock.ts";
import type { SkeinError } from "../room/errors.ts";
import type { SignalingConnection } from "../seams.ts";
import type { ConnectionOutcome, SocketHandlers } from "./connection.ts";
import type { Signal } from "./events.ts";
import { Move } from "./move.ts";

/** Signals that wait meanwhile: a few attempts' worth. */
const MAX_HELD_SIGNALS = 256;

/** What it needs of the client. */
export interface MovingClient {
  readonly clock: Clock;
  readonly random: () => number;
  readonly handlers: SocketHandlers;
  /** The one that carries everything now. */
  connection(): SignalingConnection | undefined;
  /** Opens one of the next generation. Undefined: it cannot yet. */
  open(handlers: SocketHandlers, outcome: ConnectionOutcome): SignalingConnection | undefined;
  /** This one carries everything from now on. */
  changeOver(connection: SignalingConnection, join: number): void;
  lost(error: SkeinError, final: boolean): void;
}

export class Moving {
  readonly #client: MovingClient;
  #move: Move | undefined;
  /** In order. */
  #signals: ({ readonly to: string } & Signal)[] = [];

  constructor(client: MovingClient) {
    this.#client = client;
  }

  /** Whether frames, presence and signals have to wait for a moment. */
  get holds(): boolean {
    return this.#move?.holds ?? false;
  }

  /** The server stops soon: to another one, while this socket still carries everything. */
  begin(): void {
    // Not while one is under way; one that gave up for good does not begin again.
    if (this.#move !== undefined) return;
    const { clock, random, handlers, connection, open, changeOver, lost } = this.#client;
    const old = connection();
    const move = new Move(clock, random, handlers, {
      open,
      fence: (done) => old?.check(done),
      changeOver: (next, join) => {
        this.#move = undefined;
        changeOver(next, join);
        old?.close();
      },
      resume: () => this.#resume(),
      drainingToo: () => this.begin(),
      lost,
    });
    this.#move = move;
    move.start();
  }

  /** A signal that is said later. False when there are too many. */
  hold(signal: { readonly to: string } & Signal): boolean {
    return this.#signals.length < MAX_HELD_SIGNALS && this.#signals.push(signal) > 0;
  }

  /** A connection is lost. Whether that is final; null when it is no end at all. */
  lost(error: SkeinError, final: boolean): boolean | null {
    if (this.#move?.orphan(error)) return null;
    // Then the newer socket that took its place is our own.
    const own = error.code === "replaced" && this.#move?.asked === true;
    return final && !own;
  }

  end(goodbye: boolean): void {
    this.#move?.cancel(goodbye);
    this.#move = undefined;
    this.#signals = [];
  }

  /** Says what had to wait. */
  #resume(): void {
    const { connection, handlers } = this.#client;
    for (const signal of this.#signals.splice(0)) connection()?.emit("signal", signal);
    if (connection()?.joined) handlers.credited();
  }
}
