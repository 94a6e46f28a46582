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

const KNOWN = [
  ...["schema", "presence", "server", "token", "paths", "iceServers", "wrtc", "reportPaths"],
];
const WRTC = ["RTCPeerConnection", "RTCSessionDescription", "RTCIceCandidate"] as const;
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

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function checkOptions(options: AnyOptions): void {
  if (!isObject(options)) throw badArgument("The options of joinRoom are an object");
  for (const key of Object.keys(options)) {
    if (KNOWN.includes(key)) continue;
    throw new SkeinError(
      "not-supported",
      `joinRoom has no option "${key}". It knows ${KNOWN.join(", ")}.`,
    );
  }
  const { paths, iceServers, schema, token, wrtc, reportPaths } = options;
  if (reportPaths !== undefined && typeof reportPaths !== "boolean") {
    throw badArgument("reportPaths is true or false");
  }
  if (paths !== undefined && !PATHS.includes(paths as string)) {
    throw new SkeinError(
      "bad-argument",
      `paths must be one of ${PATHS.join(", ")}, not ${JSON.stringify(paths)}.`,
    );
  }
  if (iceServers !== undefined && !(Array.isArray(iceServers) && iceServers.every(isIceServer))) {
    throw badArgument('iceServers is a list such as [{ urls: "stun:stun.example.com:3478" }]');
  }
  if (wrtc !== undefined && !(isObject(wrtc) && WRTC.every((name) => isFunction(wrtc[name])))) {
    throw badArgument(`wrtc has the constructors ${WRTC.join(", ")}`);
  }
  if (token !== undefined && !isFunction(token) && (typeof token !== "string" || token === "")) {
    throw badArgument("token is a string that is not empty, or a function that returns one");
  }
  if (schema !== undefined) checkSchema(schema);
}

function isIceServer(server: unknown): boolean {
  if (!isObject(server)) return false;
  const { urls } = server;
  const list: readonly unknown[] = Array.isArray(urls) ? urls : [urls];
  return (
    list.length > 0 && list.every((url) => typeof url === "string" && /^(stun|turn)s?:/i.test(url))
  );
}

function checkSchema(schema: unknown): void {
  const good =
    isObject(schema) &&
    Object.entries(schema).every(([key, part]) => {
      if (key === "presence") return isSchema(part);
      if (key !== "messages" && key !== "latest") return false;
      return isObject(part) && Object.values(part).every(isSchema);
    });
  if (good) return;
  throw badArgument(
    "schema is { presence, messages, latest }: a Standard Schema (zod, valibot, arktype), and objects with one for each type",
  );
}

/** Some libraries' schemas are functions. */
function isSchema(value: unknown): boolean {
  if (!isObject(value) && !isFunction(value)) return false;
  const standard = (value as { readonly "~standard"?: unknown })["~standard"];
  return isObject(standard) && isFunction(standard["validate"]);
}

const isFunction = (value: unknown): boolean => typeof value === "function";

const badArgument = (what: string) => new SkeinError("bad-argument", `${what}.`);

/** One's own presence as it will travel: JSON, checked, frozen. Throws a SkeinError. */
export function checkPresence(
  presence: object,
  schema: RoomSchema | undefined,
): VersionedPresence["state"] {
  const json =
    isObject(presence) && !ArrayBuffer.isView(presence) ? encodeJson(presence) : undefined;
  const state = json && decodeJson(json)?.data;
  if (json === undefined || !isObject(state)) {
    throw new SkeinError(
      "not-serializable",
      "Presence must be an object of what JSON can carry (no functions, cycles, BigInt).",
    );
  }
  if (json.length > MAX_PRESENCE_BYTES) {
    throw new SkeinError(
      "presence-too-large",
      `Presence has ${json.length} bytes; at most ${MAX_PRESENCE_BYTES} are allowed. Keep the rest in messages.`,
    );
  }
  // As it will arrive: a Date, say, would be a string by then, and be refused by everybody.
  checkOwn(schema?.presence, state, "Presence");
  return Object.freeze(state as VersionedPresence["state"]);
}
