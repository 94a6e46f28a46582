/**
 * Whether the TURN servers did their part in an attempt. When they did not, that is the better
 * explanation of its failure: half of all links need one.
 */
import type { IceServer } from "../signaling/events.ts";

/** Wrong or expired credentials, and a nonce out of date that was not mended (RFC 8656, 18.3). */
const UNAUTHORIZED_CODES: readonly number[] = [401, 403, 438];

export type RelayFailure = "turn-unreachable" | "turn-unauthorized";

export class RelayWatch {
  readonly #connection: RTCPeerConnection;
  readonly #expected: boolean;
  #relayed = false;
  #unauthorized = false;

  constructor(connection: RTCPeerConnection, iceServers: readonly IceServer[]) {
    this.#connection = connection;
    this.#expected = iceServers.some(({ urls }) =>
      [urls].flat().some((url) => /^turns?:/.test(url)),
    );
    connection.addEventListener("icecandidate", this.#onCandidate);
    connection.addEventListener("icecandidateerror", this.#onError);
  }

  /**
   * What a failed attempt should be put down to; null when the TURN servers are not to blame.
   * Where a browser does not say why there is no relayed candidate, it is unreachable.
   */
  get failure(): RelayFailure | null {
    if (!this.#expected || this.#relayed) return null;
    return this.#unauthorized ? "turn-unauthorized" : "turn-unreachable";
  }

  stop(): void {
    this.#connection.removeEventListener("icecandidate", this.#onCandidate);
    this.#connection.removeEventListener("icecandidateerror", this.#onError);
  }

  readonly #onCandidate = ({ candidate }: RTCPeerConnectionIceEvent): void => {
    if (candidate !== null && / typ relay\b/.test(candidate.candidate)) this.#relayed = true;
  };

  readonly #onError = ({ errorCode }: RTCPeerConnectionIceErrorEvent): void => {
    if (UNAUTHORIZED_CODES.includes(errorCode)) this.#unauthorized = true;
  };
}
