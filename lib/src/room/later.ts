/**
 * All that a room needs only once it is joined, as one chunk: loaded beside the handshake. Nothing that
 * is loaded before may import these modules but for their types.
 */
import { Housekeeping } from "../signaling/housekeeping.ts";
import { Upkeep } from "../signaling/upkeep.ts";
import { watchWake } from "../signaling/wake.ts";
import { begin } from "./begin.ts";
import { block } from "./blocking.ts";
import { Enforcement } from "./enforcement.ts";
import { takePage, tellTogether } from "./pages.ts";
import { connectionFreed } from "./seat-watch.ts";
import { takeServerMessage } from "./server-messages.ts";
import { ownGrantsChanged, takeVouched } from "./vouching.ts";

export const later = {
  begin,
  block,
  connectionFreed,
  Enforcement,
  Housekeeping,
  ownGrantsChanged,
  takePage,
  takeServerMessage,
  takeVouched,
  tellTogether,
  Upkeep,
  watchWake,
};

export type Later = typeof later;
