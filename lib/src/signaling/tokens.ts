/**
 * What shows the server who this is: asked of the app when there is none, before it expires, and when
 * the server does not take it. A token that is still good serves every new socket, so that a resume
 * waits for nobody.
 */
import type { Clock } from "../clock.ts";
import { SkeinError } from "../room/errors.ts";
import type { ConnectionOutcome } from "./connection.ts";
import type { Refusal } from "./events.ts";

/**
 * - `connect`: the first one.
 * - `refresh`: the present one expires soon.
 * - `rejected`: the server did not take the present one, or it has expired.
 */
export type TokenReason = "connect" | "refresh" | "rejected";

export interface TokenRequest {
  readonly room: string;
  readonly reason: TokenReason;
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** A token, or what fetches one. Throw a SkeinError of code `unauthorized` to end the room for good. */
export type TokenOption = string | ((request: TokenRequest) => string | Promise<string>);

/** A token is renewed when this part of its life is over, and up to that much later: not all at once. */
const REFRESH_AT = 0.75;
const REFRESH_JITTER = 0.1;
/** A token that lives longer is renewed so often all the same. Milliseconds; a timer can wait 24 days. */
const MAX_REFRESH_MS = 24 * 3600 * 1000;
/** A server takes no more of them. Milliseconds. */
const MIN_REFRESH_MS = 1_000;
/** Between tries at a renewal: the first ceiling, doubled each time up to the last. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** Fresh tokens in a row that the server did not take: the next will be no better. */
const MAX_REJECTED = 3;
/** Longest token a server takes, in characters. */
const MAX_LENGTH = 8 * 1024;

/** Refusals that another token may change. */
const ABOUT_TOKENS = /^(unauthorized|token-)/;

export interface TokensOptions {
  readonly token: TokenOption | undefined;
  readonly room: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** Shows the server another one over the open socket. */
  readonly show: (token: string) => void;
}

export class Tokens {
  readonly #options: TokensOptions;
  /** What the server may still take; undefined: the app is to be asked. */
  #token: string | undefined;
  #goodUntil = Number.POSITIVE_INFINITY;
  #reason: TokenReason = "connect";
  #rejected = 0;
  #retries = 0;
  #asking: AbortController | undefined;
  #cancel: () => void = () => {};

  constructor(options: TokensOptions) {
    this.#options = options;
    if (typeof options.token === "string") this.#token = options.token;
  }

  /** Opens at once where the app need not be asked; else when it answered, unless that failed. */
  ready(open: () => void, failed: (error: SkeinError, final: boolean) => void): void {
    if (!this.needed) {
      open();
      return;
    }
    this.fetch().then(
      (fetched) => fetched && open(),
      (error: SkeinError) => failed(error, isFinal(error)),
    );
  }

  /** Whether the app had to be asked; it is, and nobody is told of a failure. */
  fetchMissing(): boolean {
    if (!this.needed) return false;
    void this.fetch().catch(() => {});
    return true;
  }

  /** A new beginning, whatever became of the last. */
  begin(): void {
    this.#rejected = 0;
  }

