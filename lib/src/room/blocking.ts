/** Whom this peer wants to have nothing to do with: known by its user, where the server vouches for one. */
import type { MemberInfo } from "../signaling/events.ts";

type Who = Pick<MemberInfo, "id" | "user">;

export class Blocking {
  /** One for each call of `block`, which all have an undo of their own. */
  readonly #blocked = new Set<Who>();

  has({ id, user }: Who): boolean {
    return [...this.#blocked].some((who) =>
      who.user === undefined ? who.id === id : who.user.id === user?.id,
    );
  }

  /** Returns its undo. */
  add(who: Who): () => void {
    const block = { ...who };
    this.#blocked.add(block);
    return () => void this.#blocked.delete(block);
  }
}
