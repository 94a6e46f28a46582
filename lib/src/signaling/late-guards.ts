/** What each event must carry that only {@link import("./housekeeping.ts").Housekeeping} takes. */
import type { Json, ServerToClientEvents } from "./events.ts";
import {
  both,
  count,
  type EVENT_GUARDS,
  type Guard,
  grants,
  guard,
  isPeerId,
  isRefusal,
  like,
  MAX_TOKEN,
  members,
  object,
  optional,
  text,
  user,
} from "./guards.ts";

export const LATE_GUARDS: {
  readonly [K in Exclude<keyof ServerToClientEvents, "frame" | keyof typeof EVENT_GUARDS>]: Guard<
    Parameters<ServerToClientEvents[K]>[0]
  >;
} = {
  vouched: object({ id: isPeerId, user: optional(user), grants: optional(grants) }),
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
};
