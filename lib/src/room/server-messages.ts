/** Messages of the app's own back end: they come again until the server knows that they arrived. */
import type { Json } from "../signaling/events.ts";
import type { RoomParts } from "./parts.ts";
import { check, schemaOf } from "./schema.ts";

/** More than a server keeps for one member, so that none counts twice. */
const REMEMBERED = 256;

export function takeServerMessage(
  { heardOfServer, refuse, schema, signaling, telling }: RoomParts,
  { id, type, data }: { id: string; type: string; data?: Json },
): void {
  signaling.say("received", id);
  if (heardOfServer.has(id)) return;
  heardOfServer.add(id);
  for (const oldest of heardOfServer) {
    if (heardOfServer.size <= REMEMBERED) break;
    heardOfServer.delete(oldest);
  }
  const checked = check(schemaOf(schema, "messages", type), data);
  if (checked.ok) telling.serverMessages.emit(type, { data: checked.value, peer: null });
  else refuse("schema-messages");
}
