/**
 * Every 10 s each client learns what it should know of the membership, as one number; one that knows
 * something else asks for all of it. What is told in vain is cheap, and what is lost does not stay.
 */
import type { Clock } from "../../lib/src/clock.ts";
import { FEATURE_AUDIT, type MemberInfo } from "../../lib/src/signaling/events.ts";
import { hashOf, toldOf, wrap } from "../../lib/src/signaling/roll.ts";
import type { Member, Session } from "./member.ts";
import { OutgoingEvent } from "./outgoing.ts";

/** How often each member is told, in milliseconds. */
export const AUDIT_MS = 10_000;
/** In rooms of more members than this not all are told at once, but a part of them … */
const SLICED_ABOVE = 64;
/** … in so many turns. */
const SLICES = 10;

export interface AuditOptions {
  readonly clock: Clock;
  readonly members: () => readonly Member[];
  readonly describe: (member: Member) => MemberInfo;
  /** Tells what waits to be told. */
  readonly settle: () => void;
  /** Whether this session was told of everybody. */
  readonly comparable: (session: Session) => boolean;
}

export class Audit {
  readonly #options: AuditOptions;
  #cancel: (() => void) | undefined;
  #turn = 0;
  /** How many changes of the membership the members here were told. */
  #version = 0;
  /** The sum of all hashes, and the version at which it was made. */
  #sum = { version: -1, hash: 0 };

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  /** The membership changed. */
  changed(): void {
    this.#version++;
    this.#cancel ??= this.#options.clock.after(this.#ms, () => this.#tell());
  }

  /** Nobody is here to be told. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** All of it, for one that knows something else. */
  roll(): OutgoingEvent<"roll"> {
    const { members, describe } = this.#options;
    return new OutgoingEvent("roll", { version: this.#version, members: members().map(describe) });
  }

  get #ms(): number {
    return AUDIT_MS / this.#slices;
  }

  get #slices(): number {
    return this.#options.members().length > SLICED_ABOVE ? SLICES : 1;
  }

  #tell(): void {
    const { members, settle, comparable } = this.#options;
    const slices = this.#slices;
    this.#turn++;
    settle();
    members().forEach((member, at) => {
      if (member.session === undefined || (member.features & FEATURE_AUDIT) === 0) return;
      if (at % slices !== this.#turn % slices || !comparable(member.session)) return;
      const hash = wrap(this.#all - this.#hashOf(member));
      member.session.send(new OutgoingEvent("audit", { version: this.#version, hash }));
    });
    this.#cancel = this.#options.clock.after(this.#ms, () => this.#tell());
  }

  get #all(): number {
    if (this.#sum.version !== this.#version) {
      let hash = 0;
      for (const member of this.#options.members()) hash = wrap(hash + this.#hashOf(member));
      this.#sum = { version: this.#version, hash };
    }
    return this.#sum.hash;
  }

  #hashOf(member: Member): number {
    return hashOf(toldOf(this.#options.describe(member)));
  }
}
