/**
 * Rooms in memory: each is what `joinRoom` makes, with its links, streams and cursors; only what lies
 * between them is not there. The same seed and the same calls give the same run.
 */
import type { Clock } from "../clock.ts";
import { Upgrade } from "../link/upgrade.ts";
import { seededRandom } from "../path/memory.ts";
import { SkeinError } from "../room/errors.ts";
import type { AnyOptions } from "../room/options.ts";
import { fetchLater } from "../room/parts.ts";
import { SkeinRoom, type Surroundings } from "../room/room.ts";
import type {
  RegisteredTypes,
  Room,
  RoomOptions,
  RoomSchema,
  RoomTypes,
  TypesOfSchema,
} from "../room/types.ts";
import type { Vouched, VouchedUser } from "../signaling/events.ts";
import type { Grant } from "../signaling/grants.ts";
import { HeldClock, type HubClock, heldByTest, pageTime } from "./clock.ts";
import { isSocketCut } from "./faults.ts";
import { Line } from "./line.ts";
import { MemorySocket } from "./memory-socket.ts";
import { MemoryWebRtc } from "./memory-webrtc.ts";
import { Network, Place } from "./network.ts";
import { refusedConnection } from "./refused-connection.ts";
import { ServerRoom } from "./server-room.ts";
import { waitsFor } from "./settling.ts";

/** As the server's default. */
const MESH_LIMIT = 16;
/** Longer than what waits for its moment: acknowledgements 50 ms, a still cursor's last word 100 ms. */
const QUIET_MS = 250;
const SETTLE_STEP_MS = 10;
/** Longer than a link takes to give up on WebRTC, and a room to connect again. */
const SETTLE_LIMIT_MS = 60_000;
/** When the fake clock's time begins: 2026-01-01. */
const FIRST_DAY_MS = Date.UTC(2026, 0, 1);
const ID_BYTES = 16;

export interface TestHubOptions {
  /**
   * `"fake"`, the default: time stands still until `advance` or `settle` moves it, and only what takes
   * no time happens by itself. `"real"`: the page's own time, or that of fake timers (Vitest's, Jest's)
   * that have taken its place; `advance` and `settle` move those.
   */
  readonly clock?: "fake" | "real";
  /** Any integer. The same one gives the same ids, losses and orders. Default 1. */
  readonly seed?: number;
  /** Members of a room with WebRTC links to each other; 0 leaves all on the server. Default 16. */
  readonly meshLimit?: number;
}

export interface JoinOptions<T extends RoomTypes = RegisteredTypes>
  extends Pick<RoomOptions<T>, "presence" | "paths"> {
  /** Who gives the same name meets. Default `"room"`. */
  readonly room?: string;
  /** What the server vouches for: `peer.user`. */
  readonly user?: VouchedUser;
  /** What the server grants: `room.can`, `peer.can`. Default: everything; `[]`: look on. */
  readonly grants?: readonly Grant[];
  readonly schema?: RoomSchema;
}

/** A room of the hub, whatever its types. */
export interface HubRoom {
  readonly name: string;
  leave(): Promise<void>;
}

