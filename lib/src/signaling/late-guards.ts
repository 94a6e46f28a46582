/** What each event must carry that only {@link import("./housekeeping.ts").Housekeeping} takes. */
import type { Batched, Json, ServerToClientEvents, Signal, SignalData } from "./events.ts";
import {
  bool,
  both,
  count,
  EVENT_GUARDS,
  type Guard,
  grants,
  guard,
  handle,
  isPeerId,
  isRefusal,
  like,
  list,
  MAX_LINE,
  MAX_MEMBERS,
  MAX_TOKEN,
  members,
  object,
  one,
  optional,
  text,
  user,
} from "./guards.ts";
import { MAX_DELAY_MS } from "./reconnection.ts";

/** Looked at by what opens WebRTC paths, if it is anything that it can use: webrtc-guards.ts. */
const signalData = object<{ type: string }>({ type: text(MAX_TOKEN) }) as Guard<SignalData>;

const vouched = object({ id: isPeerId, user: optional(user), grants: optional(grants) });

const { joined, away, back, left, presence, seat } = EVENT_GUARDS;
const batched: { readonly [event: string]: Guard<unknown> } = {
  ...{ joined, away, back, left, presence, seat, vouched },
};

export const LATE_GUARDS: {
  readonly [K in Exclude<keyof ServerToClientEvents, "frame" | keyof typeof EVENT_GUARDS>]: Guard<
    Parameters<ServerToClientEvents[K]>[0]
  >;
} = {
  vouched,
  renewed: object<{ ttlSeconds?: number }>({ ttlSeconds: optional(count) }),
  notRenewed: isRefusal,
  message: object<{ id: string; type: string; data?: Json }>({
    id: like(/^[\w-]{1,64}$/),
    type: both(text(MAX_TOKEN), like(/./s)),
    data: guard(() => true),
  }),
  echo: count,
  drain: object({ withinMs: count }),
  spread: guard<number>((ms) => count(ms) && ms <= MAX_DELAY_MS),
  audit: object({ version: count, hash: count }),
  roll: object({ version: count, members }),
  knock: object({ handle }),
  signal: both(
    object({ from: isPeerId }),
    object<Signal>({ attempt: count, index: count, data: signalData }),
  ),
  undelivered: object({ to: isPeerId, code: one("unknown-peer"), message: text(MAX_LINE) }),
  page: object({ members, more: bool }),
  batch: list(
    MAX_MEMBERS,
    guard<Batched>(
      (value) =>
        Array.isArray(value) &&
        Object.hasOwn(batched, value[0]) &&
        batched[value[0]]?.(value[1]) === true,
    ),
  ),
};
