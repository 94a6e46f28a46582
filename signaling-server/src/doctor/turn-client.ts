/** A client of one STUN or TURN server: sends requests, again where they can be lost, and signs them. */
import { randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import type { Carrier } from "./carrier.ts";
import {
  ATTRIBUTE,
  type Attribute,
  addressIn,
  decodeAnswer,
  encodeRequest,
  lifetime,
  METHOD,
  type Method,
  peerAddress,
  requestedIPv6,
  requestedTransport,
  type Signature,
  type StunAnswer,
  TRANSACTION_BYTES,
} from "./stun.ts";

/** RFC 8489, 6.2.1, cut short: a server that is there answers by then. Milliseconds after each send. */
const WAITS_MS = [500, 1_000, 2_000];

/** Over TCP and TLS nothing is sent twice. */
const RELIABLE_WAIT_MS = 3_500;

/** Credentials wanted, and a nonce out of date: the answer brings what the next request needs. */
const UNSIGNED = 401;
const STALE_NONCE = 438;

export interface Credentials {
  readonly username: string;
  readonly credential: string;
}

/** Nobody answered in time. */
export class NoAnswerError extends Error {}

export interface Outcome {
  /** 0: granted; otherwise the error's code. */
  readonly code: number;
  /** The address that the server gave or saw, `host:port`. */
  readonly address: string | undefined;
}

export class TurnClient {
  readonly #carrier: Carrier;
  readonly #credentials: Credentials | undefined;
  #signature: Signature | undefined;

  constructor(carrier: Carrier, credentials?: Credentials) {
    this.#carrier = carrier;
    this.#credentials = credentials;
  }

  /** Asks under what address the server sees us. */
  async bind(): Promise<Outcome> {
    const id = newId();
    const answer = await this.#exchange(METHOD.binding, id, []);
    return outcome(answer, id, ATTRIBUTE.xorMapped);
  }

  /** Asks for a relayed address, of the same family as the server's own. */
  async allocate(): Promise<Outcome> {
    const family = isIPv6(this.#carrier.address) ? [requestedIPv6()] : [];
    return this.#request(METHOD.allocate, () => [requestedTransport(), ...family]);
  }

  /** Asks that the allocation may relay to this address. */
  async permit(address: string, port: number): Promise<Outcome> {
    return this.#request(METHOD.createPermission, (id) => [peerAddress(address, port, id)]);
  }

  /** Gives the allocation back, so that it does not count against a quota. */
  async release(): Promise<void> {
    await this.#request(METHOD.refresh, () => [lifetime(0)]);
  }

  close(): void {
    this.#carrier.close();
  }

  async #request(method: Method, attributes: (id: Buffer) => Attribute[]): Promise<Outcome> {
    // The first request learns realm and nonce; a nonce can also have become stale.
    for (let tries = 0; ; tries++) {
      const id = newId();
      const signed = this.#signature !== undefined;
      const answer = await this.#exchange(method, id, attributes(id));
      const { code } = answer;
      const mendable = (code === UNSIGNED && !signed) || (code === STALE_NONCE && tries < 2);
      if (!mendable || !this.#learn(answer)) return outcome(answer, id, ATTRIBUTE.xorRelayed);
    }
  }

  /** Takes realm and nonce from a refusal; false when there is nothing to sign with. */
  #learn({ attributes }: StunAnswer): boolean {
    const realm = attributes.get(ATTRIBUTE.realm) ?? this.#signature?.realm;
    const nonce = attributes.get(ATTRIBUTE.nonce);
    if (!this.#credentials || !realm || !nonce) return false;
    this.#signature = { ...this.#credentials, realm, nonce };
    return true;
  }

  async #exchange(method: Method, id: Buffer, attributes: readonly Attribute[]) {
    const message = encodeRequest(method, id, attributes, this.#signature);
    const waits = this.#carrier.reliable ? [RELIABLE_WAIT_MS] : WAITS_MS;
    for (const wait of waits) {
      const answer = await this.#sendAndWait(message, id, wait);
      if (answer !== undefined) return answer;
    }
    throw new NoAnswerError("no answer");
  }

  #sendAndWait(message: Buffer, id: Buffer, waitMs: number): Promise<StunAnswer | undefined> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        this.#carrier.onMessage = () => {};
        this.#carrier.onError = () => {};
      };
      const timer = setTimeout(() => {
        finish();
        resolve(undefined);
      }, waitMs);
      this.#carrier.onMessage = (data) => {
        const answer = decodeAnswer(data, id);
        if (answer === undefined) return;
        finish();
        resolve(answer);
      };
      this.#carrier.onError = (error) => {
        finish();
        reject(error);
      };
      this.#carrier.send(message);
    });
  }
}

const newId = (): Buffer => randomBytes(TRANSACTION_BYTES);

function outcome({ code, attributes }: StunAnswer, id: Buffer, address: number): Outcome {
  return { code, address: addressIn(attributes.get(address), id) };
}
