/** Seats in the mesh: the links between two members that have one may use WebRTC. */
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import type { Mesh } from "./mesh.ts";
import type { SeatWatch } from "./seat-watch.ts";
import type { Self } from "./self.ts";

export class Seats {
  readonly #self: Self;
  readonly #members: Members;
  readonly #mesh: Mesh;
  /** Whether one's own seat is of use. */
  watch: SeatWatch | null = null;

  constructor(self: Self, members: Members, mesh: Mesh) {
    this.#self = self;
    this.#members = members;
    this.#mesh = mesh;
  }

  /** Has one link use WebRTC, or not any more. */
  allow(member: Member): void {
    if (this.#self.info === null) return;
    const obstacle = member.isBlocked
      ? "disabled"
      : this.#mesh.obstacle(this.#self.info, member.info);
    if (obstacle !== "connecting") member.link.allow(obstacle);
  }

  allowAll(): void {
    for (const member of this.#members) this.allow(member);
  }

  /** The server gave a seat to somebody, or took it. */
  changed(id: string, seat: boolean): void {
    const { info } = this.#self;
    if (info?.id === id) {
      this.#self.info = { ...info, seat };
      this.allowAll();
      return;
    }
    const member = this.#members.get(id);
    member?.set({ seat });
    if (member !== undefined) this.allow(member);
  }

  /** Some link's path changed: one's own seat may be of use, or not. */
  pathChanged(): void {
    this.watch?.look();
  }

  stop(): void {
    this.watch?.stop();
  }
}
