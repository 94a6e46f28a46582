/** Messages of the app's own back end: they come again until the server knows that they arrived. */
import type { Json } from "../signaling/events.ts";
import type { RoomParts } from "./parts.ts";
import { check, schemaOf } from "./schema.ts";

/** More than a server keeps for one member, so that none counts twice. */
const REMEMBERED = 256;

export class ServerMessages {
  readonly #ids = new Set<string>();

  take(room: RoomParts, message: { id: string; type: string; data?: Json }): void {
    const { id, type } = message;
    room.signaling.sendReceived(id);
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= REMEMBERED) break;
      this.#ids.delete(oldest);
    }
    const checked = check(schemaOf(room.schema, "messages", type), message.data);
    if (checked.ok) room.telling.serverMessages.emit(type, { data: checked.value, peer: null });
    else room.refuse("schema-messages");
  }
}
