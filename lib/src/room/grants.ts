import { allows, type Grants } from "../signaling/grants.ts";
import type { Can } from "./types.ts";

const EVERYTHING: Can = () => true;

/** The same function for everybody who may do everything. */
export function canOf(grants: Grants): Can {
  if (grants === undefined) return EVERYTHING;
  return (ability, type) => allows(grants, ability, type);
}
