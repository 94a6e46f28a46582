/** Of signaling, what nobody needs in order to join: loaded beside the handshake. */
import { Housekeeping } from "./housekeeping.ts";
import { Upkeep } from "./upkeep.ts";
import { watchWake } from "./wake.ts";

export const later = { Housekeeping, Upkeep, watchWake };

export type SignalingLater = typeof later;
