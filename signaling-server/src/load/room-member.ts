/** A member as apps have it: a whole room of the library, on the server path. */
import { SkeinRoom } from "../../../lib/src/room/room.ts";
import { type Destination, type LoadMember, watchedSockets } from "./member.ts";
import { Ear, type Tally } from "./tally.ts";

/** The type of the numbered messages. */
const COUNT = "load";

interface Counted {
  readonly number: number;
  /** `performance.now()` of the sender, which is in this process. */
  readonly at: number;
}

export class RoomMember implements LoadMember {
  readonly speaks = true;
  readonly #room: SkeinRoom;

  constructor({ server, room, token }: Destination, tally: Tally) {
    const options = { server, paths: "server", ...(token === undefined ? {} : { token }) } as const;
    this.#room = new SkeinRoom(room, options, watchedSockets(tally));
    const ear = new Ear(tally);
    this.#room.on("cursor", ({ peer, samples }) => {
      const now = performance.now();
      for (const { x } of samples) ear.sample(peer.id, x, now);
    });
    this.#room.onMessage(COUNT, ({ data, peer }) => {
      const { number, at } = data as Counted;
      ear.message(peer.id, number, performance.now() - at);
    });
    this.#room.on("leave", ({ reason }) => tally.left(reason));
    this.#room.on("error", ({ error }) => tally.note(`error ${error.code}: ${error.message}`));
    this.#room.on("status", ({ status }) => {
      if (status === "reconnecting") tally.interruptions++;
    });
  }

  get id(): string {
    return this.#room.getSnapshot().self?.id ?? "";
  }

  get others(): number {
    return this.#room.getSnapshot().peers.length;
  }

  async join(): Promise<void> {
    this.#room.connect();
    await this.#room.ready;
  }

  move(position: { x: number; y: number }): void {
    this.#room.moveCursor(position);
  }

  async say(number: number): Promise<void> {
    const counted: Counted = { number, at: performance.now() };
    await this.#room.send(COUNT, counted);
  }

  leave(): void {
    void this.#room.leave();
  }
}
