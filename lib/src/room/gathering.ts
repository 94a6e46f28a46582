/** Above the mesh limit a room's links acknowledge together what came by the server, where it can take that apart. */
import { AckVector } from "../link/ack-vector.ts";
import type { ServerCarrier } from "../link/options.ts";
import { FEATURE_ACK_VECTORS } from "../signaling/events.ts";
import type { Member } from "./member.ts";
import type { RoomParts } from "./parts.ts";

type Hearing = Parameters<NonNullable<ServerCarrier["acknowledge"]>>[0];

export class Gathering {
  readonly #room: RoomParts;
  readonly #vector: AckVector;

  constructor(room: RoomParts) {
    this.#room = room;
    this.#vector = new AckVector(room.clock, (frame) => room.server.toServer(frame));
  }

  /** False: the member's link shall say it by itself. */
  take(member: Member, { reachable }: ServerCarrier, hearing: Hearing): boolean {
    const { members, mesh, self } = this.#room;
    const isTaken = (self.serverFeatures & FEATURE_ACK_VECTORS) !== 0;
    if (!isTaken || members.size <= mesh.limit) return false;
    this.#vector.add(member, () => {
      const ack = reachable() ? hearing.collect() : null;
      return ack && { ...ack, handle: member.info.handle };
    });
    return true;
  }

  stop(): void {
    this.#vector.stop();
  }
}
