/** Asks the app's `authenticate`, for a while and not too often at once. */
import type { IncomingMessage } from "node:http";
import { inspect } from "node:util";
import type { Clock } from "../../../lib/src/clock.ts";
import type { Refusal } from "../../../lib/src/signaling/events.ts";
import { Bucket } from "../bucket.ts";
import { addressOf } from "../limits/address.ts";
import type { Log } from "../log.ts";
import type { ServerStats } from "../stats.ts";
import { AccessError, type Authenticate, type CheckedAccess, checkAccess } from "./access.ts";
import { credentialsOf } from "./cookies.ts";

/** How long `authenticate` may take: less than the whole handshake may. Milliseconds. */
export const AUTHENTICATE_MS = 5_000;
/** Answers waited for at once; an app's database is to survive a crowd that comes back. */
export const MAX_AUTHENTICATING = 1_024;

/** Lines of log at once, and a second in the long run: a crowd has one and the same trouble. */
const LINES_AT_ONCE = 5;
const LINES_PER_SECOND = 0.2;

/** What the client is told where the app did not say why. */
const UNAUTHORIZED: Refusal = {
  code: "unauthorized",
  message: "The server could not establish who this is.",
};
const UNAVAILABLE: Refusal = {
  code: "auth-unavailable",
  message: "The server cannot establish who this is at the moment.",
};
const EXPIRED: Refusal = {
  code: "token-expired",
  message: "What this client showed had expired already.",
};

export interface AuthenticationOptions {
  readonly authenticate: Authenticate;
  readonly origins: readonly string[] | undefined;
  readonly clock: Clock;
  readonly wallNow: () => number;
  readonly log: Pick<Log, "warn" | "error">;
  readonly stats: ServerStats;
  readonly timeoutMs?: number;
  /** Proxies before this server. */
  readonly trustProxy: number;
}

/** Who asks for what. */
export interface Applicant {
  readonly request: IncomingMessage;
  readonly room: string;
  readonly token: string | undefined;
}

export type Verdict = CheckedAccess | { readonly refusal: Refusal };

export class Authentication {
  readonly #options: AuthenticationOptions;
  readonly #lines: Bucket;
  #waiting = 0;

  constructor(options: AuthenticationOptions) {
    this.#options = options;
    this.#lines = new Bucket(options.clock, LINES_AT_ONCE, LINES_PER_SECOND);
  }

  /** Never rejects. `gone`: nobody waits for it any more. */
  async ask(applicant: Applicant, gone: AbortSignal): Promise<Verdict> {
    const { stats } = this.#options;
    if (this.#waiting >= MAX_AUTHENTICATING) {
      stats.authenticationsLimited++;
      return { refusal: UNAVAILABLE };
    }
    this.#waiting++;
    try {
      return await this.#decide(applicant, gone);
    } finally {
      this.#waiting--;
    }
  }

  async #decide(applicant: Applicant, gone: AbortSignal): Promise<Verdict> {
    const { clock, wallNow, log, stats, timeoutMs = AUTHENTICATE_MS } = this.#options;
    const late = new AbortController();
    // Also for one that is gone: what it began may still run, and counts as long.
    const timeUp = new Promise<"late">((resolve) => {
      late.signal.addEventListener("abort", () => resolve("late"), { once: true });
    });
    const cancel = clock.after(timeoutMs, () => late.abort());
    try {
      const signal = AbortSignal.any([gone, late.signal]);
      const answer = await Promise.race([this.#call(applicant, signal), timeUp]);
      if (answer === "late") {
        stats.authenticationsLate++;
        if (this.#lines.take()) log.warn({ ms: timeoutMs }, "authenticate took too long");
        return { refusal: UNAVAILABLE };
      }
      const access = checkAccess(answer);
      return access.expires > wallNow() ? access : { refusal: EXPIRED };
    } catch (error) {
      if (error instanceof AccessError) {
        if (error.code === "auth-unavailable") this.#trouble(error, gone);
        return { refusal: { code: error.code, message: error.message.slice(0, 1024) } };
      }
      // Its text may hold what is nobody else's business.
      this.#trouble(error, gone);
      return { refusal: UNAUTHORIZED };
    } finally {
      cancel();
    }
  }

  /** Something is wrong on this side, unless it was only told that nobody waits any more. */
  #trouble(error: unknown, gone: AbortSignal): void {
    if (gone.aborted) return;
    this.#options.stats.authenticationErrors++;
    if (this.#lines.take()) {
      this.#options.log.error({ stack: inspect(error) }, "authenticate failed");
    }
  }

  async #call({ request, room, token }: Applicant, signal: AbortSignal): Promise<unknown> {
    const { authenticate, origins, trustProxy } = this.#options;
    const { cookies, headers } = credentialsOf(request, origins);
    const address = addressOf(request, trustProxy);
    return authenticate({ cookies, headers, token, room, address, signal });
  }
}
