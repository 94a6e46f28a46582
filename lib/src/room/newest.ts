/** Keys remembered per peer: more would let a hostile peer fill our memory. */
const MAX_KEYS = 4096;

/** Which value of each key is the newest, by its sender's numbers. */
export class NewestPerKey {
  readonly #numbers = new Map<string, number>();

  /** Whether this one is newer than all before it of the same type and key. */
  accept(number: number, type: string, key: string): boolean {
    const id = `${type}\0${key}`;
    const newest = this.#numbers.get(id) ?? 0;
    if (number <= newest) return false;
    // Deleted first, so that the key longest unused is the first to be forgotten.
    this.#numbers.delete(id);
    this.#numbers.set(id, number);
    if (this.#numbers.size > MAX_KEYS) {
      const oldest = this.#numbers.keys().next().value;
      if (oldest !== undefined) this.#numbers.delete(oldest);
    }
    return true;
  }

  clear(): void {
    this.#numbers.clear();
  }
}
