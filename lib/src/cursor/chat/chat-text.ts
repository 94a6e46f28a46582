/** Cursor chat on the wire: `sendLatest("skein:chat", { text, surface, kept })`. */
import { cutToCodePoints, oneLine } from "../overlay/text.ts";

export const CHAT_TYPE = "skein:chat";

/** Longest text, in code points: a remark beside a cursor, not a message. */
export const MAX_CHAT_CODE_POINTS = 200;

/** How long a text stays after Enter, in milliseconds: time to read 200 characters twice over. */
export const KEPT_MS = 5_000;

/**
 * How long an unfinished text stays without a change, in milliseconds. Whoever types and then falls
 * silent is found to be gone long before; this bounds what a peer that never ends can do.
 */
export const UNFINISHED_MS = 60_000;

export interface ChatText {
  /** "" ends the chat. */
  readonly text: string;
  readonly surface: string;
  /** It is finished: it stays for KEPT_MS. */
  readonly kept: boolean;
}

/** What a peer sent, or null when it is no chat. Never longer than allowed, always one line. */
export function readChat(data: unknown): ChatText | null {
  if (typeof data !== "object" || data === null) return null;
  const { text, surface, kept } = data as Record<string, unknown>;
  if (typeof text !== "string" || typeof surface !== "string") return null;
  return {
    text: oneLine(cutToCodePoints(text, MAX_CHAT_CODE_POINTS)),
    surface,
    kept: kept === true,
  };
}
