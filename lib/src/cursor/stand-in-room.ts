/** Only for the tests beside it: the part of a room that cursors use, driven by hand. */
import type {
  CursorPosition,
  CursorSample,
  LatestEvent,
  Peer,
  Room,
  RoomEvents,
  RoomSnapshot,
  RoomTypes,
} from "../room/types.ts";

export function aPeer(id: string, rest: Partial<Peer<RoomTypes>> = {}): Peer<RoomTypes> {
  return {
    id,
    isSelf: false,
    user: null,
    presence: { name: `Peer ${id}` },
    color: "#8a3b12",
    activity: "active",
    path: "server",
    pathReason: null,
    can: () => true,
    ...rest,
  };
}

export function aSample(x: number, y: number, rest: Partial<CursorSample> = {}): CursorSample {
  return { x, y, time: 0, pressed: false, pointerType: "mouse", frame: "", ...rest };
}

type OnPeer = (event: { readonly peer: Peer<RoomTypes> }) => void;

function listen<L>(listeners: Set<L>, run: L, signal?: AbortSignal): () => void {
  const off = (): void => void listeners.delete(run);
  listeners.add(run);
  signal?.addEventListener("abort", off);
  return off;
}

export class StandInRoom {
  readonly moved: CursorPosition[] = [];
  hides = 0;
  readonly sent: { readonly type: string; readonly data: unknown }[] = [];
  readonly cursors = new Map<string, CursorSample>();
  #peers: readonly Peer<RoomTypes>[] = [];
  readonly #onCursor = new Set<(event: RoomEvents<RoomTypes>["cursor"]) => void>();
  readonly #onChange = new Set<() => void>();
  readonly #onPeer = { join: new Set<OnPeer>(), leave: new Set<OnPeer>() };
  readonly #onLatest = new Map<string, Set<(event: LatestEvent<RoomTypes, unknown>) => void>>();
  self: Peer<RoomTypes> | null = null;

  /** As an app gets it. */
  readonly room: Room<RoomTypes>;

  constructor() {
    const part: Pick<
      Room<RoomTypes>,
      | "getSnapshot"
      | "watch"
      | "on"
      | "moveCursor"
      | "hideCursor"
      | "cursorOf"
      | "sendLatest"
      | "onLatest"
    > = {
      getSnapshot: () => this.#snapshot(),
      watch: (select, run, options) => {
        let before = select(this.#snapshot());
        const changed = () => {
          const now = select(this.#snapshot());
          if (!Object.is(now, before)) run(now, before);
          before = now;
        };
        this.#onChange.add(changed);
        options?.signal?.addEventListener("abort", () => this.#onChange.delete(changed));
        return () => this.#onChange.delete(changed);
      },
      on: (event, run, options) => {
        if (event === "join" || event === "leave") {
          return listen(this.#onPeer[event as "join" | "leave"], run as OnPeer, options?.signal);
        }
        if (event !== "cursor") throw new Error(`not in the stand-in: ${event}`);
        const listener = run as (event: RoomEvents<RoomTypes>["cursor"]) => void;
        this.#onCursor.add(listener);
        options?.signal?.addEventListener("abort", () => this.#onCursor.delete(listener));
        return () => this.#onCursor.delete(listener);
      },
      moveCursor: (position) => void this.moved.push(position),
      hideCursor: () => {
        this.hides += 1;
      },
      sendLatest: (type, data) => void this.sent.push({ type, data }),
      onLatest: (type, run, options) => {
        const listeners = this.#onLatest.get(type) ?? new Set();
        this.#onLatest.set(type, listeners);
        return listen(listeners, run, options?.signal);
      },
      cursorOf: (id) => this.cursors.get(id) ?? null,
    };
    this.room = part as Room<RoomTypes>;
  }

  get listeners(): number {
    const { join, leave } = this.#onPeer;
    const sets = [this.#onCursor, this.#onChange, join, leave, ...this.#onLatest.values()];
    return sets.reduce((sum, { size }) => sum + size, 0);
  }

  setPeers(...peers: Peer<RoomTypes>[]): void {
    this.#peers = peers;
    for (const changed of [...this.#onChange]) changed();
  }

  cursor(peer: Peer<RoomTypes>, ...samples: CursorSample[]): void {
    for (const listener of [...this.#onCursor]) listener({ peer, samples });
  }

  join(...peers: Peer<RoomTypes>[]): void {
    for (const peer of peers) for (const run of [...this.#onPeer.join]) run({ peer });
  }

  leave(...peers: Peer<RoomTypes>[]): void {
    for (const peer of peers) for (const run of [...this.#onPeer.leave]) run({ peer });
  }

  latest(peer: Peer<RoomTypes>, type: string, data: unknown): void {
    for (const run of [...(this.#onLatest.get(type) ?? [])]) run({ peer, data, key: "" });
  }

  #snapshot(): RoomSnapshot<RoomTypes> {
    return {
      status: "connected",
      error: null,
      self: this.self,
      peers: this.#peers,
      size: this.#peers.length + 1,
    };
  }
}
