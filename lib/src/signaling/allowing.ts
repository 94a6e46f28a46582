/** What may be said with which grants, frame by frame: the same rules for the server and every peer. */
import type { DecodedEntry, DecodedFrame } from "../wire/index.ts";
import { allows, FREE_TYPE, type Grants } from "./grants.ts";

/** It is an object of a surface's name and a flag. Bytes. */
const MAX_FREE_BYTES = 256;

/** Whether a reliable entry may be said. What is not known here is for whoever may do everything. */
export function allowsEntry(grants: Grants, entry: DecodedEntry): boolean {
  switch (entry.kind) {
    case "message":
      return (
        allows(grants, "message", entry.type) &&
        (entry.type !== FREE_TYPE ||
          allows(grants, "message") ||
          entry.value.bytes.length <= MAX_FREE_BYTES)
      );
    case "begin":
    case "latest":
      return allowsKept(grants, entry.type);
    case "continue":
      // Part of one that was begun: without that it is nothing.
      return grants === undefined || grants.some((grant) => grant.startsWith("message"));
    case "cursor":
    case "cursorHidden":
      return allows(grants, "cursor");
    case "activity":
    case "withheld":
    case "interest":
      return true;
    default:
      return grants === undefined;
  }
}

/** Whether a frame that is complete in itself may be said; for reliable ones ask {@link allowsEntry}. */
export function allowsState(grants: Grants, frame: DecodedFrame): boolean {
  switch (frame.kind) {
    case "cursor":
      return allows(grants, "cursor");
    case "presence":
      return allows(grants, "presence");
    case "latest":
      return allowsKept(grants, frame.type);
    default:
      return grants === undefined;
  }
}

/** What is free is small and said once. */
function allowsKept(grants: Grants, type: string): boolean {
  return allows(grants, "message", type === FREE_TYPE ? undefined : type);
}
