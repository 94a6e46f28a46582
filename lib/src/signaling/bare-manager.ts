/**
 * What one socket.io-client `Socket` needs of its `Manager`: one engine.io connection, one namespace,
 * no reconnection, no time limit (Skein has its own of both). In the browser build it takes the place
 * of socket.io-client's Manager, most of which is those two.
 */
import { Socket as Engine, type SocketOptions } from "engine.io-client";
import { Socket } from "socket.io-client";
import { Emitter } from "./bare-emitter.ts";
import type * as parser from "./parser.ts";

interface Options {
  readonly parser: typeof parser;
  readonly [option: string]: unknown;
}

type Packet = Parameters<parser.Encoder["encode"]>[0] & { readonly options?: object };
type Listeners = { readonly [event: string]: (...values: never[]) => void };

export class Manager extends Emitter {
  readonly opts: Options;
  readonly encoder: parser.Encoder;
  readonly decoder: parser.Decoder;
  engine!: Engine;
  // What Socket asks for, by the name it knows.
  _readyState: "closed" | "opening" | "open" = "closed";
  readonly #uri: string;
  #listeners: Listeners = {};

  constructor(uri: string, options: Options) {
    super();
    this.#uri = uri;
    this.opts = options;
    this.encoder = new options.parser.Encoder();
    this.decoder = new options.parser.Decoder();
  }

  open(): this {
    if (this._readyState !== "closed") return this;
    this.engine = new Engine(this.#uri, this.opts as SocketOptions);
    this._readyState = "opening";
    this.#listen({
      open: () => this.#opened(),
      error: (error: never) => {
        this.#listen({});
        this._readyState = "closed";
        this.emitReserved("error", error);
      },
    });
    return this;
  }

  socket(namespace: string, options: object): Socket {
    return new Socket(this as never, namespace, options);
  }

  _packet(packet: Packet): void {
    for (const message of this.encoder.encode(packet)) {
      this.engine.write(message, packet.options as never);
    }
  }

  /** Called by the one socket there is when it disconnects. */
  _destroy(): void {
    this.#closed("forced close");
  }

  #opened(): void {
    this.#listen({
      data: (message: never) => {
        try {
          this.decoder.add(message);
        } catch (error) {
          this.#closed("parse error", error);
        }
      },
      error: (error: never) => this.emitReserved("error", error),
      close: (reason: never, description: never) => this.#closed(reason, description),
    });
    // Later, so that an exception in a listener is not taken for one of the parser.
    this.decoder.on("decoded", (packet) =>
      queueMicrotask(() => void this.emitReserved("packet", packet)),
    );
    this._readyState = "open";
    this.emitReserved("open");
  }

  #closed(reason: string, description?: unknown): void {
    this.#listen({});
    this.decoder.destroy();
    this.engine?.close();
    this._readyState = "closed";
    this.emitReserved("close", reason, description);
  }

  /** Listens to these events of the engine, and to no others any more. */
  #listen(listeners: Listeners): void {
    for (const [event, run] of Object.entries(this.#listeners)) {
      this.engine.off(event as never, run as never);
    }
    this.#listeners = listeners;
    for (const [event, run] of Object.entries(listeners)) {
      this.engine.on(event as never, run as never);
    }
  }
}
