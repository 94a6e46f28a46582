/**
 * Members of either server: bare WebSockets that say what its clients say, so that both are asked by
 * the same program. They count which samples of whom arrive.
 */
import { randomBytes } from "node:crypto";
import WebSocket from "ws";
import { systemClock } from "../../lib/src/clock.ts";
import { Credit } from "../../lib/src/signaling/credit.ts";
import {
  FEATURE_AUDIT,
  FEATURE_BUNDLES,
  FEATURE_INTEREST,
  FEATURE_PAGES,
  PROTOCOL,
} from "../../lib/src/signaling/events.ts";
import {
  CLASS_CURSOR,
  decodeDown,
  encodeFrame,
  encodeRouted,
  NUMBER_RANGE,
  TIME_RANGE_MS,
} from "../../lib/src/wire/index.ts";
import type { Kind } from "./process.ts";

/** As Skein's clients do, in milliseconds. */
const ECHO_EVERY_MS = 5_000;

/** Samples are numbered by their x, which begins again from here: whole units carry it exactly. */
const SAMPLE_RANGE = 16_384;

const y = (sample: number) => 500 + Math.round(400 * Math.sin(sample / 7));

export abstract class Member {
  readonly #last = new Map<number, number>();
  protected readonly socket: WebSocket;
  /** Distinct samples heard, of all others together. */
  heard = 0;
  sent = 0;

  protected constructor(url: string) {
    this.socket = new WebSocket(url, { perMessageDeflate: false });
    this.socket.binaryType = "nodebuffer";
  }

  joined(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.socket.once("error", reject);
      this.socket.once("close", (code) => reject(new Error(`A member was not let in: ${code}.`)));
      this.socket.on("message", (data, isBinary) => {
        if (isBinary) this.take(data as Buffer);
        else this.#text(String(data), () => resolve(this));
      });
    });
  }

  move(): void {
    this.say(this.sent++ % SAMPLE_RANGE);
  }

  /** What was heard until now does not count. */
  forget(): void {
    this.heard = 0;
  }

  leave(): void {
    this.socket.terminate();
  }

  protected abstract readonly connect: string;
  /** Whether this text says that it is in. */
  protected abstract admits(text: string): boolean;
  protected abstract take(message: Buffer | string): void;
  protected abstract say(sample: number): void;

  protected hear(sender: number, sample: number): void {
    if (this.#last.get(sender) === sample) return;
    this.#last.set(sender, sample);
    this.heard++;
  }

  #text(text: string, join: () => void): void {
    if (text === "2") this.socket.send("3");
    else if (text.startsWith("0")) this.socket.send(this.connect);
    else if (this.admits(text)) join();
    else this.take(text);
  }
}

class SkeinMember extends Member {
  protected readonly connect: string;
  readonly #credit = new Credit(systemClock, (total) => this.socket.send(`42["credit",${total}]`));
  readonly #echoes: NodeJS.Timeout;

  constructor(port: number, room: string) {
    super(`ws://127.0.0.1:${port}/skein/?room=${room}&EIO=4&transport=websocket`);
    const about = {
      protocol: PROTOCOL,
      features: FEATURE_AUDIT | FEATURE_BUNDLES | FEATURE_PAGES | FEATURE_INTEREST,
      room,
      key: randomBytes(16).toString("base64url"),
      generation: 1,
      presence: { version: 1, state: {} },
      webrtc: false,
    };
    this.connect = `40${JSON.stringify(about)}`;
    this.#echoes = setInterval(() => {
      if (this.socket.readyState === WebSocket.OPEN) this.socket.send('42["echo",1]');
    }, ECHO_EVERY_MS);
  }

  override leave(): void {
    clearInterval(this.#echoes);
    this.#credit.stop();
    super.leave();
  }

  protected admits(text: string): boolean {
    return text.startsWith('42["welcome"');
  }

  protected take(message: Buffer | string): void {
    if (typeof message === "string") return;
    this.#credit.received(message.length);
    for (const { sender, frame } of decodeDown(message)) {
      // One sample of whole units, and nothing else was sent: its x is all that has to be read.
      if (frame[0] === CLASS_CURSOR) this.hear(sender, (frame[5] ?? 0) * 256 + (frame[6] ?? 0));
    }
  }

  protected say(sample: number): void {
    const frame = encodeFrame({
      kind: "cursor",
      number: sample % NUMBER_RANGE,
      pressed: false,
      pointerType: "mouse",
      frame: "",
      samples: [{ x: sample, y: y(sample), time: Math.floor(performance.now()) % TIME_RANGE_MS }],
    });
    this.socket.send(encodeRouted({ kind: "others" }, frame));
  }
}

let members = 0;

class SocketIoMember extends Member {
  protected readonly connect = "40";
  readonly #id = ++members;

  constructor(port: number, room: string) {
    super(`ws://127.0.0.1:${port}/socket.io/?room=${room}&EIO=4&transport=websocket`);
  }

  protected admits(text: string): boolean {
    return text.startsWith("40");
  }

  protected take(message: Buffer | string): void {
    if (typeof message !== "string" || !message.startsWith("42")) return;
    const [, { id, x }] = JSON.parse(message.slice(2)) as [string, { id: number; x: number }];
    this.hear(id, x);
  }

  protected say(sample: number): void {
    const cursor = { id: this.#id, x: sample, y: y(sample), time: Math.floor(performance.now()) };
    this.socket.send(`42${JSON.stringify(["cursor", cursor])}`);
  }
}

export function join(kind: Kind, port: number, room: string): Promise<Member> {
  return new (kind === "skein" ? SkeinMember : SocketIoMember)(port, room).joined();
}
