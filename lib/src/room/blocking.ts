/** Whom this peer wants to have nothing to do with: known by its user, where the server vouches for one. */
import type { MemberInfo } from "../signaling/events.ts";

export class Blocking {
  /** How often each is blocked: every block has its own undo. */
  readonly #blocked = new Map<string, number>();

  has({ id, user }: Pick<MemberInfo, "id" | "user">): boolean {
    return (
      this.#blocked.has(`peer ${id}`) ||
      (user !== undefined && this.#blocked.has(keyOf({ id, user })))
    );
  }

  /** Returns its undo, which says whether it was the first to undo it. */
  add(who: Pick<MemberInfo, "id" | "user">): () => boolean {
    const key = keyOf(who);
    this.#blocked.set(key, (this.#blocked.get(key) ?? 0) + 1);
    let isUndone = false;
    return () => {
      if (isUndone) return false;
      isUndone = true;
      const left = (this.#blocked.get(key) ?? 1) - 1;
      if (left > 0) this.#blocked.set(key, left);
      else this.#blocked.delete(key);
      return true;
    };
  }
}

const keyOf = ({ id, user }: Pick<MemberInfo, "id" | "user">): string =>
  user === undefined ? `peer ${id}` : `user ${user.id}`;
