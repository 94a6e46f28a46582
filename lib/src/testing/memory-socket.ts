/** A socket to a signaling server without either: the client's connection and the server's end of it. */
import type { Clock } from "../clock.ts";
import { SkeinError } from "../room/errors.ts";
import type { Seams, SignalingConnection } from "../seams.ts";
import type { ConnectionOutcome, MemberEvents, SocketHandlers } from "../signaling/connection.ts";
import { Credit } from "../signaling/credit.ts";
import type {
  ClientToServerEvents,
  ConnectRequest,
  Interest,
  Vouched,
} from "../signaling/events.ts";
import { Liveness } from "../signaling/liveness.ts";
import { CLASS_CONTROL } from "../wire/codes.ts";
import { decodeRouted } from "../wire/envelope.ts";
import type { Line } from "./line.ts";
import type {
  EventArgument,
  EventName,
  ServerMember,
  ServerRoom,
  ServerSocket,
} from "./server-room.ts";

type ClientEvent = keyof ClientToServerEvents;

export interface MemorySocketOptions {
  readonly room: ServerRoom;
  readonly vouched: Vouched;
  readonly up: Line;
  readonly down: Line;
  /** Something other than a sign of life went one way. */
  readonly onTraffic: () => void;
  readonly request: ConnectRequest;
  readonly clock: Clock;
  readonly handlers: SocketHandlers;
  readonly outcome: ConnectionOutcome;
  readonly seams: Seams;
}

/** Probes, acknowledgements and greetings, which never end: no app sent them. */
export const isSignOfLife = (frame: Uint8Array): boolean => frame[0] === CLASS_CONTROL;

/** What a client hears of its server rather than of the room. */
const NOT_OF_THE_ROOM: readonly EventName[] = [
  ...(["undelivered", "refused", "drain", "renewed", "notRenewed"] as const),
];

/** What passes between two ends is not shared by them. */
const copy = <T>(value: T): T =>
  value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);

export class MemorySocket implements SignalingConnection {
  readonly #options: MemorySocketOptions;
  readonly #credit: Credit;
  readonly #liveness: Liveness;
  readonly #serverEnd: ServerEnd;
  #state: "connecting" | "joined" | "closed" = "connecting";

  constructor(options: MemorySocketOptions) {
    this.#options = options;
    const { clock, up, request } = options;
    this.#credit = new Credit(clock, (total) => this.emit("credit", total));
    this.#liveness = new Liveness(
      clock,
      (number) => this.emit("echo", number),
      () => this.lose("The signaling server fell silent."),
    );
    this.#serverEnd = new ServerEnd(options, (take) => this.#hear(take), {
      frame: (sender, frame) => {
        this.#credit.received(frame.length);
        options.handlers.frame(sender, frame);
      },
      said: (event, argument) => this.#said(event, argument),
      echo: (number) => void this.#liveness.answered(number),
      credit: (total) => {
        if (this.#credit.granted(total)) options.handlers.credited();
      },
    });
    const connect = copy(request);
    up.put(() => this.#serverEnd.connect(connect));
  }

  get joined(): boolean {
    return this.#state === "joined";
  }
  get buffered(): number {
    return this.#credit.buffered;
  }
  get rtt(): number | null {
    return this.#liveness.rtt;
  }

  emit<K extends ClientEvent>(event: K, ...payload: Parameters<ClientToServerEvents[K]>): boolean {
    if (!this.joined) return false;
    const [value] = payload;
    const kept = value instanceof Uint8Array ? value.slice() : copy(value);
    const say = () => this.#options.up.put(() => this.#serverEnd.take(event, kept));
    const { pass } = this.#options.seams;
    if (pass === undefined) say();
    else pass("socket-out", "reliable", () => this.joined && say());
    return true;
  }

  send(message: Uint8Array): boolean {
    const sent = this.emit("frame", message);
    if (sent) this.#credit.sent(message.length);
    return sent;
  }

  check(): void {
    if (this.joined) this.#liveness.check();
  }

  lose(message: string): void {
    if (this.#state === "closed") return;
    const { up, down, outcome } = this.#options;
    up.clear();
    down.clear();
    this.close();
    outcome.lost(new SkeinError("server-unreachable", `${message} It is tried again.`), false);
  }

  close(goodbye = false): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#credit.stop();
    this.#liveness.stop();
    this.#options.onTraffic();
    this.#options.up.put(() => this.#serverEnd.closed(goodbye));
  }

  /** Everything that comes in. */
  #hear(take: () => void): void {
    if (this.#state === "closed") return;
    this.#liveness.heard();
    const { pass } = this.#options.seams;
    if (pass === undefined) take();
    else pass("socket-in", "reliable", () => this.#state !== "closed" && take());
  }

  #said<E extends EventName>(event: E, argument: EventArgument<E>): void {
    const { handlers, outcome } = this.#options;
    // No server in memory stops, or asks for tokens.
    if (NOT_OF_THE_ROOM.includes(event)) {
      handlers.refused(event);
      return;
    }
    if (event === "welcome") {
      this.#state = "joined";
      this.#liveness.check();
    }
    handlers[event as keyof MemberEvents](argument as never);
    if (event === "welcome" && this.joined) {
      outcome.welcomed((argument as EventArgument<"welcome">).self.join);
    }
  }
}

