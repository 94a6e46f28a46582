/** What an operator or a back end asks of one server, as that one tells it to the others (cluster/). */
import type { Json } from "../../../lib/src/signaling/events.ts";
import { isRecord } from "../checks.ts";

/** Something for every server that has members concerned. Each answers with {@link Done}. */
export type Order =
  /** A user, or a peer by its id, leaves: one room, or all. */
  | {
      readonly kind: "remove";
      readonly number: string;
      readonly who: string;
      readonly room?: string;
    }
  | { readonly kind: "close"; readonly number: string; readonly room: string }
  | {
      readonly kind: "message";
      /** The message's id too. */
      readonly number: string;
      readonly room: string;
      readonly type: string;
      readonly data?: Json;
      /** Ids of users or of peers. Absent: everybody. */
      readonly to?: readonly string[];
    };

/** Whom an order concerned on one server, by their peer ids. */
export interface Done {
  readonly kind: "done";
  readonly number: string;
  readonly ids: readonly string[];
  /** They were removed, and may not come back to any server. */
  readonly removed: boolean;
  /** The rooms in which they were: nobody need look elsewhere. Absent: any. */
  readonly rooms?: readonly string[];
}

/** Undefined when it is none that this version knows. */
export function parseOrder(value: unknown): Order | Done | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, number, who, room, type, data, to, ids, removed, rooms } = value;
  if (typeof number !== "string") return undefined;
  if (kind === "done") {
    if (!isTexts(ids) || typeof removed !== "boolean") return undefined;
    // Servers of an earlier version name none.
    return { kind, number, ids, removed, ...(isTexts(rooms) ? { rooms } : {}) };
  }
  if (kind === "remove" && typeof who === "string") {
    if (room === undefined) return { kind, number, who };
    return typeof room === "string" ? { kind, number, who, room } : undefined;
  }
  if (typeof room !== "string") return undefined;
  if (kind === "close") return { kind, number, room };
  if (kind !== "message" || typeof type !== "string") return undefined;
  if (to !== undefined && !isTexts(to)) return undefined;
  return {
    ...{ kind, number, room, type },
    ...(data === undefined ? {} : { data: data as Json }),
    ...(to === undefined ? {} : { to }),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
