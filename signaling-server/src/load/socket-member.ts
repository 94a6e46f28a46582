/**
 * A member that is only a socket: for rooms so large that a room object with a link to each other
 * member, for every member, would be a test of this process. It moves, and hears others move.
 */

import { randomBytes } from "node:crypto";
import { atHand } from "../../../lib/src/at-hand.ts";
import { SignalingClient } from "../../../lib/src/signaling/client.ts";
import type { MemberInfo } from "../../../lib/src/signaling/events.ts";
import { later } from "../../../lib/src/signaling/later.ts";
import { encodeRouted } from "../../../lib/src/wire/envelope.ts";
import { decodeFrame, encodeFrame, NUMBER_RANGE } from "../../../lib/src/wire/index.ts";
import { type Destination, type LoadMember, watchedSockets } from "./member.ts";
import { Ear, type Tally } from "./tally.ts";

/** The clock in cursor frames counts modulo this, in milliseconds. */
const TIME_RANGE_MS = 0x1_0000;

export class SocketMember implements LoadMember {
  readonly speaks = false;
  readonly #client: SignalingClient;
  readonly #ids = new Map<number, string>();
  readonly #joined: Promise<void>;
  #number = 0;
  #id = "";

  constructor({ server, room, token }: Destination, tally: Tally) {
    const ear = new Ear(tally);
    const known = ({ handle, id }: Pick<MemberInfo, "handle" | "id">) => {
      this.#ids.set(handle, id);
    };
    let resolve: () => void;
    let reject: (error: Error) => void;
    this.#joined = new Promise((done, failed) => {
      resolve = done;
      reject = failed;
    });
    const ignore = () => {};
    this.#client = new SignalingClient(
      {
        server,
        room,
        key: randomBytes(16).toString("base64url"),
        request: () => ({ presence: { version: 1, state: {} }, webrtc: false }),
        seams: watchedSockets(tally),
        later: atHand(later),
        token,
      },
      {
        state: (state, error) => {
          if (state === "waiting" && this.#id !== "") tally.interruptions++;
          if (error) tally.note(`error ${error.code}: ${error.message}`);
          if (state === "stopped" && error) reject(error);
        },
        welcome: ({ self, members }) => {
          this.#id = self.id;
          this.#ids.clear();
          for (const member of members) known(member);
          resolve();
        },
        page: ({ members }) => members.forEach(known),
        together: (tell) => tell(),
        joined: known,
        back: known,
        left: ({ id, reason }) => {
          for (const [handle, each] of this.#ids) if (each === id) this.#ids.delete(handle);
          tally.left(reason);
        },
        frame: (handle, frame) => {
          const id = this.#ids.get(handle);
          if (id === undefined) return;
          const decoded = decodeFrame(frame);
          if (decoded.kind !== "cursor") return;
          const now = performance.now();
          for (const { x } of decoded.samples) ear.sample(id, x, now);
        },
        refused: (kind) => tally.note(`refused ${kind}`),
        away: ignore,
        presence: ignore,
        signal: ignore,
        seat: ignore,
        vouched: ignore,
        message: ignore,
        ice: ignore,
        policy: ignore,
        knock: ignore,
        credited: ignore,
      },
    );
  }

  get id(): string {
    return this.#id;
  }

  get others(): number {
    return this.#ids.size;
  }

  join(): Promise<void> {
    this.#client.start();
    return this.#joined;
  }

  move({ x, y }: { x: number; y: number }): void {
    const frame = encodeFrame({
      kind: "cursor",
      number: this.#number,
      pressed: false,
      pointerType: "mouse",
      frame: "",
      samples: [{ x, y, time: Math.floor(performance.now()) % TIME_RANGE_MS }],
    });
    this.#number = (this.#number + 1) % NUMBER_RANGE;
    this.#client.send(encodeRouted({ kind: "others" }, frame));
  }

  say(): Promise<void> {
    return Promise.reject(new Error("A socket alone numbers no messages."));
  }

  leave(): void {
    this.#client.stop(true);
  }
}
