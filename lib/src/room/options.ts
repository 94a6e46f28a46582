/** What `createRoom` is given, checked before anything is opened. */
import {
  MAX_PRESENCE_BYTES,
  MAX_ROOM_NAME_BYTES,
  type VersionedPresence,
} from "../signaling/events.ts";
import { decodeJson, encodeJson } from "../wire/index.ts";
import { SkeinError } from "./errors.ts";
import { checkOwn } from "./schema.ts";
import type { RoomOptions, RoomSchema } from "./types.ts";

export interface AnyOptions extends RoomOptions {
  readonly schema?: RoomSchema;
}

const KNOWN = ["schema", "presence", "server", "paths", "iceServers", "wrtc"];
const PATHS: readonly string[] = ["all", "relay", "server"];
const utf8 = new TextEncoder();

export function checkRoomName(name: unknown): asserts name is string {
  const problem =
    typeof name !== "string" || name === ""
      ? "must be a string that is not empty"
      : utf8.encode(name).length > MAX_ROOM_NAME_BYTES
        ? `has more than ${MAX_ROOM_NAME_BYTES} bytes`
        : /[\p{Cc}\p{Surrogate}]/u.test(name)
          ? "has control characters or half a surrogate pair"
          : null;
  if (problem !== null) throw new SkeinError("bad-room-name", `The room name ${problem}.`);
}

export function checkOptions(options: AnyOptions): void {
  for (const key of Object.keys(options)) {
    if (KNOWN.includes(key)) continue;
    throw new SkeinError(
      "not-supported",
      `joinRoom has no option "${key}" in this version. It knows ${KNOWN.join(", ")}.`,
    );
  }
  const { paths } = options;
  if (paths !== undefined && !PATHS.includes(paths)) {
    throw new SkeinError(
      "bad-argument",
      `paths must be one of ${PATHS.join(", ")}, not ${JSON.stringify(paths)}.`,
    );
  }
}

/** One's own presence as it will travel: JSON, checked, frozen. Throws a SkeinError. */
export function checkPresence(
  presence: object,
  schema: RoomSchema | undefined,
): VersionedPresence["state"] {
  const json =
    typeof presence === "object" && presence !== null && !Array.isArray(presence)
      ? encodeJson(presence)
      : undefined;
  if (json === undefined) {
    throw new SkeinError(
      "not-serializable",
      "Presence must be an object that JSON can carry: no functions, cycles or BigInt.",
    );
  }
  if (json.length > MAX_PRESENCE_BYTES) {
    throw new SkeinError(
      "presence-too-large",
      `Presence has ${json.length} bytes as JSON; at most ${MAX_PRESENCE_BYTES} are allowed. Keep state in messages or a document, and only ids in presence.`,
    );
  }
  checkOwn(schema?.presence, presence, "Presence");
  return Object.freeze({ ...(decodeJson(json)?.data as VersionedPresence["state"]) });
}