/** What the server's end says, as it arrives at the client. */
interface Arrivals {
  frame(sender: number, frame: Uint8Array): void;
  said<E extends EventName>(event: E, argument: EventArgument<E>): void;
  echo(number: number): void;
  credit(total: number): void;
}

class ServerEnd implements ServerSocket {
  readonly #options: MemorySocketOptions;
  readonly #hear: (take: () => void) => void;
  readonly #arrivals: Arrivals;
  readonly #credit: Credit;
  #member: ServerMember | null = null;
  #generation = 0;

  constructor(options: MemorySocketOptions, hear: (take: () => void) => void, arrivals: Arrivals) {
    this.#options = options;
    this.#hear = hear;
    this.#arrivals = arrivals;
    this.#credit = new Credit(options.clock, (total) => this.#down(() => arrivals.credit(total)));
  }

  connect(request: ConnectRequest): void {
    this.#generation = request.generation;
    this.#member = this.#options.room.admit(request, this, this.#options.vouched);
  }

  closed(goodbye: boolean): void {
    this.#credit.stop();
    if (this.#member === null) return;
    if (goodbye) this.#options.room.goodbye(this.#member, this.#generation);
    else this.#options.room.lost(this.#member, this);
  }

  say<E extends EventName>(event: E, argument: EventArgument<E>): void {
    const said = copy(argument);
    this.#options.onTraffic();
    this.#down(() => this.#arrivals.said(event, said));
  }

  frame(sender: number, frame: Uint8Array): void {
    this.#down(() => this.#arrivals.frame(sender, frame));
  }

  take(event: ClientEvent, payload: unknown): void {
    const { room, onTraffic } = this.#options;
    const member = this.#member;
    if (member === null || member.socket !== this) return;
    if (event === "echo") this.#down(() => this.#arrivals.echo(payload as number));
    else if (event === "frame") this.#route(member, payload as Uint8Array);
    // This end holds nothing back, and so waits for no credit.
    else if (event !== "credit") {
      onTraffic();
      if (event === "presence") room.setPresence(member, payload as ServerMember["presence"]);
      else if (event === "signal") room.signal(member, payload as never);
      else if (event === "unseat") room.unseat(member);
      else if (event === "interest") room.setInterest(member, payload as Interest | null);
      else if (event === "goodbye") room.goodbye(member, this.#generation);
    }
  }

  #route(member: ServerMember, message: Uint8Array): void {
    this.#credit.received(message.length);
    const routed = decodeRouted(message);
    if (routed === undefined) return;
    if (!isSignOfLife(routed.frame)) this.#options.onTraffic();
    this.#options.room.frame(member, routed.route, routed.frame);
  }

  #down(arrive: () => void): void {
    this.#options.down.put(() => this.#hear(arrive));
  }
}
