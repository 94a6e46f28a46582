/** Faults on demand, in a room that lives: under its frames, over whatever paths it really has. */
import { type Clock, systemClock } from "../clock.ts";
import type { Lane } from "../path/path.ts";
import { SkeinError } from "../room/errors.ts";
import type { SkeinRoom } from "../room/room.ts";
import type { Seams, Wire } from "../seams.ts";
import type { HubRoom } from "./hub.ts";
import { Line } from "./line.ts";
import { refusedConnection } from "./refused-connection.ts";

/** Ends a fault. Harmless when it has ended. */
export type Mend = () => void;

export interface Faults {
  /**
   * `"webrtc"`: a cut cable, which says nothing. Channels stay open, and what goes into them or comes
   * out of them is gone; Skein finds out by itself. `"socket"`: the socket to the server is lost at
   * once, and no new one is let through. Mending either is told to the room as a changed network.
   */
  cut(what: "webrtc" | "socket"): Mend;
  /** Everything that leaves or arrives here does so this much later, in milliseconds, over any path. */
  delay(ms: number): Mend;
  /**
   * The share of packets lost that leave or arrive here, from 0 to under 1. What must arrive arrives
   * later for it, as with TCP; cursors and `sendLatest` over WebRTC are lost.
   */
  loss(share: number): Mend;
  /** What is wrong now. */
  readonly active: {
    readonly webrtc: boolean;
    readonly socket: boolean;
    readonly delayMs: number;
    readonly loss: number;
  };
  /** Ends all faults. */
  mend(): void;
}

const known = new WeakMap<HubRoom, RoomFaults>();

/**
 * The faults of a room, the same object each time: a room of `joinRoom` or `createRoom`, over its real
 * socket and WebRTC, or one of a test hub.
 * @throws SkeinError `bad-argument` when it is none of these
 */
export function createFaults(room: HubRoom): Faults {
  if (!isSkeinRoom(room)) {
    throw misuse("createFaults takes a room of joinRoom, createRoom or a test hub");
  }
  const faults = known.get(room) ?? new RoomFaults(room);
  known.set(room, faults);
  return faults;
}

export function isSocketCut(room: HubRoom): boolean {
  return known.get(room)?.active.socket === true;
}

/** Also one of another copy of the library. */
function isSkeinRoom(room: HubRoom): room is SkeinRoom {
  return typeof room === "object" && room !== null && "seams" in room && "loseSocket" in room;
}

class RoomFaults implements Faults {
  readonly #room: SkeinRoom;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #lines = new Map<Wire, Line>();
  readonly #cuts = { webrtc: new Set<symbol>(), socket: new Set<symbol>() };
  readonly #delays = new Map<symbol, number>();
  readonly #losses = new Map<symbol, number>();

  constructor(room: SkeinRoom) {
    this.#room = room;
    const { seams } = room;
    this.#clock = seams.clock ?? systemClock;
    this.#random = seams.random ?? Math.random;
    const { connect } = seams;
    const through: Seams = {
      connect: (...parts) => {
        const [, , clock, , outcome] = parts;
        return this.active.socket ? refusedConnection(clock, outcome) : connect?.(...parts);
      },
      pass: (wire, lane, deliver) => this.#pass(wire, lane, deliver),
    };
    Object.assign(seams, through);
  }

  get active() {
    return {
      webrtc: this.#cuts.webrtc.size > 0,
      socket: this.#cuts.socket.size > 0,
      delayMs: [...this.#delays.values()].reduce((sum, ms) => sum + ms, 0),
      loss: 1 - [...this.#losses.values()].reduce((kept, share) => kept * (1 - share), 1),
    };
  }

  cut(what: "webrtc" | "socket"): Mend {
    const cuts = this.#cuts[what];
    if (cuts === undefined) throw misuse('cut takes "webrtc" or "socket"');
    const fault = Symbol(what);
    cuts.add(fault);
    if (what === "socket") this.#room.loseSocket("A fault cut the socket.");
    return () => {
      if (cuts.delete(fault) && cuts.size === 0) this.#room.retryNow();
    };
  }

  delay(ms: number): Mend {
    if (!(ms >= 0 && Number.isFinite(ms))) throw misuse("a delay is a number of milliseconds");
    return during(this.#delays, ms);
  }

  loss(share: number): Mend {
    if (!(share >= 0 && share < 1)) {
      throw misuse("a loss is a share from 0 to under 1; to lose all, use cut");
    }
    return during(this.#losses, share);
  }

  mend(): void {
    const { webrtc, socket } = this.active;
    this.#delays.clear();
    this.#losses.clear();
    this.#cuts.webrtc.clear();
    this.#cuts.socket.clear();
    if (webrtc || socket) this.#room.retryNow();
  }

  #pass(wire: Wire, lane: Lane, deliver: () => void): void {
    const { webrtc, socket, delayMs, loss } = this.active;
    if (wire.startsWith("webrtc") ? webrtc : socket) return;
    if (lane === "latest") {
      if (this.#random() < loss) return;
      if (delayMs > 0) this.#clock.after(delayMs, deliver);
      else deliver();
      return;
    }
    const line = this.#lines.get(wire);
    // Behind what still waits nothing may overtake.
    if (delayMs === 0 && loss === 0 && (line === undefined || line.length === 0)) deliver();
    else this.#line(wire).put(deliver);
  }

  #line(wire: Wire): Line {
    const line =
      this.#lines.get(wire) ??
      new Line({ clock: this.#clock, random: this.#random, conditions: () => this.active });
    this.#lines.set(wire, line);
    return line;
  }
}

function during(values: Map<symbol, number>, value: number): Mend {
  const fault = Symbol();
  values.set(fault, value);
  return () => void values.delete(fault);
}

const misuse = (what: string) => new SkeinError("bad-argument", `skein/testing: ${what}.`);
