/** One thread's share of a load run: its rooms, and their members that move and talk. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { LoadMember } from "./member.ts";
import { RoomMember } from "./room-member.ts";
import { SocketMember } from "./socket-member.ts";
import { type Counts, Mover, Tally } from "./tally.ts";

/** Above this many members a room's members are sockets: see socket-member.ts. */
export const MAX_ROOM_OBJECTS = 64;
/** Members that shake hands at the same time. */
const JOINING_AT_ONCE = 50;
/** Whoever is not in by then will not come. */
const JOIN_MS = 120_000;
/** How often it is looked whose turn it is to move or speak. */
const TICK_MS = 10;
/** After the last message, for those on their way: a reconnection's longest time, and more. */
const SETTLE_MS = 30_000;
/** For the last cursors, which nobody confirms. */
const REST_MS = 500;
/** Of members that joined, after how many it is said. */
const PROGRESS_MEMBERS = 500;

export interface ShareOptions {
  /** The server's origin, with an optional base path. */
  readonly server: string;
  /** What each member shows a server that asks; for rooms `load-*`. */
  readonly token?: string | undefined;
  /** What the rooms' names begin with. */
  readonly prefix: string;
  readonly rooms: number;
  readonly members: number;
  /** Of each room, how many move and talk. */
  readonly moving: number;
  readonly seconds: number;
  /** Cursor samples a second of each that moves. */
  readonly rate: number;
  /** Messages a second of each that moves. */
  readonly messages: number;
}

export interface ShareCounts extends Counts {
  readonly members: number;
  readonly seconds: number;
  /** Of that, for how much this thread was at work: near 1 it measures itself. */
  readonly busy: number;
}

export class Share {
  readonly #options: ShareOptions;
  readonly #tally = new Tally();
  readonly #rooms: readonly LoadMember[][];

  constructor(options: ShareOptions) {
    this.#options = options;
    const { server, token, prefix, members } = options;
    const make = members > MAX_ROOM_OBJECTS ? SocketMember : RoomMember;
    this.#rooms = Array.from({ length: options.rooms }, (_, i) =>
      Array.from(
        { length: members },
        () => new make({ server, token, room: `${prefix}-${i}` }, this.#tally),
      ),
    );
  }

  /** Resolves when everybody is there and sees everybody. */
  async fill(progress: (what: string) => void): Promise<void> {
    const waiting = this.#rooms.flat();
    const total = waiting.length;
    let joined = 0;
    const joinNext = async () => {
      for (let member = waiting.pop(); member; member = waiting.pop()) {
        const began = performance.now();
        await within(JOIN_MS, member.join(), "A member could not join in time.");
        this.#tally.joinLatency.add(performance.now() - began);
        joined++;
        if (joined % PROGRESS_MEMBERS === 0 || joined === total) {
          progress(`${joined} of ${total} members joined`);
        }
      }
    };
    await Promise.all(Array.from({ length: JOINING_AT_ONCE }, joinNext));
    const others = this.#options.members - 1;
    const until = performance.now() + JOIN_MS;
    while (!this.#rooms.flat().every((member) => member.others === others)) {
      if (performance.now() > until) throw new Error("Not everybody sees everybody.");
      await sleep(TICK_MS);
    }
  }

  /** Moves and talks for as long as asked, and until `enough`; resolves with what came of it. */
  async run(enough?: Promise<unknown>): Promise<ShareCounts> {
    const { moving, seconds, rate, messages } = this.#options;
    const moved = this.#rooms.flatMap((room) =>
      room.slice(0, moving).map((member) => ({
        member,
        mover: new Mover(room.length - 1),
        // Not in step with each other.
        nextMove: firstOf(rate),
        nextMessage: firstOf(messages),
      })),
    );
    for (const { member, mover } of moved) this.#tally.movers.set(member.id, mover);
    const began = performance.now();
    const idle = performance.eventLoopUtilization();
    const saying = new Set<Promise<void>>();
    let busy = enough !== undefined;
    const done = () => {
      busy = false;
    };
    enough?.then(done, done);
    while (busy || performance.now() - began < seconds * 1000) {
      const now = performance.now() - began;
      for (const each of moved) {
        if (now >= each.nextMove) {
          each.nextMove = Math.max(each.nextMove + 1000 / rate, now);
          each.member.move(each.mover.next(performance.now()));
        }
        if (now >= each.nextMessage && each.member.speaks) {
          each.nextMessage = Math.max(each.nextMessage + 1000 / messages, now);
          const said = each.member.say(each.mover.messages++);
          saying.add(said);
          const heard = () => saying.delete(said);
          said.then(heard, (error: Error) => {
            this.#tally.note(`message not sent: ${error.message}`);
            heard();
          });
        }
      }
      await sleep(TICK_MS);
    }
    const { utilization } = performance.eventLoopUtilization(idle);
    const settled = within(SETTLE_MS, Promise.allSettled(saying), "Not everything was confirmed.");
    await settled.catch((error: Error) => this.#tally.note(error.message));
    await sleep(REST_MS);
    return {
      ...this.#tally.counts,
      members: this.#rooms.flat().length,
      seconds: (performance.now() - began) / 1000,
      busy: utilization,
    };
  }

  /** Resolves when goodbyes, which are written at once, have had a moment to leave. */
  async leave(): Promise<void> {
    for (const member of this.#rooms.flat()) member.leave();
    await sleep(REST_MS);
  }
}

/** When the first of so many a second is due, in milliseconds. */
function firstOf(perSecond: number): number {
  return perSecond > 0 ? Math.random() * (1000 / perSecond) : Number.POSITIVE_INFINITY;
}

async function within<T>(ms: number, promise: Promise<T>, message: string): Promise<T> {
  const stop = new AbortController();
  const late = sleep(ms, undefined, { signal: stop.signal }).then(() => {
    throw new Error(message);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
    late.catch(() => {});
  }
}
