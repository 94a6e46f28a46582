/**
 * Engine.IO packets over a WebSocket (protocol revision 4): a digit and text, or bytes as they are.
 * In the browser build this takes the place of engine.io-parser, which carries base64 and Blob for
 * transports and browsers that Skein does not use.
 */
export const protocol = 4;

/** In the order of their digits. */
const TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"] as const;

export interface EnginePacket {
  readonly type: (typeof TYPES)[number] | "error";
  readonly data?: string | ArrayBuffer | ArrayBufferView;
}

type Encoded = string | ArrayBuffer | ArrayBufferView;

/** Calls back at once; the second argument is for transports without binary messages. */
export function encodePacket(
  { type, data }: EnginePacket,
  _binary: boolean,
  callback: (encoded: Encoded) => void,
): void {
  if (typeof data === "object") callback(data);
  else callback(`${TYPES.indexOf(type as (typeof TYPES)[number])}${data ?? ""}`);
}

/** Never throws; what is no packet is an `error`, at which engine.io-client closes. */
export function decodePacket(encoded: string | ArrayBuffer): EnginePacket {
  if (typeof encoded !== "string") return { type: "message", data: encoded };
  // One digit: "1" is a close, and neither "" nor " " is an open.
  const type = /^\d/.test(encoded) ? TYPES[Number(encoded[0])] : undefined;
  if (type === undefined) return { type: "error", data: "parser error" };
  return encoded.length > 1 ? { type, data: encoded.slice(1) } : { type };
}
