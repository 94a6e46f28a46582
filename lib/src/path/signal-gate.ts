/**
 * Lets through only signals that fit: the other peer is a stranger, simple-peer destroys itself over
 * data that it did not expect, and keeps candidates without bound.
 *
 * initiator:  idle ──offer sent──▶ offered ──answer──▶ applying ──applied──▶ idle
 *                                     ▲────── refused ────┘
 * responder:  idle ──offer──▶ applying ──answer sent, or refused──▶ idle
 */
import type { Clock } from "../clock.ts";
import { type CandidateInit, MAX_SIGNAL_BYTES, type SignalData } from "../signaling/events.ts";

/** Candidates between two descriptions; browsers with many interfaces and servers send some 30. */
export const MAX_CANDIDATES = 64;
/** Offers a responder takes at once … */
export const MAX_OFFERS = 8;
/** … and then one in this time: ICE restarts are seconds apart. */
export const OFFER_INTERVAL_MS = 5_000;
/** Characters; real candidates have some 150. */
const MAX_CANDIDATE_LENGTH = 2048;
/** Characters of a `mid` or a user name fragment (RFC 8839, 5.4 allows 256). */
const MAX_TOKEN_LENGTH = 256;

/** A candidate ready for `addIceCandidate`, or a description. */
export type FittingSignal = Exclude<SignalData, { type: "renegotiate" | "retry" }>;

export class SignalGate {
  readonly #initiator: boolean;
  readonly #clock: Clock;
  #state: "idle" | "offered" | "applying" = "idle";
  #candidates = 0;
  #offers = MAX_OFFERS;
  #offersSince: number;
  #refused = 0;

  constructor(initiator: boolean, clock: Clock) {
    this.#initiator = initiator;
    this.#clock = clock;
    this.#offersSince = clock.now();
  }

  /** Signals that did not fit. */
  get refused(): number {
    return this.#refused;
  }

  /** A signal of the other peer; null when it is not for simple-peer. */
  incoming(data: SignalData): FittingSignal | null {
    switch (data.type) {
      case "offer":
      case "answer":
        if (this.#expects(data.type) && isDescription(data.sdp)) {
          this.#state = "applying";
          this.#candidates = 0;
          return data;
        }
        break;
      case "candidate":
        if (!isCandidate(data.candidate) || this.#candidates >= MAX_CANDIDATES) break;
        this.#candidates += 1;
        // The end of candidates is only a hint, and one that some implementations choke on.
        return data.candidate.candidate === "" ? null : data;
      default:
        // `renegotiate` has no effect at a responder, and an initiator takes none: only it decides
        // on offers. `retry` is for whoever counts the attempts.
        return null;
    }
    this.#refused += 1;
    return null;
  }

  /** A description of ours goes out. */
  sent(type: "offer" | "answer"): void {
    this.#state = type === "offer" ? "offered" : "idle";
  }

  /** What became of the description that was let through. */
  settled(applied: boolean): void {
    if (this.#state !== "applying") return;
    if (!applied) this.refuse();
    // A responder is not done until its answer is sent.
    if (this.#initiator) this.#state = applied ? "idle" : "offered";
    else if (!applied) this.#state = "idle";
  }

  /** WebRTC itself found fault with something that was let through. */
  refuse(): void {
    this.#refused += 1;
  }

  #expects(type: "offer" | "answer"): boolean {
    if (this.#initiator) return type === "answer" && this.#state === "offered";
    return type === "offer" && this.#state === "idle" && this.#takeOffer();
  }

  #takeOffer(): boolean {
    const now = this.#clock.now();
    const gained = Math.floor((now - this.#offersSince) / OFFER_INTERVAL_MS);
    this.#offers = Math.min(MAX_OFFERS, this.#offers + gained);
    this.#offersSince += gained * OFFER_INTERVAL_MS;
    if (this.#offers === 0) return false;
    this.#offers -= 1;
    return true;
  }
}

/** One data section and nothing else: audio or video would have us receive and decode it. */
function isDescription(sdp: unknown): sdp is string {
  if (typeof sdp !== "string" || sdp.length > MAX_SIGNAL_BYTES) return false;
  const sections = sdp.match(/^m=.*/gm) ?? [];
  const candidates = sdp.match(/^a=candidate:/gm) ?? [];
  return (
    sections.length === 1 &&
    /^m=application \d+ (?:UDP\/|TCP\/)?DTLS\/SCTP /.test(sections[0]) &&
    candidates.length <= MAX_CANDIDATES
  );
}

function isCandidate(init: CandidateInit): boolean {
  const { candidate, sdpMid, sdpMLineIndex, usernameFragment = null } = init;
  return (
    typeof candidate === "string" &&
    (candidate === "" || candidate.startsWith("candidate:")) &&
    candidate.length <= MAX_CANDIDATE_LENGTH &&
    // The constructor of RTCIceCandidate throws when both are null.
    (sdpMid !== null || sdpMLineIndex !== null) &&
    isToken(sdpMid) &&
    isToken(usernameFragment) &&
    (sdpMLineIndex === null || (Number.isInteger(sdpMLineIndex) && sdpMLineIndex >= 0))
  );
}

const isToken = (value: unknown) =>
  value === null || (typeof value === "string" && value.length <= MAX_TOKEN_LENGTH);