  /** Whether the app has to be asked before a socket is opened. */
  get needed(): boolean {
    if (typeof this.#options.token !== "function") return false;
    return this.#token === undefined || this.#options.clock.now() >= this.#goodUntil;
  }

  get present(): string | undefined {
    return this.#token;
  }

  /**
   * Asks the app. False when nobody waits for its answer any more; rejects with a SkeinError, which
   * {@link isFinal} knows.
   */
  async fetch(): Promise<boolean> {
    const { token, room } = this.#options;
    if (typeof token !== "function") return true;
    this.stop();
    const asking = new AbortController();
    this.#asking = asking;
    let answer: unknown;
    try {
      answer = await token({ room, reason: this.#reason, signal: asking.signal });
    } catch (error) {
      if (asking.signal.aborted) return false;
      if (isFinal(error)) throw error;
      throw failed(`threw ${error}`, error);
    } finally {
      if (this.#asking === asking) this.#asking = undefined;
    }
    if (asking.signal.aborted) return false;
    if (typeof answer !== "string" || answer === "" || answer.length > MAX_LENGTH) {
      throw failed(`returned no string of 1 to ${MAX_LENGTH} characters`);
    }
    this.#token = answer;
    this.#goodUntil = Number.POSITIVE_INFINITY;
    return true;
  }

  /** An outcome, with what it means for tokens. */
  judge(outcome: ConnectionOutcome): ConnectionOutcome {
    return {
      ...outcome,
      welcomed: (join, ttlSeconds) => {
        this.accepted(ttlSeconds);
        outcome.welcomed(join);
      },
      renewed: (ttlSeconds) => this.accepted(ttlSeconds),
      notRenewed: (refusal) => this.notRenewed(refusal),
      lost: (error, final) => {
        const told = this.refused(error, final);
        outcome.lost(told.error, told.final);
      },
    };
  }

  /** The server took it, and for how long. */
  accepted(ttlSeconds: number | undefined): void {
    this.#rejected = this.#retries = 0;
    this.#reason = "refresh";
    this.#cancel();
    if (ttlSeconds !== undefined) this.#goodUntil = this.#options.clock.now() + ttlSeconds * 1000;
    if (ttlSeconds === undefined || typeof this.#options.token !== "function") return;
    const part = REFRESH_AT + REFRESH_JITTER * this.#options.random();
    this.#later(Math.min(MAX_REFRESH_MS, Math.max(MIN_REFRESH_MS, ttlSeconds * 1000 * part)));
  }

  /**
   * The server refused a socket. Returns what the app is to be told, and whether that is the end: a
   * string stays what it is, and a function may have another.
   */
  refused(
    error: SkeinError,
    final: boolean,
  ): { readonly error: SkeinError; readonly final: boolean } {
    const { token } = this.#options;
    const expired = error.code === "token-expired";
    if (!ABOUT_TOKENS.test(error.code)) return { error, final };
    if (typeof token === "function") {
      this.#reason = "rejected";
      this.#token = undefined;
      // One that expired was good once.
      if (!expired) this.#rejected += 1;
      return { error, final: this.#rejected >= MAX_REJECTED };
    }
    // Whatever else showed who this is, such as a cookie, may be good for longer by now.
    if (token === undefined || !expired) return { error, final: final && !expired };
    const what = "Give `token` as a function: it is asked for a fresh one in time.";
    return { error: new SkeinError("token-expired", `${error.message} ${what}`), final: true };
  }

  /** The server did not take a renewal; what it granted before goes on until it expires. */
  notRenewed({ code }: Refusal): void {
    if (ABOUT_TOKENS.test(code)) this.#reason = "rejected";
    this.#retry();
  }

  /** The socket is gone: nothing is fetched or shown any more. */
  stop(): void {
    this.#cancel();
    this.#asking?.abort();
    this.#asking = undefined;
  }

  async #refresh(): Promise<void> {
    try {
      if ((await this.fetch()) && this.#token !== undefined) this.#options.show(this.#token);
    } catch {
      // What was granted holds; when that is over, the server says so and the reason is told then.
      this.#retry();
    }
  }

  #retry(): void {
    const ceiling = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** this.#retries);
    this.#retries += 1;
    this.#later(ceiling / 2 + (ceiling / 2) * this.#options.random());
  }

  #later(ms: number): void {
    this.#cancel();
    this.#cancel = this.#options.clock.after(ms, () => void this.#refresh());
  }
}

const failed = (how: string, cause?: unknown) =>
  new SkeinError("token-failed", `The \`token\` function ${how}. It is asked again.`, { cause });

/** The app itself says that there will be no token. */
export const isFinal = (error: unknown): boolean =>
  error instanceof SkeinError && error.code === "unauthorized";
