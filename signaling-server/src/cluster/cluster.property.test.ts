/** Whatever happens to sockets, nodes and Redis: in the end everybody sees who is there. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { LOST_AFTER_MS } from "../../../lib/src/signaling/events.ts";
import { idOf, type Seat, type TestNode, World } from "./test-node.ts";

const CLIENTS = ["p", "q", "r", "s"];
const MESH_LIMIT = 2;

/** A client that opens sockets, one after the other, and closes the older one sooner or later. */
class Client {
  readonly name: string;
  generation = 0;
  join: number | undefined;
  version = 1;
  seat: Seat | undefined;
  /** Its older sockets, which nodes may take for alive. */
  readonly older: Seat[] = [];
  gone = false;
  opening = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Whether it has a socket that it takes for alive. */
  get connected(): boolean {
    return this.seat !== undefined && !this.seat.node.dead && this.seat.ended === undefined;
  }

  async open(node: TestNode): Promise<void> {
    const generation = ++this.generation;
    this.opening++;
    this.gone = false;
    if (this.seat) this.older.push(this.seat);
    this.seat = undefined;
    const presence = { version: this.version, state: {} };
    const seat = await node.enter(this.name, { generation, join: this.join, presence });
    this.opening--;
    if (generation !== this.generation || this.gone) {
      // It has thought better of it while it shook hands.
      node.lose(seat);
      return;
    }
    this.seat = seat;
    this.join = seat.member?.join ?? this.join;
  }

  drop(): void {
    const { seat } = this;
    if (!seat) return;
    this.seat = undefined;
    seat.node.lose(seat);
  }

  dropOlder(): void {
    for (const seat of this.older.splice(0)) seat.node.lose(seat);
  }

  say(): void {
    const { seat } = this;
    if (!seat?.member || !seat.alive) return;
    const presence = { version: ++this.version, state: { n: this.version } };
    seat.node.room().room.setPresence(seat.member, presence);
  }

  leave(): void {
    const { seat } = this;
    this.gone = true;
    this.join = undefined;
    this.seat = undefined;
    if (seat?.alive) seat.node.goodbye(seat, this.generation);
  }
}

function worldOf(seed: number): { world: World; nodes: TestNode[]; clients: Client[] } {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const world = new World({
    random,
    delay: () => 1 + Math.floor(random() * 40),
    meshLimit: MESH_LIMIT,
  });
  const nodes = ["a", "b", "c"].map((name) => world.node(name));
  return { world, nodes, clients: CLIENTS.map((name) => new Client(name)) };
}

const step = fc.record({
  client: fc.nat(CLIENTS.length - 1),
  node: fc.nat(2),
  what: fc.constantFrom(
    ...["open", "open", "open", "drop", "older", "goodbye", "say", "unseat", "wait", "wait"],
    ...["kill", "restart", "freeze", "thaw", "flush", "cut", "heal", "die"],
  ),
  ms: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 40_000 })),
});

