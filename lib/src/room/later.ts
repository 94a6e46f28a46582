/**
 * All that a room needs only once it is joined, as one chunk: loaded beside the handshake. Nothing that
 * is loaded before may import these modules but for their types.
 */
import { AckVector } from "../link/ack-vector.ts";
import { Housekeeping } from "../signaling/housekeeping.ts";
import { Upkeep } from "../signaling/upkeep.ts";
import { watchWake } from "../signaling/wake.ts";
import { Attending } from "./attending.ts";
import { block } from "./blocking.ts";
import { CursorSender } from "./cursor-sender.ts";
import { Enforcement } from "./enforcement.ts";
import { Greeting } from "./greeting.ts";
import { LatestSender } from "./latest-sender.ts";
import { LinkReporter } from "./link-report.ts";
import { takeServerMessage } from "./server-messages.ts";
import { ownGrantsChanged, takeVouched } from "./vouching.ts";

export const later = {
  AckVector,
  Attending,
  block,
  CursorSender,
  Enforcement,
  Greeting,
  Housekeeping,
  LatestSender,
  LinkReporter,
  ownGrantsChanged,
  takeServerMessage,
  takeVouched,
  Upkeep,
  watchWake,
};

export type Later = typeof later;