export interface TestHub {
  /** The time of its rooms. */
  readonly clock: Clock;
  /**
   * Joins a room, as somebody with this `name` in presence. It is what `joinRoom` returns, and ready
   * without any time going by, unless there is a delay.
   */
  join<const S extends RoomSchema>(
    name: string,
    options: JoinOptions<TypesOfSchema<S>> & { readonly schema: S },
  ): Room<TypesOfSchema<S>>;
  join<T extends RoomTypes = RegisteredTypes>(name: string, options?: JoinOptions<T>): Room<T>;
  join<const S extends RoomSchema>(
    options: JoinOptions<TypesOfSchema<S>> & { readonly schema: S },
  ): Room<TypesOfSchema<S>>;
  join<T extends RoomTypes = RegisteredTypes>(options?: JoinOptions<T>): Room<T>;
  /**
   * Splits the network: what is on one side hears nothing of the other. Each argument is a side, one
   * room or several. The first has the server, as has every room that is not named; the others lose
   * their sockets at once, and keep their WebRTC links to those on their own side. Replaces the
   * partition before.
   */
  partition(...sides: readonly (HubRoom | readonly HubRoom[])[]): void;
  /** Ends the partition. What was said meanwhile arrives, as it would after a real one. */
  heal(): void;
  /**
   * How long everything takes from one room to another, in milliseconds, whatever its path; with rooms
   * named, what these add to that, whether they send or receive. What is under way is not changed.
   */
  delay(ms: number, ...rooms: readonly HubRoom[]): void;
  /**
   * The share of packets lost, from 0 to under 1; with rooms named, on their own ways to the network.
   * As everywhere, this makes messages and presence later, and loses cursors and `sendLatest`.
   */
  drop(share: number, ...rooms: readonly HubRoom[]): void;
  /**
   * Lets time go by, with everything that falls due on the way. Before each timer, twenty promises in a
   * row that wait for one another have their turn; what awaits more in a row goes on at the next.
   */
  advance(ms: number): Promise<void>;
  /**
   * Lets time go by until the rooms have come to rest: connected, on the paths they can have, and all
   * that was sent has arrived; a quarter of a second at least. Rejects after 60 s of their time, and says what they wait for.
   */
  settle(): Promise<void>;
  /** All its rooms leave. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Rooms without a server, a socket or WebRTC, for an app's own tests. Works in Node, jsdom and
 * happy-dom alike.
 */
export function createTestHub(options: TestHubOptions = {}): TestHub {
  return new MemoryHub(options);
}

class MemoryHub implements TestHub {
  /** What rooms load beside the handshake. It takes no time of the hub's, which waits for it. */
  readonly #later = fetchLater();
  readonly clock: HubClock;
  readonly #random: () => number;
  readonly #network: Network;
  readonly #webrtc: MemoryWebRtc<Place>;
  readonly #meshLimit: number;
  readonly #wallNow: () => number;
  readonly #places = new Map<SkeinRoom, Place>();
  readonly #serverRooms = new Map<string, ServerRoom>();
  readonly #ids = new Map<string, string>();

  constructor({ clock = "fake", seed = 1, meshLimit = MESH_LIMIT }: TestHubOptions) {
    if (clock !== "fake" && clock !== "real") throw misuse('clock is "fake" or "real"');
    if (!Number.isInteger(seed)) throw misuse("seed is an integer");
    if (!Number.isInteger(meshLimit) || meshLimit < 0) throw misuse("meshLimit is 0 or more");
    this.clock = clock === "fake" ? heldByTest(new HeldClock()) : pageTime;
    this.#wallNow = clock === "fake" ? () => FIRST_DAY_MS + this.clock.now() : () => Date.now();
    this.#random = seededRandom(seed);
    this.#meshLimit = meshLimit;
    this.#network = new Network(this.clock, this.#random);
    this.#webrtc = new MemoryWebRtc(this.#network);
  }

  join(first: string | JoinOptions<RoomTypes> = {}, second: JoinOptions<RoomTypes> = {}) {
    const given = typeof first === "string" ? { presence: {}, ...second } : first;
    const { room: roomName = "room", user, grants, ...options } = given;
    if ("token" in options) throw misuse("the hub asks for no token: give it `user` and `grants`");
    const presence =
      typeof first === "string" ? { name: first, ...options.presence } : (options.presence ?? {});
    const place = new Place();
    const room = new SkeinRoom(
      roomName,
      // Never asked for anything: what would open a socket to it is replaced.
      { ...options, presence, server: "http://localhost" } as AnyOptions,
      this.#surroundings(place, roomName, { ...(user && { user }), ...(grants && { grants }) }),
    );
    this.#places.set(room, place);
    room.connect();
    return room as never;
  }

