import type { Clock } from "../clock.ts";
import type { RoomParts } from "./parts.ts";

/** A seat with which nothing could be opened for this long is worth more to somebody else. */
const GIVE_BACK_AFTER_MS = 60_000;

/** Gives a seat in the mesh back when it has been of no use for a minute and others wait for one. */
export class SeatWatch {
  readonly #clock: Clock;
  readonly #events: { isWasted(): boolean; giveBack(): void };
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, events: { isWasted(): boolean; giveBack(): void }) {
    this.#clock = clock;
    this.#events = events;
  }

  /** Something changed that may make the seat useful or not. */
  look(): void {
    if (!this.#events.isWasted()) this.stop();
    else {
      this.#cancel ??= this.#clock.after(GIVE_BACK_AFTER_MS, () => {
        this.#cancel = null;
        if (this.#events.isWasted()) this.#events.giveBack();
      });
    }
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}

/** Watches one's own seat in a room, and gives it back. */
export function watchSeat({ clock, members, mesh, self, signaling }: RoomParts): SeatWatch {
  return new SeatWatch(clock, {
    isWasted: () =>
      self.info?.seat === true &&
      members.size >= mesh.limit &&
      [...members].every(({ link }) => !link.answers),
    giveBack: () => void signaling.say("unseat"),
  });
}

/** Another connection may be made where there were too many. */
export function connectionFreed({ members }: RoomParts): void {
  for (const { link } of members) {
    if (link.reason === "too-many-connections") link.retryNow();
  }
}
