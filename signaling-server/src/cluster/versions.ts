/**
 * Which puts into a room a node has seen: each has the next number. What the node put itself is
 * answered on one connection, what others put arrives on another, so they come in any order; a
 * number that does not come at all means that something was missed.
 */
export class Versions {
  /** Everything up to here is seen. */
  #whole = 0;
  readonly #ahead = new Set<number>();

  /** Everything up to here has just been read. */
  reset(version: number): void {
    this.#whole = version;
    this.#ahead.clear();
  }

  saw(version: number): void {
    if (version <= this.#whole) return;
    this.#ahead.add(version);
    while (this.#ahead.delete(this.#whole + 1)) this.#whole++;
  }

  /** Everything up to here is seen. */
  get whole(): number {
    return this.#whole;
  }

  /** Whether one before the newest is missing. */
  get gap(): boolean {
    return this.#ahead.size > 0;
  }
}
