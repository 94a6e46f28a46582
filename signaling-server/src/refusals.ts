/** Refusals that more than one part of the server gives, or one in several places. */
import type { Refusal } from "../../lib/src/signaling/events.ts";

/** To a socket whose member has a newer one, here or on another node. */
export const REPLACED: Refusal = {
  code: "replaced",
  message: "A newer socket of the same peer has taken its place.",
};

export const SHUTTING_DOWN: Refusal = {
  code: "shutting-down",
  message: "The server is stopping. Connect again in a moment.",
};

export const STALE: Refusal = {
  code: "stale-generation",
  message: "A newer socket of this peer has been here: `generation` must grow with each socket.",
};

export const REMOVED: Refusal = {
  code: "removed",
  message: "Somebody with the right to do so has removed this peer.",
};

export const CLOSED: Refusal = { code: "removed", message: "The room was closed." };
