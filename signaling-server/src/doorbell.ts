import type { IncomingMessage } from "node:http";
import type { Clock } from "../../lib/src/clock.ts";
import { KnockLimit, type Reservation } from "./knock.ts";
import { addressOf, hostOf } from "./limits/address.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";
import type { ServerStats } from "./stats.ts";

/** From the WebSocket request that announces a newcomer to the CONNECT that makes it a member. */
export class Doorbell {
  readonly #limit: KnockLimit;
  readonly #stats: ServerStats;
  readonly #trustProxy: number;
  readonly #reservations = new WeakMap<IncomingMessage, { room: Room; reservation: Reservation }>();

  /** `trustProxy`: proxies before this server. */
  constructor(clock: Clock, stats: ServerStats, trustProxy: number) {
    this.#limit = new KnockLimit(clock);
    this.#stats = stats;
    this.#trustProxy = trustProxy;
  }

  /**
   * Knocks, when there is somebody to open; what is kept ends with the request's socket. A room that
   * other nodes may have is read meanwhile, so that CONNECT finds it known.
   */
  ring(request: IncomingMessage, name: string, rooms: Rooms): void {
    if (!rooms.get(name) && (!rooms.shared || rooms.isFull)) return;
    if (!this.#limit.allows(hostOf(addressOf(request, this.#trustProxy) ?? ""))) {
      this.#stats.knocksLimited++;
      return;
    }
    const known = rooms.prepare(name, false);
    if (known) void known.then(() => this.#knock(request, rooms.get(name)));
    else this.#knock(request, rooms.get(name));
  }

  /** What is kept for the newcomer of this request, if its room is still the same one. */
  answered(request: IncomingMessage, room: Room): Reservation | undefined {
    const kept = this.#reservations.get(request);
    return kept?.room === room ? kept.reservation : undefined;
  }

  #knock(request: IncomingMessage, room: Room | undefined): void {
    if (request.socket.destroyed) return;
    const reservation = room?.door.knock();
    if (!room || !reservation) return;
    this.#reservations.set(request, { room, reservation });
    request.socket.once("close", () => room.door.cancel(reservation));
  }
}
