/**
 * One socket, from CONNECT to its end, of one generation. It never comes back: the next try is a new
 * one, and once closed this one says nothing more, so whatever still arrives on an older socket is
 * nobody's business. Everything that arrives is checked here.
 */
import { Manager, type Socket } from "socket.io-client";
import type { Coming } from "../chunk.ts";
import type { Clock } from "../clock.ts";
import { SkeinError } from "../room/errors.ts";
import type { Seams, Wire } from "../seams.ts";
import { decodeDown } from "../wire/envelope.ts";
import { Credit } from "./credit.ts";
import {
  type ClientToServerEvents,
  type ConnectRequest,
  PROTOCOL,
  type Refusal,
  ROOM_PARAMETER,
  type ServerToClientEvents,
} from "./events.ts";
import { EVENT_GUARDS, isFinal, isRefusal } from "./guards.ts";
import type { Housekeeping } from "./housekeeping.ts";
import type { SignalingLater } from "./later.ts";
import { Decoder, Encoder } from "./parser.ts";
import { CONNECT_TIMEOUT_MS, type Reconnection } from "./reconnection.ts";

/** What the server says to a member: checked, and only between `welcome` and the end of its socket. */
export type MemberEvents = Omit<
  ServerToClientEvents,
  | (
      | "frame"
      | "credit"
      | "echo"
      | "audit"
      | "roll"
      | "undelivered"
      | "refused"
      | "drain"
      | "spread"
    )
  | ("renewed" | "notRenewed" | "batch")
>;

export interface SocketHandlers extends MemberEvents {
  /** A frame from the member with this handle. */
  frame(handle: number, frame: Uint8Array): void;
  /** What `tell` tells happened at once. */
  together(tell: () => void): void;
  /** The server confirmed bytes: `buffered` fell. */
  credited(): void;
  /** Something malformed arrived, or was about to be sent, and was dropped. */
  refused(kind: string): void;
}

/** What becomes of it. */
export interface ConnectionOutcome {
  /**
   * The welcome was handled, and the handler left the connection standing. `ttlSeconds`: until what the
   * server vouches for of us expires.
   */
  welcomed(join: number, ttlSeconds?: number): void;
  /** The token that was shown was taken, for so long; or it was not. */
  renewed?(ttlSeconds: number | undefined): void;
  notRenewed?(refusal: Refusal): void;
  /** The WebSocket stands. CONNECT waits for the call of `connect`; without this it goes at once. */
  opened?(connect: () => void): void;
  /** What is not needed to join, when it has come. */
  readonly later?: Coming<SignalingLater>;
  /** The server stops soon. */
  draining(withinMs: number): void;
  /** When to come back; the server may have a wish. */
  readonly reconnection?: Pick<Reconnection, "firstDelayMs">;
  /** It is over, and not by our `close()`. `final`: the same request would fail again. */
  lost(error: SkeinError, final: boolean): void;
}

export interface ConnectionTarget {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly path: string;
}

/** Packet types of the socket.io protocol, revision 5. */
const DISCONNECT = 1;
const EVENT = 2;

/** More than comes before a chunk does, even over the slowest line. */
const MAX_UNKEPT = 10_000;

const LOST = "The connection to the server was lost.";

/** An event, in the words of {@link Housekeeping.take}. */
type Said = [event: string, payload: unknown, told: boolean];

/** Nothing is known of what strangers send. */
type Unchecked = { [event: string]: (...payload: unknown[]) => void };

export class Connection {
  readonly #request: ConnectRequest;
  readonly #handlers: SocketHandlers;
  readonly #outcome: ConnectionOutcome;
  readonly #address: string;
  readonly #seams: Seams;
  readonly #manager: Manager<Unchecked, ClientToServerEvents>;
  readonly #socket: Socket<Unchecked, ClientToServerEvents>;
  readonly #credit: Credit;
  readonly #clock: Clock;
  #housekeeping: Housekeeping | null = null;
  /** What it was not there for. */
  readonly #unkept: Said[] = [];
  /** Members are among that, of whom nothing was told: what is said of members since waits behind it. */
  #behind = false;
  readonly #stopWaiting: (() => void) | undefined;
  #state: "connecting" | "joined" | "closed" = "connecting";

