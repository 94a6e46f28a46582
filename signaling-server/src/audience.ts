/** Whom a frame is for, among the members of this node. */
import type { Route } from "../../lib/src/wire/envelope.ts";

/** A route to members. */
export type MemberRoute = Exclude<Route, { kind: "server" }>;

export type Audience =
  | { readonly kind: "others" }
  | { readonly kind: "only" | "except"; readonly handles: ReadonlySet<number> };

export const OTHERS: Audience = { kind: "others" };

export function audienceOf(route: MemberRoute): Audience {
  return route.kind === "others" ? OTHERS : { kind: route.kind, handles: new Set(route.handles) };
}

/** Whether it is for the member with this handle, who is not its sender. */
export function includes(audience: Audience, handle: number): boolean {
  if (audience.kind === "others") return true;
  return audience.handles.has(handle) === (audience.kind === "only");
}

/** Whether everybody whom `older` is for is among those `newer` is for. */
export function covers(newer: Audience, older: Audience): boolean {
  if (newer.kind === "others") return true;
  if (older.kind === "others") return false;
  if (older.kind === "only") return every(older.handles, (handle) => includes(newer, handle));
  return newer.kind === "except" && every(newer.handles, (handle) => older.handles.has(handle));
}

function every(handles: ReadonlySet<number>, holds: (handle: number) => boolean): boolean {
  for (const handle of handles) if (!holds(handle)) return false;
  return true;
}
