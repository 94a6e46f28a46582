import type { IncomingMessage } from "node:http";
import type { Clock } from "../../lib/src/clock.ts";
import { KnockLimit, type Reservation } from "./knock.ts";
import type { Room } from "./room.ts";
import type { ServerStats } from "./stats.ts";

/** From the WebSocket request that announces a newcomer to the CONNECT that makes it a member. */
export class Doorbell {
  readonly #limit: KnockLimit;
  readonly #stats: ServerStats;
  readonly #reservations = new WeakMap<IncomingMessage, { room: Room; reservation: Reservation }>();

  constructor(clock: Clock, stats: ServerStats) {
    this.#limit = new KnockLimit(clock);
    this.#stats = stats;
  }

  /** Knocks, when there is somebody to open; what is kept ends with the request's socket. */
  ring(request: IncomingMessage, room: Room | undefined): void {
    if (!room) return;
    if (!this.#limit.allows(request.socket.remoteAddress ?? "")) {
      this.#stats.knocksLimited++;
      return;
    }
    const reservation = room.door.knock();
    if (!reservation) return;
    this.#reservations.set(request, { room, reservation });
    request.socket.once("close", () => room.door.cancel(reservation));
  }

  /** What is kept for the newcomer of this request, if its room is still the same one. */
  answered(request: IncomingMessage, room: Room): Reservation | undefined {
    const kept = this.#reservations.get(request);
    return kept?.room === room ? kept.reservation : undefined;
  }
}
