/**
 * What a server and its client settle besides what happens in the room: whether the socket still lives,
 * whether both know the same members, tokens that were renewed, and the end of the server. And what
 * comes seldom. None of it is needed to join, so it is loaded beside the handshake, and told all that
 * was said before.
 */
import type { Clock } from "../clock.ts";
import type { Connection, ConnectionOutcome, MemberEvents, SocketHandlers } from "./connection.ts";
import type { Batched, MemberInfo, MembershipEvent, Refusal, Welcome } from "./events.ts";
import { EVENT_GUARDS } from "./guards.ts";
import { LATE_GUARDS } from "./late-guards.ts";
import { Liveness } from "./liveness.ts";
import { FIRST_DELAY_MS } from "./reconnection.ts";
import { Roll } from "./roll.ts";

export interface HousekeepingOptions {
  readonly clock: Clock;
  /** Whether it is told all that the server said of the members. */
  readonly comparable: boolean;
  readonly outcome: Pick<ConnectionOutcome, "draining" | "renewed" | "notRenewed" | "reconnection">;
  /** The socket, which is lost when it carries nothing any more. */
  readonly connection: Pick<Connection, "emit" | "lose">;
  /** Tells what happens in the room, and {@link Housekeeping.take} again. */
  tell(event: keyof MemberEvents, payload: unknown): void;
  /** For what only it understands. */
  readonly handlers: Pick<
    SocketHandlers,
    MembershipEvent | "knock" | "message" | "page" | "refused" | "signal" | "together"
  >;
}

type LateEvent = keyof typeof LATE_GUARDS;

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #roll = new Roll();
  readonly #liveness: Liveness;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    const { clock, connection } = options;
    this.#liveness = new Liveness(
      clock,
      (number) => connection.emit("echo", number),
      () => connection.lose("The signaling server fell silent."),
    );
  }

  /** Smoothed round-trip time in milliseconds; null until measured. */
  get rtt(): number | null {
    return this.#liveness.rtt;
  }

  /** Anything at all arrived. */
  heard(): void {
    this.#liveness.heard();
  }

  /** Finds out now whether the socket still carries anything. `done` is called at the answer. */
  check(done?: () => void): void {
    this.#liveness.check(done);
  }

  stop(): void {
    this.#liveness.stop();
  }

  /**
   * What the server said, in order: checked and told already, or nothing that its client knew, or
   * checked and behind that.
   */
  take(event: string, payload: unknown, told: boolean): void {
    const { tell, handlers } = this.#options;
    const { refused } = handlers;
    if (told) {
      this.#roll.hear(event as keyof MemberEvents, payload);
      if (event === "welcome") {
        this.check();
        const { spread } = payload as Welcome;
        this.#spread(LATE_GUARDS.spread(spread) ? spread : FIRST_DELAY_MS);
      }
    } else if (Object.hasOwn(EVENT_GUARDS, event)) {
      // It comes back to be noted.
      tell(event as keyof MemberEvents, payload);
    } else if (!Object.hasOwn(LATE_GUARDS, event)) refused("unknown-event");
    else if (LATE_GUARDS[event as LateEvent](payload)) this.#apply(event as LateEvent, payload);
    else refused(event);
  }

  #apply(event: LateEvent, payload: unknown): void {
    const { outcome, comparable, connection, handlers } = this.#options;
    const { refused } = handlers;
    switch (event) {
      case "echo":
        if (!this.#liveness.answered(payload as number)) refused(event);
        break;
      case "drain":
        outcome.draining((payload as { readonly withinMs: number }).withinMs);
        break;
      case "spread":
        this.#spread(payload as number);
        break;
      case "renewed":
        outcome.renewed?.((payload as { readonly ttlSeconds?: number }).ttlSeconds);
        break;
      case "notRenewed":
        outcome.notRenewed?.(payload as Refusal);
        break;
      case "audit": {
        const { version, hash } = payload as { readonly version: number; readonly hash: number };
        if (comparable && !this.#roll.matches(version, hash)) connection.emit("resync");
        break;
      }
      case "roll":
        this.#compare((payload as { readonly members: readonly MemberInfo[] }).members);
        break;
      case "undelivered":
        // A race with a leave, which the server tells of by itself: counted, for the stats.
        refused("undelivered-signal");
        break;
      case "page":
        this.#page(payload as { readonly members: readonly MemberInfo[]; readonly more: boolean });
        break;
      case "batch":
        this.#batch(payload as readonly Batched[]);
        break;
      default:
        handlers[event](payload as never);
    }
  }

  #spread(ms: number): void {
    const { reconnection } = this.#options.outcome;
    if (reconnection) reconnection.firstDelayMs = ms;
  }

  #page({
    members,
    more,
  }: {
    readonly members: readonly MemberInfo[];
    readonly more: boolean;
  }): void {
    const others = members.filter(({ id }) => id !== this.#roll.self);
    for (const info of others) this.#roll.hear("joined", info);
    this.#options.handlers.page({ members: others, more });
  }

  /** The same for all who were told of it, oneself perhaps among those who came. */
  #batch(events: readonly Batched[]): void {
    const { handlers } = this.#options;
    const others = events.filter(([event, { id }]) => event !== "joined" || id !== this.#roll.self);
    for (const [event, payload] of others) this.#roll.hear(event, payload);
    handlers.together(() => {
      for (const [event, payload] of others) handlers[event](payload as never);
    });
  }

  /** Something was lost on the way: what differs is said as if it happened now. */
  #compare(members: readonly MemberInfo[]): void {
    const { connection, tell, handlers } = this.#options;
    const { left, changed, differences } = this.#roll.compare(members);
    for (const [kind, count] of Object.entries(differences)) {
      for (let i = 0; i < count; i++) handlers.refused(`audit-${kind}`);
    }
    connection.emit("audited", differences);
    for (const id of left) tell("left", { id, reason: "lost" });
    for (const info of changed) tell("joined", info);
  }
}
