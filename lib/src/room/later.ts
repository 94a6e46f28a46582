/**
 * All that a room needs only once it is joined, as one chunk: loaded beside the handshake. Nothing that
 * is loaded before may import these modules but for their types.
 */
import { Housekeeping } from "../signaling/housekeeping.ts";
import { Upkeep } from "../signaling/upkeep.ts";
import { watchWake } from "../signaling/wake.ts";
import { Attending } from "./attending.ts";
import { block } from "./blocking.ts";
import { CursorSender } from "./cursor-sender.ts";
import { Enforcement } from "./enforcement.ts";
import { Greeting } from "./greeting.ts";
import { Interests } from "./interests.ts";
import { LatestSender } from "./latest-sender.ts";
import { LinkReporter } from "./link-report.ts";
import { MovingOutlet } from "./moving-outlet.ts";
import { takePage, tellTogether } from "./pages.ts";
import { connectionFreed, watchSeat } from "./seat-watch.ts";
import { takeServerMessage } from "./server-messages.ts";
import { ownGrantsChanged, takeVouched } from "./vouching.ts";

export const later = {
  Attending,
  block,
  connectionFreed,
  CursorSender,
  Enforcement,
  Greeting,
  Housekeeping,
  Interests,
  LatestSender,
  LinkReporter,
  MovingOutlet,
  ownGrantsChanged,
  takePage,
  takeServerMessage,
  takeVouched,
  tellTogether,
  Upkeep,
  watchSeat,
  watchWake,
};

export type Later = typeof later;
