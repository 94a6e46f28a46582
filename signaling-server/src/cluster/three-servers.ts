/** For tests: servers of this process on one real Redis, and the library's own rooms as their members. */
import { expect, vi } from "vitest";
import { joinRoom, type Room } from "../../../lib/src/index.ts";
import { createSignalingServer, type SignalingServer } from "../server.ts";
import { urlOf } from "../test-client.ts";
import type { RedisProcess } from "./redis-process.ts";

export interface Guest {
  readonly room: Room;
  readonly leaves: string[];
  readonly joins: string[];
  readonly notes: unknown[];
}

export const selfOf = ({ room }: Guest) => {
  const { self } = room.getSnapshot();
  if (!self) throw new Error("not in the room");
  return self;
};

export const peersOf = ({ room }: Guest) =>
  room
    .getSnapshot()
    .peers.map(({ presence, activity }) => `${(presence as { name: string }).name} ${activity}`);

/** Three servers, and a room on them. */
export class ThreeServers {
  readonly servers: readonly SignalingServer[];
  readonly name: string;
  readonly #rooms: Room[] = [];

  private constructor(servers: readonly SignalingServer[], name: string) {
    this.servers = servers;
    this.name = name;
  }

  static async start(redis: RedisProcess, name: string): Promise<ThreeServers> {
    const servers = [0, 1, 2].map(() =>
      createSignalingServer({ port: 0, log: () => {}, redisUrl: redis.url }),
    );
    await Promise.all(servers.map((server) => server.listen()));
    await vi.waitFor(() => expect(servers.every(({ ready }) => ready)).toBe(true));
    return new ThreeServers(servers, name);
  }

  async close(): Promise<void> {
    await Promise.all(this.#rooms.map((room) => room.leave()));
    await Promise.all(this.servers.map((server) => server.close()));
  }

  async enter(node: number, name: string): Promise<Guest> {
    const server = this.servers[node];
    if (!server) throw new Error("no such node");
    const room = joinRoom(this.name, { server: urlOf(server), presence: { name } }) as Room;
    this.#rooms.push(room);
    const guest: Guest = { room, leaves: [], joins: [], notes: [] };
    const nameOf = (peer: { presence: object }) => (peer.presence as { name: string }).name;
    room.on("leave", ({ peer }) => guest.leaves.push(nameOf(peer)));
    room.on("join", ({ peer }) => guest.joins.push(nameOf(peer)));
    room.onMessage("note", ({ data }) => guest.notes.push(data));
    await room.ready;
    return guest;
  }
}
