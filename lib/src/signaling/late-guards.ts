/** What each event must carry that only {@link import("./housekeeping.ts").Housekeeping} takes. */
import type { Batched, Json, ServerToClientEvents } from "./events.ts";
import {
  bool,
  both,
  count,
  EVENT_GUARDS,
  type Guard,
  grants,
  guard,
  isPeerId,
  isRefusal,
  like,
  list,
  MAX_MEMBERS,
  MAX_TOKEN,
  members,
  object,
  optional,
  text,
  user,
} from "./guards.ts";

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
  audit: object({ version: count, hash: count }),
  roll: object({ version: count, members }),
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
