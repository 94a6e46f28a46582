/** Checks of the CONNECT packet: everything in it is a stranger's. */
import {
  type ConnectRequest,
  KEY_BYTES,
  MAX_PRESENCE_BYTES,
  MAX_ROOM_NAME_BYTES,
  PROTOCOL,
  type Refusal,
  ROOM_PARAMETER,
} from "../../lib/src/signaling/events.ts";
import { isCount, isRecord } from "./checks.ts";
import { parsePresence } from "./events-in.ts";
import { decodeKey } from "./identity.ts";

/** Longest token, in characters: what fits a header of common servers. */
const MAX_TOKEN_LENGTH = 8 * 1024;

/** Largest feature bit set: 32 bits. */
const MAX_FEATURES = 0xffff_ffff;

/** A CONNECT packet that is well-formed; whether it is admitted is the room's to say. */
export interface Handshake extends Omit<ConnectRequest, "key" | "join"> {
  readonly key: Uint8Array;
  readonly join: number | undefined;
}

/** Undefined when `name` can name a room. */
export function checkRoomName(name: unknown): Refusal | undefined {
  if (typeof name !== "string" || name === "") {
    return refusal("bad-room-name", "A room's name is a string that is not empty.");
  }
  if (Buffer.byteLength(name) > MAX_ROOM_NAME_BYTES) {
    return refusal(
      "bad-room-name",
      `A room's name has at most ${MAX_ROOM_NAME_BYTES} UTF-8 bytes; this one has ${Buffer.byteLength(name)}.`,
    );
  }
  if (/\p{Cc}/u.test(name)) {
    return refusal("bad-room-name", "A room's name has no control characters.");
  }
  if (/\p{Cs}/u.test(name)) {
    return refusal("bad-room-name", "A room's name has no unpaired surrogates.");
  }
  return undefined;
}

/**
 * `auth` is what CONNECT carried, `urlRoom` what the WebSocket request named. Unknown fields are
 * ignored: newer clients may send more. `presenceBytes`: the largest presence.
 */
export function parseHandshake(
  auth: unknown,
  urlRoom: string | null,
  presenceBytes = MAX_PRESENCE_BYTES,
): Handshake | Refusal {
  if (!isRecord(auth)) return malformed("it is not an object");
  const { protocol, features, room, key, generation, join, presence, webrtc, token } = auth;
  // First of all: whatever else a newer protocol changed, it must hear that this is the reason.
  if (!isCount(protocol)) return malformed("`protocol` is not a non-negative integer");
  if (protocol !== PROTOCOL) {
    return refusal(
      "unsupported-protocol",
      `This server speaks protocol ${PROTOCOL}, the client ${protocol}: update ${protocol > PROTOCOL ? "skein-server" : "skein"}.`,
    );
  }
  const badName = checkRoomName(room);
  if (badName) return badName;
  if (room !== urlRoom) {
    return refusal(
      "room-mismatch",
      urlRoom === null
        ? `The WebSocket request must name the room too: add "?${ROOM_PARAMETER}=" to its URL.`
        : `The WebSocket request and CONNECT must name the same room ("?${ROOM_PARAMETER}=" and \`room\`).`,
    );
  }
  if (!isCount(features) || features > MAX_FEATURES) return malformed("`features` is no bit set");
  const keyBytes = decodeKey(key);
  if (!keyBytes) return malformed(`\`key\` is not base64url of ${KEY_BYTES} bytes`);
  if (!isCount(generation) || generation === 0) {
    return malformed("`generation` is not a positive integer");
  }
  if (join !== undefined && !isCount(join)) return malformed("`join` is not a join number");
  if (typeof webrtc !== "boolean") return malformed("`webrtc` is neither true nor false");
  if (token !== undefined && !isToken(token)) {
    return malformed(`\`token\` is not a string of at most ${MAX_TOKEN_LENGTH} characters`);
  }
  const checked = parsePresence(presence, presenceBytes);
  if (!checked) return malformed("`presence` is not { version, state } with an object as state");
  if (checked === "too-large") return presenceTooLarge(presenceBytes);
  return {
    protocol,
    features,
    room: room as string,
    key: keyBytes,
    generation,
    join,
    presence: checked,
    webrtc,
    ...(token === undefined ? {} : { token }),
  };
}

/** A string that may be a token; what is in it is for `authenticate`. */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_TOKEN_LENGTH;
}

export function presenceTooLarge(most: number): Refusal {
  return refusal("presence-too-large", `Presence has at most ${most} bytes as JSON here.`);
}

export function isRefusal(value: Handshake | Refusal): value is Refusal {
  return "code" in value;
}

function refusal(code: Refusal["code"], message: string): Refusal {
  return { code, message };
}

function malformed(what: string): Refusal {
  return refusal("bad-handshake", `The CONNECT packet is malformed: ${what}.`);
}
