/**
 * All that a room needs only once it is joined, as one chunk: loaded beside the handshake. Nothing that
 * is loaded before may import these modules but for their types.
 */
import { later as signaling } from "../signaling/later.ts";
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
  ...signaling,
  ...{ Attending, block, CursorSender, Enforcement, Greeting, LatestSender, LinkReporter },
  ...{ ownGrantsChanged, takeServerMessage, takeVouched },
};

export type Later = typeof later;
