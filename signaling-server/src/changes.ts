/**
 * What happens to the membership of a large room: told once a tick, in one encoding for everybody who
 * takes it so. A crowd that comes costs a message a tick to each, not one for every newcomer.
 */
import { FEATURE_PAGES, type MembershipEvent } from "../../lib/src/signaling/events.ts";
import type { Member, Session } from "./member.ts";
import { type EventArgument, type EventName, OutgoingEvent } from "./outgoing.ts";

/** In rooms of more members than this, as many as have seats by default, changes wait for the tick … */
export const BATCH_ABOVE = 16;
/** … of so many milliseconds: nobody sees that a name came so much later. */
export const TICK_MS = 50;
/** Changes that wait at most: more go before the tick. */
const MOST_WAITING = 256;

const MEMBERSHIP: ReadonlySet<EventName> = new Set<MembershipEvent>([
  ...(["joined", "away", "back", "left", "presence", "seat", "vouched"] as const),
]);

export type Change = OutgoingEvent<MembershipEvent>;

export function isChange(event: OutgoingEvent): event is Change {
  return MEMBERSHIP.has(event.name);
}

export class Changes {
  /** In order; undefined: something newer says all of it. */
  #waiting: (Change | undefined)[] = [];
  /** Where the newest presence of each member is in there. */
  readonly #presence = new Map<string, number>();
  /** Those whose `joined` is in there. */
  readonly #newcomers = new Set<string>();
  /** Sessions whose welcome told the first so many of it. */
  readonly #told = new Map<Session, number>();

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  get isFull(): boolean {
    return this.#waiting.length >= MOST_WAITING;
  }

  /** Whether most are still to hear that this member came. */
  isNews(id: string): boolean {
    return this.#newcomers.has(id);
  }

  add(event: Change): void {
    const { id } = event.argument as EventArgument<MembershipEvent>;
    if (event.name === "joined") this.#newcomers.add(id);
    if (event.name === "presence") {
      const before = this.#presence.get(id);
      if (before !== undefined) this.#waiting[before] = undefined;
      this.#presence.set(id, this.#waiting.length);
    }
    this.#waiting.push(event);
  }

  /** This session's welcome has told all that happened so far. */
  welcomed(session: Session): void {
    if (!this.isEmpty) this.#told.set(session, this.#waiting.length);
  }

  /** Tells those of the members who take batches. */
  flush(members: Iterable<Member>): void {
    if (this.isEmpty) return;
    const waiting = this.#waiting;
    const batches = new Map<number, OutgoingEvent | undefined>();
    for (const { session, features } of members) {
      if (session === undefined || !takesParts({ features })) continue;
      const from = this.#told.get(session) ?? 0;
      if (session.lags) {
        // By themselves, so that of what changes again and again only the newest waits.
        for (const event of waiting.slice(from)) if (event) session.send(event);
        continue;
      }
      if (!batches.has(from)) batches.set(from, batchOf(waiting.slice(from)));
      const batch = batches.get(from);
      if (batch) session.send(batch);
    }
    this.clear();
  }

  clear(): void {
    this.#waiting = [];
    this.#presence.clear();
    this.#newcomers.clear();
    this.#told.clear();
  }
}

/** Whether a client takes memberships in parts: pages and batches. */
export function takesParts({ features }: Pick<Member, "features">): boolean {
  return (features & FEATURE_PAGES) !== 0;
}

function batchOf(waiting: readonly (Change | undefined)[]): OutgoingEvent | undefined {
  const events = waiting.filter((event) => event !== undefined);
  if (events.length < 2) return events[0];
  return new OutgoingEvent(
    "batch",
    events.map(({ name, argument }) => [name, argument]) as unknown as EventArgument<"batch">,
  );
}
