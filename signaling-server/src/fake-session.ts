/** For tests: a session that remembers what it was told. */
import type { Refusal } from "../../lib/src/signaling/events.ts";
import type { Session } from "./member.ts";
import type { Introductions } from "./notices.ts";
import type { OutgoingEvent, OutgoingFrame } from "./outgoing.ts";

export class FakeSession implements Session {
  readonly events: OutgoingEvent[] = [];
  readonly frames: OutgoingFrame[] = [];
  ended: Refusal | undefined;

  send(event: OutgoingEvent): void {
    if (!this.ended) this.events.push(event);
  }

  sendFrame(frame: OutgoingFrame): void {
    if (!this.ended) this.frames.push(frame);
  }

  end(refusal: Refusal): void {
    this.ended = refusal;
  }

  /** The names of the events since the last call. */
  news(): string[] {
    return this.events.splice(0).map(({ name }) => name);
  }
}

/** Notices where everybody knows of everybody. */
export const KNOWN: Introductions = {
  precede: () => {},
  introduce: () => {},
  introduceAll: () => {},
};
