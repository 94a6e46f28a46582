/** Only for the tests beside it: the part of a room that cursors use, driven by hand. */
import type {
  CursorPosition,
  CursorSample,
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
    ...rest,
  };
}

export function aSample(x: number, y: number, rest: Partial<CursorSample> = {}): CursorSample {
  return { x, y, time: 0, pressed: false, pointerType: "mouse", frame: "", ...rest };
}

export class StandInRoom {
  readonly moved: CursorPosition[] = [];
  hides = 0;
  readonly cursors = new Map<string, CursorSample>();
  #peers: readonly Peer<RoomTypes>[] = [];
  readonly #onCursor = new Set<(event: RoomEvents<RoomTypes>["cursor"]) => void>();
  readonly #onChange = new Set<() => void>();

  /** As an app gets it. */
  readonly room: Room<RoomTypes>;

  constructor() {
    const part: Pick<
      Room<RoomTypes>,
      "getSnapshot" | "watch" | "on" | "moveCursor" | "hideCursor" | "cursorOf"
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
      cursorOf: (id) => this.cursors.get(id) ?? null,
    };
    this.room = part as Room<RoomTypes>;
  }

  get listeners(): number {
    return this.#onCursor.size + this.#onChange.size;
  }

  setPeers(...peers: Peer<RoomTypes>[]): void {
    this.#peers = peers;
    for (const changed of [...this.#onChange]) changed();
  }

  cursor(peer: Peer<RoomTypes>, ...samples: CursorSample[]): void {
    for (const listener of [...this.#onCursor]) listener({ peer, samples });
  }

  #snapshot(): RoomSnapshot<RoomTypes> {
    return { status: "connected", error: null, self: null, peers: this.#peers };
  }
}
