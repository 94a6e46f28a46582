/** Fills a server with rooms, lets members move and talk, and counts what arrives. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { LoadMember } from "./member.ts";
import { RoomMember } from "./room-member.ts";
import { SocketMember } from "./socket-member.ts";
import { Mover, type Percentiles, Tally } from "./tally.ts";

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

export interface LoadOptions {
  /** The server's origin, with an optional base path. */
  readonly server: string;
  /** What each member shows a server that asks; for rooms `load-*`. */
  readonly token?: string | undefined;
  readonly rooms: number;
  readonly members: number;
  /** Of each room, how many move and talk. */
  readonly moving: number;
  readonly seconds: number;
  /** Cursor samples a second of each that moves. */
  readonly rate: number;
  /** Messages a second of each that moves. */
  readonly messages: number;
  /** Begins when members begin to move; the run goes on until it is over, whatever `seconds` says. */
  readonly meanwhile?: () => Promise<unknown>;
  /** Told how it goes on. */
  readonly progress?: (what: string) => void;
}

export interface LoadReport {
  readonly members: number;
  readonly joinMs: Percentiles;
  readonly seconds: number;
  readonly cursors: {
    readonly sent: number;
    /** If every sample had reached everybody. */
    readonly deliverable: number;
    readonly delivered: number;
    /** Distinct samples of one mover that one receiver heard, a second. */
    readonly perPairHz: number;
    readonly latencyMs: Percentiles;
  };
  readonly messages: {
    readonly sent: number;
    readonly deliverable: number;
    readonly delivered: number;
    readonly lost: number;
    readonly doubled: number;
    readonly latencyMs: Percentiles;
  };
  readonly leaves: number;
  readonly interruptions: number;
  readonly reconnections: Tally["reconnections"];
  /** What else members went through, and how often. */
  readonly notes: { readonly [what: string]: number };
  /** Of this process, a second: near 1 it measures itself. */
  readonly processorShare: number;
}

export async function load(options: LoadOptions): Promise<LoadReport> {
  const tally = new Tally();
  const rooms = await fill(options, tally);
  try {
    const began = performance.now();
    const processor = process.cpuUsage();
    const movers = await run(options, rooms, tally);
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(processor);
    return report(tally, movers, rooms.flat().length, seconds, (user + system) / 1e6 / seconds);
  } finally {
    for (const member of rooms.flat()) member.leave();
    // Goodbyes are written; they need a moment to leave.
    await sleep(REST_MS);
  }
}

async function fill(options: LoadOptions, tally: Tally): Promise<LoadMember[][]> {
  const { server, token, members, progress = () => {} } = options;
  // A run of its own, whoever else is on the server.
  const run = randomBytes(6).toString("hex");
  const make = members > MAX_ROOM_OBJECTS ? SocketMember : RoomMember;
  const rooms = Array.from({ length: options.rooms }, (_, i) =>
    Array.from(
      { length: members },
      () => new make({ server, token, room: `load-${run}-${i}` }, tally),
    ),
  );
  const waiting = rooms.flat();
  const total = waiting.length;
  let joined = 0;
  const joinNext = async () => {
    for (let member = waiting.pop(); member; member = waiting.pop()) {
      const began = performance.now();
      await within(JOIN_MS, member.join(), "A member could not join in time.");
      tally.joinLatency.add(performance.now() - began);
      joined++;
      if (joined % 500 === 0 || joined === total) progress(`${joined} of ${total} members joined`);
    }
  };
  try {
    await Promise.all(Array.from({ length: JOINING_AT_ONCE }, joinNext));
    const complete = () => rooms.flat().every(({ others }) => others === members - 1);
    const until = performance.now() + JOIN_MS;
    while (!complete()) {
      if (performance.now() > until) throw new Error("Not everybody sees everybody.");
      await sleep(TICK_MS);
    }
  } catch (error) {
    for (const member of rooms.flat()) member.leave();
    throw error;
  }
  return rooms;
}

async function run(
  options: LoadOptions,
  rooms: readonly LoadMember[][],
  tally: Tally,
): Promise<readonly Mover[]> {
  const { moving, seconds, rate, messages, meanwhile, progress = () => {} } = options;
  const moved = rooms.flatMap((room) =>
    room.slice(0, moving).map((member) => ({
      member,
      mover: new Mover(room.length - 1),
      // Not in step with each other.
      nextMove: Math.random() * (1000 / rate),
      nextMessage: messages > 0 ? Math.random() * (1000 / messages) : Number.POSITIVE_INFINITY,
    })),
  );
  for (const { member, mover } of moved) tally.movers.set(member.id, mover);
  progress(`${moved.length} of them move for ${seconds} s`);
  const began = performance.now();
  const saying = new Set<Promise<void>>();
  let busy = meanwhile !== undefined;
  const done = () => {
    busy = false;
  };
  const beside = meanwhile?.().finally(done);
  // It is awaited below.
  beside?.catch(() => {});
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
          tally.note(`message not sent: ${error.message}`);
          heard();
        });
      }
    }
    await sleep(TICK_MS);
  }
  await beside;
  if (saying.size > 0) await Promise.race([Promise.allSettled(saying), sleep(SETTLE_MS)]);
  await sleep(REST_MS);
  return moved.map(({ mover }) => mover);
}

function report(
  tally: Tally,
  movers: readonly Mover[],
  members: number,
  seconds: number,
  processorShare: number,
): LoadReport {
  const sum = (of: (mover: Mover) => number) =>
    movers.reduce((total, mover) => total + of(mover), 0);
  const pairs = sum(({ receivers }) => receivers);
  const deliverable = sum(({ messages, receivers }) => messages * receivers);
  return {
    members,
    joinMs: tally.joinLatency.percentiles,
    seconds,
    cursors: {
      sent: sum(({ samples }) => samples),
      deliverable: sum(({ samples, receivers }) => samples * receivers),
      delivered: tally.samplesHeard,
      perPairHz: pairs === 0 ? 0 : tally.samplesHeard / pairs / seconds,
      latencyMs: tally.cursorLatency.percentiles,
    },
    messages: {
      sent: sum(({ messages }) => messages),
      deliverable,
      delivered: tally.messagesHeard,
      lost: deliverable - tally.messagesHeard,
      doubled: tally.doubled,
      latencyMs: tally.messageLatency.percentiles,
    },
    leaves: tally.leaves,
    interruptions: tally.interruptions,
    reconnections: tally.reconnections,
    notes: Object.fromEntries(tally.notes),
    processorShare,
  };
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
