/**
 * A hundred people in a thread of its own, as far from the page as a server is: what they send arrives
 * in bytes, one message event for each frame, late and now and then not at all.
 */

import { systemClock } from "../../lib/src/clock.ts";
import { CursorSender } from "../../lib/src/room/cursor-sender.ts";
import { PROTOCOL } from "../../lib/src/signaling/events.ts";
import {
  decodeFrame,
  decodeRouted,
  encodeFrame,
  encodeSent,
  encodeValue,
} from "../../lib/src/wire/index.ts";
import { randomFrom } from "../movement.ts";
import { CONFIRMED_EACH, handleOf, PEERS, type ToCompany } from "./people.ts";

/** Of a frame on its way, at most, in milliseconds. */
const JITTER_MS = 40;
const LOSS = 0.05;
/** A hand tells where it is as a mouse does, each frame. */
const SAMPLE_MS = 16;
/** Whoever is followed moves about as far as it sees, in board widths. */
const VIEW = { width: 1_000, height: 800 };
const CIRCLE_PX = 400;

const random = randomFrom(1);
/** More than this on its way, and what is lossy is lost, as a server does it: the page is behind. */
const MOST_UNCONFIRMED = 256;
let unconfirmed = 0;

const post = (bytes: Uint8Array): void => {
  unconfirmed += 1;
  // Copied: a frame can be a part of a larger buffer.
  const own = bytes.slice();
  self.postMessage(own, { transfer: [own.buffer] });
};

class Hand {
  readonly handle: number;
  /** Radians a millisecond. */
  readonly #speed = 0.001 + 0.002 * random();
  readonly #phase = 2 * Math.PI * random();
  readonly #sender: CursorSender<object>;
  #latest = 0;

  constructor(peer: number) {
    this.handle = handleOf(peer);
    // As many as in the page's room, and so as often as in one of this size.
    const audience = Array.from({ length: PEERS }, () => ({}));
    this.#sender = new CursorSender(systemClock, {
      receivers: () => audience,
      pace: () => 0,
      latest: (frame) => this.#send(frame),
      reliable: () => true,
    });
  }

  /** Around, and beyond the edges of the board on all sides. */
  move(now: number): void {
    const angle = this.#phase + now * this.#speed;
    const x = 0.5 + 0.58 * Math.cos(angle);
    const y = 0.5 + 0.6 * Math.sin(1.7 * angle);
    this.#sender.move({
      x,
      y,
      time: now,
      pressed: Math.sin(angle) > 0.9,
      pointerType: "mouse",
      frame: "",
    });
  }

  show(now: number): void {
    const angle = now / 1_000;
    const x = CIRCLE_PX * Math.cos(angle);
    const y = CIRCLE_PX * Math.sin(angle);
    const value = encodeValue({ x, y, ...VIEW, via: [] });
    if (value === undefined || unconfirmed > MOST_UNCONFIRMED) return;
    this.#latest += 1;
    const frame = { number: this.#latest, type: "skein:view", key: "", value };
    post(encodeSent(this.handle, encodeFrame({ kind: "latest", ...frame })));
  }

  /** What it says in answer, at once. */
  hear(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (frame.kind === "hello") {
      const { incarnation, nextAll, nextTo, presenceVersion } = frame;
      this.#say({ kind: "hello", ...GREETING, accepted: incarnation });
      this.#say({ kind: "ack", incarnation, all: nextAll, to: nextTo, presenceVersion });
    } else if (frame.kind === "to" || frame.kind === "all") {
      const next = frame.number + 1;
      const all = frame.kind === "all" ? next : frame.afterAll + 1;
      const to = frame.kind === "to" ? next : 1;
      this.#say({ kind: "ack", incarnation: 1, all, to, presenceVersion: 1 });
    }
  }

  #say(frame: Parameters<typeof encodeFrame>[0]): void {
    post(encodeSent(this.handle, encodeFrame(frame)));
  }

  #send(frame: Uint8Array): void {
    if (random() < LOSS || unconfirmed > MOST_UNCONFIRMED) return;
    setTimeout(() => post(encodeSent(this.handle, frame)), JITTER_MS * random());
  }
}

const GREETING = {
  protocol: PROTOCOL,
  features: 0,
  incarnation: 1,
  nextAll: 1,
  nextTo: 1,
  presenceVersion: 1,
  attempt: 0,
} as const;

const hands = Array.from({ length: PEERS }, (_, peer) => new Hand(peer));
let shows: Hand | undefined;

self.onmessage = ({ data }: MessageEvent<ToCompany>) => {
  if (data === "confirmed") {
    unconfirmed -= CONFIRMED_EACH;
    return;
  }
  if (!(data instanceof Uint8Array)) {
    shows = hands[data.shows];
    return;
  }
  const routed = decodeRouted(data);
  if (routed === undefined) return;
  const { route, frame } = routed;
  for (const hand of hands) {
    const isNamed = "handles" in route && route.handles.includes(hand.handle);
    if (route.kind === "others" || isNamed === (route.kind === "only")) hand.hear(frame);
  }
};

setInterval(() => {
  const now = performance.now();
  for (const hand of hands) hand.move(now);
  shows?.show(now);
}, SAMPLE_MS);
