/**
 * The membership of a room as a server told it over one socket, so that now and then both can compare
 * what they have by one number. Server and client use the same hash.
 */
import type { MemberInfo, ServerToClientEvents, Welcome } from "./events.ts";

/** What is compared of a member: not what peers tell each other by themselves. */
export interface Told {
  readonly id: string;
  readonly handle: number;
  readonly join: number;
  readonly seat: boolean;
  readonly away: boolean;
  readonly version: number;
}

/** What differed between a client and its server. */
export interface Differences {
  /** Members that the client alone knew. */
  readonly ghost: number;
  /** Members that it did not know. */
  readonly missing: number;
  /** Members of whom it knew something else. */
  readonly stale: number;
}

export function toldOf({ id, handle, join, seat, away, presence: { version } }: MemberInfo): Told {
  return { id, handle, join, seat, away, version };
}

/** FNV-1a of 32 bits, of `id handle join seat away version` with 0 or 1 for false and true. */
export function hashOf({ id, handle, join, seat, away, version }: Told): number {
  const text = `${id} ${handle} ${join} ${seat ? 1 : 0} ${away ? 1 : 0} ${version}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** Sums of hashes are hashes of sets: whoever is left out is subtracted. Modulo 2^32. */
export const wrap = (sum: number): number => sum >>> 0;

/** Of what a server says, these change the membership. */
type RollEvent = "welcome" | "joined" | "away" | "back" | "left" | "presence" | "seat";

export class Roll {
  readonly #told = new Map<string, Told>();
  #self = "";
  /** The version at which nothing differed, when it was last compared. */
  #matched = -1;

  /** One's own id. */
  get self(): string {
    return this.#self;
  }

  /** Takes what the server says of the membership, and nothing else. */
  hear(event: keyof ServerToClientEvents, payload: unknown): void {
    if (event === "welcome") {
      const { self, members } = payload as Welcome;
      this.#self = self.id;
      for (const member of members) this.#told.set(member.id, toldOf(member));
    } else if (event === "joined") {
      const told = toldOf(payload as MemberInfo);
      this.#told.set(told.id, told);
    } else if (event === "left") {
      this.#told.delete((payload as { readonly id: string }).id);
    } else this.#change(event as RollEvent, payload as Partial<Told> & { readonly id: string });
  }

  /** Whether the server's hash of everybody else is that of what it told. */
  matches(version: number, hash: number): boolean {
    if (version === this.#matched) return true;
    let sum = 0;
    for (const told of this.#told.values()) sum = wrap(sum + hashOf(told));
    const matches = sum === hash;
    if (matches) this.#matched = version;
    return matches;
  }

  /** What must be said to make it what the server has: who left, and who is there otherwise. */
  compare(members: readonly MemberInfo[]): {
    readonly left: readonly string[];
    readonly changed: readonly MemberInfo[];
    readonly differences: Differences;
  } {
    const others = members.filter(({ id }) => id !== this.#self);
    const present = new Set(others.map(({ id }) => id));
    const left = [...this.#told.keys()].filter((id) => !present.has(id));
    const changed = others.filter((member) => {
      const told = this.#told.get(member.id);
      return told === undefined || hashOf(told) !== hashOf(toldOf(member));
    });
    const missing = changed.filter(({ id }) => !this.#told.has(id)).length;
    const differences = { ghost: left.length, missing, stale: changed.length - missing };
    return { left, changed, differences };
  }

  #change(event: RollEvent, payload: Partial<Told> & { readonly id: string }): void {
    const told = this.#told.get(payload.id);
    if (told === undefined) return;
    const { handle = told.handle, seat = told.seat, version = 0 } = payload;
    const away = event === "away" || (event !== "back" && told.away);
    if (event === "away" || event === "back" || event === "seat" || event === "presence") {
      this.#told.set(told.id, {
        ...told,
        ...{ handle, seat, away, version: Math.max(told.version, version) },
      });
    }
  }
}
