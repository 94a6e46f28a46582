import type { Clock } from "../clock.ts";
import { GRANT_GRACE_MS, type Grants } from "./grants.ts";

/**
 * What one member may do now. What it might do until a moment ago counts too, for what was already
 * on its way when its grants were narrowed: nobody can take back what was said in time.
 */
export class Rights {
  readonly #clock: Clock;
  #grants: Grants;
  #former: Grants;
  #formerUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, grants: Grants) {
    this.#clock = clock;
    this.#grants = grants;
  }

  get grants(): Grants {
    return this.#grants;
  }

  /** Everything is allowed: nobody need look what is said. */
  get unlimited(): boolean {
    return this.#grants === undefined;
  }

  /** False when these are the same. */
  change(grants: Grants): boolean {
    if (JSON.stringify(grants) === JSON.stringify(this.#grants)) return false;
    this.#former = this.#grants;
    this.#formerUntil = this.#clock.now() + GRANT_GRACE_MS;
    this.#grants = grants;
    return true;
  }

  /** Whether a rule allows it now, or did a moment ago. */
  permit(allowed: (grants: Grants) => boolean): boolean {
    if (allowed(this.#grants)) return true;
    return this.#clock.now() < this.#formerUntil && allowed(this.#former);
  }
}