  constructor(
    target: ConnectionTarget,
    request: ConnectRequest,
    clock: Clock,
    handlers: SocketHandlers,
    outcome: ConnectionOutcome,
    seams: Seams = {},
  ) {
    this.#seams = seams;
    this.#clock = clock;
    this.#request = request;
    this.#handlers = handlers;
    this.#outcome = outcome;
    this.#address = target.origin + target.path;
    this.#manager = new Manager(target.origin, {
      path: target.path,
      query: { [ROOM_PARAMETER]: request.room },
      transports: ["websocket"],
      parser: { Encoder, Decoder },
      autoConnect: false,
      reconnection: false,
      // A long stop: Reconnection's own is sooner, and covers everything up to the welcome.
      timeout: 2 * CONNECT_TIMEOUT_MS,
    });
    const auth = { ...request };
    this.#socket = this.#manager.socket("/", {
      // socket.io asks for it when the WebSocket stands.
      auth:
        outcome.opened === undefined
          ? auth
          : (give: (auth: object) => void) =>
              this.#outcome.opened?.(() => {
                if (this.#state === "connecting") give(auth);
              }),
    });
    this.#credit = new Credit(clock, (total) => this.emit("credit", total));
    this.#socket.onAny((event: unknown, payload: unknown) => {
      this.#pass("socket-in", () => this.#state !== "closed" && this.#take(String(event), payload));
    });
    this.#socket.on("connect_error", (error) => this.#onConnectError(error));
    this.#socket.on("disconnect", () => this.lose(LOST));
    this.#socket.connect();
    // socket.io does not listen to a close before engine.io's handshake.
    this.#manager.engine.on("close", this.#onEngineClose);
    this.#stopWaiting = outcome.later?.with((later) => this.#keepHouse(later));
  }

  /** Whether the server's welcome arrived and the socket still stands. */
  get joined(): boolean {
    return this.#state === "joined";
  }

  /** Bytes of binary messages sent and not yet confirmed by the server. */
  get buffered(): number {
    return this.#credit.buffered;
  }

  get rtt(): number | null {
    return this.#housekeeping?.rtt ?? null;
  }

  /** False, and nothing is sent, unless joined: socket.io would keep it for who knows when. */
  emit<K extends keyof ClientToServerEvents>(
    event: K,
    ...payload: Parameters<ClientToServerEvents[K]>
  ): boolean {
    if (!this.joined || !this.#socket.connected) return false;
    this.#pass("socket-out", () => this.#socket.connected && this.#socket.emit(event, ...payload));
    return true;
  }

  /** Sends one binary message, `route • frame`. */
  send(message: Uint8Array): boolean {
    const sent = this.emit("frame", message);
    if (sent) this.#credit.sent(message.length);
    return sent;
  }

  /**
   * Finds out now whether the socket still carries anything. Calls `done` when the server has taken
   * everything sent so far: never when it does not answer.
   */
  check(done?: () => void): void {
    if (this.joined) this.#housekeeping?.check(done);
  }

  /**
   * Ends it without a sound. With `goodbye` the server hears first that this peer leaves for good, also
   * when our CONNECT is still on its way: the message is written in this very call, and the socket
   * closes after it.
   */
  close(goodbye = false): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#credit.stop();
    this.#stopWaiting?.();
    this.#housekeeping?.stop();
    const engine = this.#manager.engine;
    engine.off("close", this.#onEngineClose);
    this.#socket.offAny();
    this.#socket.removeAllListeners();
    // Not by emit: before the server's answer to CONNECT that would keep it back.
    if (engine.readyState === "open") {
      if (goodbye) this.#write(EVENT, ["goodbye", { generation: this.#request.generation }]);
      // socket.io says so by itself only after that answer. It may be on its way, and without a word
      // the server would take this for a page that is gone.
      else if (!this.#socket.connected) this.#write(DISCONNECT);
    }
    this.#socket.disconnect();
  }

  /** A test's seam may come and go. */
  #pass(wire: Wire, deliver: () => unknown): void {
    const { pass } = this.#seams;
    if (pass === undefined) deliver();
    else pass(wire, "reliable", () => void deliver());
  }

  #write(type: number, data?: unknown): void {
    for (const message of new Encoder().encode({ type, nsp: "/", data })) {
      this.#manager.engine.write(message);
    }
  }

  #take(event: string, payload: unknown): void {
    this.#housekeeping?.heard();
    if (event === "frame") this.#takeFrame(payload as Uint8Array);
    else if (Object.hasOwn(EVENT_GUARDS, event))
      this.#takeEvent(event as keyof typeof EVENT_GUARDS, payload);
    else if (this.joined) this.#note(event, payload, false);
    else this.#handlers.refused(event);
  }
  #takeFrame(message: Uint8Array): void {
    const sent = this.joined ? decodeDown(message) : [];
    this.#credit.received(message.length);
    if (sent.length === 0) this.#handlers.refused("envelope");
    for (const { sender, frame } of sent) {
      // An app may leave in the middle of what arrived at once.
      if (this.joined) this.#handlers.frame(sender, frame);
    }
  }

  #takeEvent<K extends keyof typeof EVENT_GUARDS>(event: K, payload: unknown): void {
    const wellFormed = EVENT_GUARDS[event](payload);
    // Each event in its time: `welcome` once and first, `refused` whenever.
    const timely = event === "refused" || (event === "welcome") !== this.joined;
    if (!wellFormed || !timely || !this.#apply(event, payload)) {
      this.#handlers.refused(event);
      // Without a welcome that can be understood there is nothing to wait for.
      if (event === "welcome" && !this.joined) this.lose("The server's welcome was malformed.");
    }
  }

  /** `payload` has passed the guard of `event`. False when it makes no sense here. */
  #apply(event: keyof typeof EVENT_GUARDS, payload: unknown): boolean {
    switch (event) {
      case "credit": {
        const possible = this.#credit.granted(payload as number);
        if (possible) this.#handlers.credited();
        return possible;
      }
      case "refused":
        return this.#refuse(payload);
      case "welcome":
        return this.#welcome(payload as Parameters<MemberEvents["welcome"]>[0]);
      default:
        if (this.#behind && "id" in (payload as object)) this.#note(event, payload, false);
        else this.#tell(event, payload);
        return true;
    }
  }

  #tell(event: keyof MemberEvents, payload: unknown): void {
    this.#note(event, payload, true);
    this.#handlers[event](payload as never);
  }

  /** For what is done when one has joined; see {@link Housekeeping}. */
  #note(...said: Said): void {
    if (this.#housekeeping !== null) this.#housekeeping.take(...said);
    else if (this.#unkept.length < MAX_UNKEPT) {
      this.#unkept.push(said);
      this.#behind ||= said[0] === "page" || said[0] === "batch";
    }
  }

  #keepHouse({ Housekeeping }: SignalingLater): void {
    this.#housekeeping = new Housekeeping({
      clock: this.#clock,
      outcome: this.#outcome,
      // What is not complete cannot be compared, unless nothing more than it knows was told.
      comparable: this.#behind || this.#unkept.length < MAX_UNKEPT,
      connection: this,
      tell: (event, payload) => this.#tell(event, payload),
      handlers: this.#handlers,
    });
    for (const said of this.#unkept.splice(0)) {
      if (this.#state !== "closed") this.#note(...said);
    }
  }

  #welcome(welcome: Parameters<MemberEvents["welcome"]>[0]): boolean {
    if (welcome.protocol !== PROTOCOL) {
      const message = `The server speaks protocol ${welcome.protocol}, this client ${PROTOCOL}. Use versions of both that go together.`;
      this.#end(new SkeinError("unsupported-protocol", message), true);
      return false;
    }
    this.#state = "joined";
    this.#tell("welcome", welcome);
    if (this.joined) this.#outcome.welcomed(welcome.self.join, welcome.ttlSeconds);
    return true;
  }

  #onConnectError(error: unknown): void {
    const data = (error as { readonly data?: unknown } | null | undefined)?.data;
    if (!this.#refuse(data)) {
      this.lose(
        `Could not connect to the signaling server at ${this.#address}. Check that it runs there and allows this page's origin.`,
      );
    }
  }

  readonly #onEngineClose = (reason: unknown): void => {
    // socket.io's own doing: it goes on to say why.
    if (reason !== "forced close") this.lose(LOST);
  };

  #refuse(refusal: unknown): boolean {
    if (!isRefusal(refusal)) return false;
    this.#end(new SkeinError(refusal.code, refusal.message), isFinal(refusal.code));
    return true;
  }

  /** It is gone, and not by our doing: the next one is opened after a while. */
  lose(message: string): void {
    this.#end(new SkeinError("server-unreachable", `${message} It is tried again.`), false);
  }

  #end(error: SkeinError, final: boolean): void {
    if (this.#state === "closed") return;
    this.close();
    this.#outcome.lost(error, final);
  }
}