  partition(...sides: readonly (HubRoom | readonly HubRoom[])[]): void {
    if (sides.length < 2) throw misuse("partition takes two sides or more");
    const named = sides.map((side) => [side].flat().map((room) => this.#placeOf(room as HubRoom)));
    if (new Set(named.flat()).size < named.flat().length) {
      throw misuse("a room is on one side of a partition only");
    }
    this.#separate((place) =>
      Math.max(
        0,
        named.findIndex((side) => side.includes(place)),
      ),
    );
  }

  heal(): void {
    this.#separate(() => 0);
  }

  delay(ms: number, ...rooms: readonly HubRoom[]): void {
    if (!(ms >= 0 && Number.isFinite(ms))) throw misuse("a delay is a number of milliseconds");
    this.#network.changing(this.#allPlaces);
    if (rooms.length === 0) this.#network.delayMs = ms;
    for (const room of rooms) this.#placeOf(room).delayMs = ms;
    this.#webrtc.refresh();
  }

  drop(share: number, ...rooms: readonly HubRoom[]): void {
    if (!(share >= 0 && share < 1)) {
      throw misuse("what is dropped is a share from 0 to under 1; to lose all, use partition");
    }
    this.#network.changing(this.#allPlaces);
    if (rooms.length === 0) this.#network.loss = share;
    for (const room of rooms) this.#placeOf(room).loss = share;
    this.#webrtc.refresh();
  }

  async advance(ms: number): Promise<void> {
    await this.#later;
    await this.clock.advance(ms);
  }

  async settle(): Promise<void> {
    await this.#later;
    const end = this.clock.now() + SETTLE_LIMIT_MS;
    // What was asked for a moment ago may wait for its turn.
    this.#network.onTraffic();
    for (;;) {
      await this.clock.advance(SETTLE_STEP_MS);
      const reason = this.#waitsFor();
      if (reason === null) return;
      if (this.clock.now() > end) {
        throw new Error(`The rooms have not settled in ${SETTLE_LIMIT_MS / 1000} s: ${reason}.`);
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#places.keys()].map((room) => room.leave()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #surroundings(place: Place, roomName: string, vouched: Vouched): Surroundings {
    const line = () =>
      new Line({
        clock: this.clock,
        random: this.#random,
        conditions: () => this.#network.toServer(place),
      });
    return {
      clock: this.clock,
      wallClock: this.#wallNow,
      random: seededRandom(Math.floor(this.#random() * 2 ** 32)),
      connect: (_target, request, clock, handlers, outcome, seams) =>
        this.#network.reachesServer(place)
          ? new MemorySocket({
              room: this.#serverRoom(roomName),
              up: line(),
              down: line(),
              onTraffic: () => this.#network.onTraffic(),
              ...{ vouched, request, clock, handlers, outcome, seams },
            })
          : refusedConnection(clock, outcome),
      fetchLater: () => this.#later,
      fetchWebRtc: async () => ({
        Upgrade,
        createWebRtc: (_wrtc, seams) => this.#webrtc.at(place, seams),
      }),
    };
  }

  #serverRoom(name: string): ServerRoom {
    let room = this.#serverRooms.get(name);
    if (room === undefined) {
      const policy = { paths: "all", meshLimit: this.#meshLimit } as const;
      const { clock } = this;
      const idOf = (key: string) => this.#idOf(key);
      room = new ServerRoom({ clock, wallNow: this.#wallNow, policy, idOf });
      this.#serverRooms.set(name, room);
    }
    return room;
  }

  /** A real server hashes the key; here the seed decides, and not what the page threw dice for. */
  #idOf(key: string): string {
    const id = this.#ids.get(key) ?? makeId(this.#random);
    this.#ids.set(key, id);
    return id;
  }

  get #allPlaces(): readonly Place[] {
    return [...this.#places.values()];
  }

  #placeOf(room: HubRoom): Place {
    const place = this.#places.get(room as SkeinRoom);
    if (place === undefined) throw misuse("that is no room of this hub: make it by hub.join");
    return place;
  }

  #separate(sideOf: (place: Place) => number): void {
    const changed: SkeinRoom[] = [];
    for (const [room, place] of this.#places) {
      const side = sideOf(place);
      if (side !== place.side) changed.push(room);
      place.side = side;
    }
    this.#webrtc.refresh();
    for (const room of changed) {
      if (this.#network.reachesServer(this.#placeOf(room))) room.retryNow();
      else room.loseSocket("The test cut it off.");
    }
    this.#network.onTraffic();
  }

  #waitsFor(): string | null {
    const rooms = [...this.#places.keys()];
    for (const [room, place] of this.#places) {
      const reason = waitsFor(room, {
        cutOff: !this.#network.reachesServer(place) || isSocketCut(room),
        reaches: (id) => {
          const peer = rooms.find((each) => each.getSnapshot().self?.id === id);
          return peer !== undefined && !this.#network.separated(place, this.#placeOf(peer));
        },
      });
      if (reason !== null) return reason;
    }
    const quiet = this.#network.isQuiet(QUIET_MS, this.#allPlaces);
    return quiet ? null : "something is sent again and again";
  }
}

function makeId(random: () => number): string {
  const bytes = Array.from({ length: ID_BYTES }, () => Math.floor(random() * 256));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

const misuse = (what: string) => new SkeinError("bad-argument", `skein/testing: ${what}.`);
