/** One participant of a load run. */
import type { Seams } from "../../../lib/src/seams.ts";
import { Connection } from "../../../lib/src/signaling/connection.ts";
import type { Tally } from "./tally.ts";

/** Where a member goes, and what it shows there. */
export interface Destination {
  readonly server: string;
  readonly room: string;
  readonly token: string | undefined;
}

export interface LoadMember {
  /** Known once it joined. */
  readonly id: string;
  /** Resolves when it is in the room; rejects when it cannot get there. */
  join(): Promise<void>;
  /** Others in the room as it sees them. */
  readonly others: number;
  move(position: { x: number; y: number }): void;
  /** Sends one numbered message; resolves when everybody has it. */
  say(number: number): Promise<void>;
  /** False where messages cannot be sent this way. */
  readonly speaks: boolean;
  leave(): void;
}

/** The library's own connection, and a note of every welcome. */
export function watchedSockets(tally: Tally): Pick<Seams, "connect"> {
  let welcomes = 0;
  return {
    connect: (target, request, clock, handlers, outcome) =>
      new Connection(target, request, clock, handlers, {
        ...outcome,
        welcomed: (join) => {
          if (welcomes++ > 0) tally.welcomedAgain(performance.now());
          outcome.welcomed(join);
        },
      }),
  };
}
