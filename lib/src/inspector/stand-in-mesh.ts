/** Only for tests and measurements: rooms of one mesh in memory, whose links are set by hand. */
import { colorOf } from "../room/color.ts";
import type {
  LinkStats,
  Peer,
  Room,
  RoomEvents,
  RoomSnapshot,
  RoomStats,
  RoomTypes,
  Status,
} from "../room/types.ts";

const BIRDS =
  "Avocet Brant Crane Curlew Dunlin Egret Eider Gadwall Godwit Heron Ibis Knot Merlin Osprey Plover Swan".split(
    " ",
  );

export type Link = Pick<LinkStats, "path" | "reason" | "rtt">;
type EventName = keyof RoomEvents<RoomTypes>;
type Heard = (event: { data: unknown; peer: Peer<RoomTypes> }) => void;

const idOf = (index: number): string => `member-${String(index).padStart(2, "0")}-abcdefghijk`;
const pairOf = (a: number, b: number): string => `${Math.min(a, b)} ${Math.max(a, b)}`;

export class StandInMesh {
  readonly members: StandInMember[];
  /** What is sent, as `from type to`. */
  readonly log: string[] = [];
  readonly #links = new Map<string, Link>();

  constructor(count: number) {
    this.members = Array.from({ length: count }, (_, index) => new StandInMember(this, index));
    for (let a = 0; a < count; a++) {
      for (let b = a + 1; b < count; b++) {
        this.#links.set(pairOf(a, b), {
          path: "direct",
          reason: null,
          rtt: 4 + ((a * 7 + b * 3) % 40),
        });
      }
    }
  }

  room(index: number): Room<RoomTypes> {
    const member = this.members[index];
    if (member === undefined) throw new Error(`There is no member ${index}.`);
    return member.room;
  }

  link(a: number, b: number): Link {
    return this.#links.get(pairOf(a, b)) ?? { path: "server", reason: null, rtt: null };
  }

  set(a: number, b: number, link: Partial<Link>): void {
    const before = this.link(a, b);
    this.#links.set(pairOf(a, b), { ...before, ...link });
    for (const [self, other] of [
      [a, b],
      [b, a],
    ] as const) {
      this.members[self]?.linkChanged(other, before.path);
    }
  }

  peer(index: number, seenBy: number): Peer<RoomTypes> {
    const isSelf = index === seenBy;
    const { path, reason } = this.link(index, seenBy);
    return {
      id: idOf(index),
      isSelf,
      user: null,
      presence: { name: BIRDS[index % BIRDS.length], secret: "presence" },
      color: colorOf(index * 5),
      activity: "active",
      path: isSelf ? null : path,
      pathReason: isSelf ? null : reason,
      can: () => true,
    };
  }
}

class StandInMember {
  readonly room: Room<RoomTypes>;
  readonly #mesh: StandInMesh;
  readonly #index: number;
  readonly #listeners = new Map<EventName, Set<(event: never) => void>>();
  readonly #heard = new Map<string, Set<Heard>>();
  readonly #watchers = new Set<() => void>();
  readonly #handovers = new Map<number, number>();
  #readings = 0;
  #snapshot: RoomSnapshot<RoomTypes> | null = null;
  #status: Status = "connected";

  constructor(mesh: StandInMesh, index: number) {
    this.#mesh = mesh;
    this.#index = index;
    const part: Pick<
      Room<RoomTypes>,
      "name" | "getSnapshot" | "watch" | "on" | "onMessage" | "send" | "stats"
    > = {
      name: "secret-room",
      getSnapshot: () => this.#snapshotNow(),
      watch: (select, run, options) => {
        let before = select(this.#snapshotNow());
        return keep(this.#watchers, options?.signal, () => {
          const now = select(this.#snapshotNow());
          if (!Object.is(now, before)) run(now, before);
          before = now;
        });
      },
      on: (event, run, options) => {
        const set = this.#listeners.get(event) ?? new Set();
        this.#listeners.set(event, set);
        return keep(set, options?.signal, run as (event: never) => void);
      },
      onMessage: (type, run, options) => {
        const set = this.#heard.get(type) ?? new Set();
        this.#heard.set(type, set);
        return keep(set, options?.signal, run as Heard);
      },
      send: async (type, ...[data, options]) => {
        const to = options?.to === undefined ? null : [options.to].flat();
        for (const [other, member] of mesh.members.entries()) {
          if (other === index || (to !== null && !to.includes(idOf(other)))) continue;
          mesh.log.push(`${index} ${type} ${other}`);
          member.hear(type, structuredClone(data), index);
        }
        return { missed: [] };
      },
      stats: () => this.#stats(),
    };
    this.room = part as unknown as Room<RoomTypes>;
  }

  get listening(): number {
    const sets = [this.#watchers, ...this.#listeners.values(), ...this.#heard.values()];
    return sets.reduce((sum, { size }) => sum + size, 0);
  }

  hear(type: string, data: unknown, from: number): void {
    const peer = this.#mesh.peer(from, this.#index);
    for (const run of [...(this.#heard.get(type) ?? [])]) run({ data, peer });
  }

  linkChanged(other: number, previous: LinkStats["path"]): void {
    const { path } = this.#mesh.link(this.#index, other);
    this.#snapshot = null;
    for (const run of [...this.#watchers]) run();
    if (path === previous) return;
    this.#handovers.set(other, (this.#handovers.get(other) ?? 0) + 1);
    const event = { peer: this.#mesh.peer(other, this.#index), path, previous };
    for (const run of [...(this.#listeners.get("path") ?? [])]) run(event as never);
  }

  setStatus(status: Status): void {
    const previous = this.#status;
    this.#status = status;
    this.#snapshot = null;
    for (const run of [...this.#watchers]) run();
    for (const run of [...(this.#listeners.get("status") ?? [])])
      run({ status, previous } as never);
  }

  #snapshotNow(): RoomSnapshot<RoomTypes> {
    this.#snapshot ??= {
      status: this.#status,
      error: null,
      self: this.#mesh.peer(this.#index, this.#index),
      peers: this.#others().map((other) => this.#mesh.peer(other, this.#index)),
      size: this.#others().length + 1,
    };
    return this.#snapshot;
  }

  /** Each reading finds more bytes, and another round-trip time. */
  #stats(): RoomStats {
    this.#readings++;
    const peers = this.#others().map((other): [string, LinkStats] => {
      const { path, reason, rtt } = this.#mesh.link(this.#index, other);
      const wave = Math.sin(this.#readings / 5 + other);
      return [
        idOf(other),
        {
          path,
          reason,
          rtt: rtt === null ? null : Math.max(0.4, rtt * (1 + 0.25 * wave)),
          bytesSent: Math.round(this.#readings * 900 * (1.2 + wave)),
          bytesReceived: this.#readings * 1_100,
          framesSent: this.#readings * 20,
          framesReceived: this.#readings * 24,
          handovers: this.#handovers.get(other) ?? 1,
          unacknowledged: 0,
          resent: 0,
          attempts: 1,
        },
      ];
    });
    return {
      peers: Object.fromEntries(peers),
      serverRtt: 12.3,
      refused: {},
      peerConnections: peers.length,
    };
  }

  #others(): number[] {
    return this.#mesh.members.map((_, index) => index).filter((index) => index !== this.#index);
  }
}

function keep<R>(set: Set<R>, signal: AbortSignal | undefined, run: R): () => void {
  const off = (): void => void set.delete(run);
  set.add(run);
  signal?.addEventListener("abort", off);
  return off;
}