test("memberships converge, one live socket for each, whatever happens", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(step, { maxLength: 40 }), async (seed, steps) => {
      const { world, nodes, clients } = worldOf(seed);
      await world.advance(200);
      for (const { client: c, node: n, what, ms } of steps) {
        const client = clients[c] as Client;
        const node = nodes[n] as TestNode;
        if (what === "open" && !node.dead) void client.open(node);
        else if (what === "drop") client.drop();
        else if (what === "older") client.dropOlder();
        else if (what === "goodbye") client.leave();
        else if (what === "say") client.say();
        else if (what === "unseat" && client.seat?.member && client.seat.alive) {
          client.seat.node.room().room.unseat(client.seat.member);
        } else if (what === "wait") await world.advance(ms);
        else if (what === "kill") world.redis.kill();
        else if (what === "restart") world.redis.restart();
        else if (what === "freeze") world.redis.freeze();
        else if (what === "thaw") world.redis.thaw();
        else if (what === "flush") world.redis.flush();
        else if (what === "cut") world.redis.cut(node.self);
        else if (what === "heal") world.redis.heal(node.self);
        else if (what === "die" && nodes.filter(({ dead }) => !dead).length > 1) node.kill();
        await world.advance(5);
      }
      world.redis.restart();
      for (const node of nodes) world.redis.heal(node.self);
      await world.advance(3_000);
      for (const client of clients) client.dropOlder();
      await world.advance(3 * LOST_AFTER_MS);
      const present = clients.filter(({ connected }) => connected);
      for (const client of present) {
        const seat = client.seat as Seat;
        expect(seat.alive).toBe(true);
        expect(seat.oddities).toEqual([]);
        const others = present.filter((other) => other !== client);
        const seen = [...seat.picture.values()].map(({ id, join, seat, away, presence }) => {
          return { id, join, seat, away, version: presence.version };
        });
        const first = [...present]
          .filter(({ seat: each }) => (each?.member?.line ?? 0) > 0)
          .sort(
            (x, y) =>
              (x.seat?.member?.line ?? 0) - (y.seat?.member?.line ?? 0) ||
              (idOf(x.name) < idOf(y.name) ? -1 : 1),
          )
          .slice(0, MESH_LIMIT);
        const truth = others.map((other) => ({
          id: idOf(other.name),
          join: other.seat?.member?.join,
          seat: first.includes(other),
          away: false,
          version: other.version,
        }));
        const byId = (x: { id: string }, y: { id: string }) => (x.id < y.id ? -1 : 1);
        expect(seen.sort(byId)).toEqual(truth.sort(byId));
      }
      // What is kept is what is true.
      const kept = [...world.redis.room("room").records.keys()].sort();
      if (present.length > 0) expect(kept).toEqual(present.map(({ name }) => idOf(name)).sort());
      for (const node of nodes) if (!node.dead) expect(node.stats.errors).toBe(0);
    }),
    { numRuns: 400 },
  );
}, 240_000);

const trouble = fc.record({
  what: fc.constantFrom("kill", "freeze", "flush", "cut", "die", "move", "drop", "calm"),
  client: fc.nat(CLIENTS.length - 1),
  node: fc.nat(2),
  to: fc.nat(2),
  /** How long it lasts: at most as long as a client may take to come back, or Redis be away. */
  ms: fc.integer({ min: 0, max: 20_000 }),
});

test("nobody sees a leave of one that came back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(trouble, { maxLength: 12 }), async (seed, troubles) => {
      const { world, nodes, clients } = worldOf(seed);
      await world.advance(200);
      const pictures: Seat[] = [];
      const alive = () => nodes.filter(({ dead }) => !dead);
      const open = async (client: Client, wish: number) => {
        const node = alive()[wish % alive().length] as TestNode;
        await world.settle(client.open(node));
        if (client.seat) pictures.push(client.seat);
      };
      for (const [i, client] of clients.entries()) await open(client, i);
      await world.advance(1_000);
      for (const { what, client: c, node: n, to, ms } of troubles) {
        const client = clients[c] as Client;
        const node = nodes[n] as TestNode;
        if (what === "kill") world.redis.kill();
        else if (what === "freeze") world.redis.freeze();
        else if (what === "flush") world.redis.flush();
        else if (what === "cut") world.redis.cut(node.self);
        else if (what === "die" && alive().length > 1) node.kill();
        else if (what === "drop") client.drop();
        else if (what === "move") {
          await open(client, to);
          client.dropOlder();
        }
        await world.advance(ms);
        world.redis.restart();
        for (const each of nodes) world.redis.heal(each.self);
        for (const each of clients) if (!each.connected) await open(each, to);
        await world.advance(10_000);
      }
      await world.advance(2 * LOST_AFTER_MS);
      for (const seat of pictures) {
        expect(seat.leaves).toEqual([]);
        expect(seat.oddities).toEqual([]);
      }
    }),
    { numRuns: 200 },
  );
}, 240_000);
