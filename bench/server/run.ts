/** One load on one server: what arrived of it, and what that cost. */
import { setTimeout as sleep } from "node:timers/promises";
import { join, type Member } from "./member.ts";
import { type Kind, ServerProcess } from "./process.ts";

/** How often it is looked whose turn it is to move, in milliseconds. */
const TICK_MS = 5;
/** Members that shake hands at the same time. */
const JOINING_AT_ONCE = 50;
/** After the joins, before anything is measured, in milliseconds. */
const REST_MS = 1_500;
/** Moved before anything is measured, in seconds: code is compiled while it runs for the first time. */
const WARM_SECONDS = 3;
/** When nothing more came for so long, all that will come has come, in milliseconds. */
const QUIET_MS = 1_000;

export interface Load {
  readonly rooms: number;
  readonly members: number;
  /** Of each room. */
  readonly moving: number;
  /** Cursor samples a second of each that moves. */
  readonly rate: number;
  readonly seconds: number;
}

export interface Outcome {
  /** Distinct samples, by receiver: if all had arrived, and those that did. */
  readonly deliverable: number;
  readonly delivered: number;
  /** Of the server, in seconds of processor time, until the last had arrived. */
  readonly processor: number;
  readonly seconds: number;
  /** Samples of the mover heard least by a receiver, a second; of all pairs on average. */
  readonly perPairHz: number;
  readonly delayP99: number;
}

export async function measure(kind: Kind, load: Load, profile?: string): Promise<Outcome> {
  const server = await ServerProcess.start(kind, profile);
  const rooms = await fill(kind, server.port, load.rooms, load.members);
  try {
    await sleep(REST_MS);
    await move(rooms, { ...load, seconds: WARM_SECONDS });
    await quiet(rooms.flat());
    for (const member of rooms.flat()) member.forget();
    const before = await server.ask("usage");
    const began = performance.now();
    await move(rooms, load);
    const moved = (performance.now() - began) / 1000;
    await quiet(rooms.flat());
    const after = await server.ask("usage");
    const movers = rooms.flatMap((room) => room.slice(0, load.moving));
    const sent = movers.length * Math.round(load.seconds * load.rate);
    const delivered = rooms.flat().reduce((sum, member) => sum + member.heard, 0);
    return {
      deliverable: sent * (load.members - 1),
      delivered,
      processor: after.processor - before.processor,
      seconds: moved,
      perPairHz: delivered / (movers.length * (load.members - 1)) / moved,
      delayP99: after.delayP99,
    };
  } finally {
    for (const member of rooms.flat()) member.leave();
    await server.end();
  }
}

/** Bytes of memory that one member costs who is only there. */
export async function weigh(
  kind: Kind,
  members: number,
): Promise<{ readonly rss: number; readonly heap: number }> {
  const server = await ServerProcess.start(kind);
  // As many before: by then the server has loaded and reserved what it needs however many there are.
  const first = await fill(kind, server.port, members / 10, 10);
  await sleep(REST_MS);
  await server.ask("memory");
  await sleep(REST_MS);
  const before = await server.ask("memory");
  const rooms = await fill(kind, server.port, members / 10, 10, members / 10);
  await sleep(REST_MS);
  await server.ask("memory");
  await sleep(REST_MS);
  const after = await server.ask("memory");
  for (const member of [...first, ...rooms].flat()) member.leave();
  await server.end();
  return {
    rss: (after.rss - before.rss) / members,
    heap: (after.heap - before.heap) / members,
  };
}

async function fill(
  kind: Kind,
  port: number,
  rooms: number,
  members: number,
  first = 0,
): Promise<Member[][]> {
  const filled: Member[][] = Array.from({ length: rooms }, () => []);
  const waiting = filled.flatMap((room, i) => Array.from({ length: members }, () => ({ room, i })));
  const next = async () => {
    for (let place = waiting.pop(); place; place = waiting.pop()) {
      place.room.push(await join(kind, port, `room-${first + place.i}`));
    }
  };
  await Promise.all(Array.from({ length: JOINING_AT_ONCE }, next));
  return filled;
}

async function move(rooms: readonly Member[][], { moving, rate, seconds }: Load): Promise<void> {
  const movers = rooms.flatMap((room) =>
    room.slice(0, moving).map((member) => ({ member, next: (Math.random() * 1000) / rate })),
  );
  const samples = Math.round(seconds * rate);
  const first = rooms[0]?.[0]?.sent ?? 0;
  const began = performance.now();
  for (;;) {
    const now = performance.now() - began;
    let busy = false;
    for (const each of movers) {
      if (each.member.sent >= first + samples) continue;
      busy = true;
      if (now < each.next) continue;
      each.next += 1000 / rate;
      each.member.move();
    }
    if (!busy) return;
    await sleep(TICK_MS);
  }
}

async function quiet(members: readonly Member[]): Promise<void> {
  let before = -1;
  for (;;) {
    const heard = members.reduce((sum, member) => sum + member.heard, 0);
    if (heard === before) return;
    before = heard;
    await sleep(QUIET_MS);
  }
}
