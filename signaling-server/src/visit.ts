/** One admitted socket, until it closes: what its client says is heard, and it is told what expires. */
import type { Clock } from "../../lib/src/clock.ts";
import type { Client } from "./client.ts";
import type { Metrics } from "./http/metrics.ts";
import type { Admitted, Line } from "./line.ts";
import type { CheckedOptions } from "./options.ts";
import { OutgoingEvent } from "./outgoing.ts";
import type { SocketSession } from "./session.ts";
import type { Sessions } from "./sessions.ts";
import type { ServerStats } from "./stats.ts";
import { isTornDown } from "./torn-down.ts";
import { iceServersFor, REFRESH_AT } from "./turn.ts";

/** What all visits to a server share. */
export interface VisitEnvironment {
  readonly options: CheckedOptions;
  readonly clock: Clock;
  readonly stats: ServerStats;
  readonly metrics: Metrics;
  readonly sessions: Sessions;
  /** Whoever answers pings is heard before this time is over. */
  readonly silentAfterMs: number;
}

export class Visit implements Admitted {
  readonly #environment: VisitEnvironment;
  readonly #id: string;
  readonly #client: Client;
  readonly #session: SocketSession;
  #cancelRefresh: (() => void) | undefined;

  constructor(environment: VisitEnvironment, id: string, client: Client, session: SocketSession) {
    this.#environment = environment;
    this.#id = id;
    this.#client = client;
    this.#session = session;
    environment.stats.sockets++;
    environment.sessions.add(session);
    this.#refreshLater();
  }

  receive(event: string, value: unknown): void {
    this.#client.receive(event, value);
  }

  tooFast(): void {
    this.#client.tooFast();
  }

  disconnected(reason: string, line: Line): void {
    const { options, clock, stats, metrics, sessions, silentAfterMs } = this.#environment;
    this.#cancelRefresh?.();
    sessions.delete(this.#session);
    metrics.linksOf(this.#session, undefined);
    stats.sockets--;
    options.log.debug({ peer: this.#id, reason }, "a client's socket closed");
    this.#client.lost(isTornDown(reason, line, clock, silentAfterMs));
  }

  /** Sends fresh TURN credentials in time, again and again. */
  #refreshLater(): void {
    const { clock } = this.#environment;
    const { ttlSeconds } = this.#ice;
    if (ttlSeconds === 0) return;
    this.#cancelRefresh = clock.after(ttlSeconds * 1000 * REFRESH_AT, () => {
      this.#session.send(new OutgoingEvent("ice", this.#ice));
      this.#refreshLater();
    });
  }

  get #ice() {
    const { iceServers, turn, wallNow } = this.#environment.options;
    return iceServersFor(this.#id, iceServers, turn, wallNow());
  }
}
