/** The policy of this server's start, and what was changed of it since, on whichever server. */
import { isRecord } from "./checks.ts";
import type { Log } from "./log.ts";
import { checkPolicy, type OperatorPolicy, type PolicyGiven, stated } from "./options.ts";

export interface RunningPolicyOptions {
  readonly policy: OperatorPolicy;
  /** What of it was set by somebody, and is no default. */
  readonly policyGiven: PolicyGiven;
  readonly log: Pick<Log, "warn">;
}

export class RunningPolicy {
  readonly #options: RunningPolicyOptions;
  /** Nothing else is kept for other servers and later starts: the rest is a matter of their settings. */
  #changes: PolicyGiven = {};
  #now: OperatorPolicy;

  constructor(options: RunningPolicyOptions) {
    this.#options = options;
    this.#now = options.policy;
  }

  get now(): OperatorPolicy {
    return this.#now;
  }

  /** Returns what is to be kept for all servers. Throws a TypeError as {@link checkPolicy} does. */
  change(change: Partial<OperatorPolicy>): string {
    return this.#set({ ...this.#changes, ...stated(change) });
  }

  /** As it was at the start. Returns what is to be kept for all servers. */
  reset(): string {
    return this.#set({});
  }

  /** What is kept for all servers. Throws a TypeError when it cannot be understood. */
  take(kept: unknown): void {
    if (!isRecord(kept)) throw new TypeError("it is no JSON object");
    // What a later version may keep beside it stays in there.
    this.#set(kept as PolicyGiven);
    this.#compare();
  }

  #set(changes: PolicyGiven): string {
    this.#now = checkPolicy(changes, this.#options.policy);
    this.#changes = changes;
    return JSON.stringify(changes);
  }

  /** Whoever starts a server with a setting must learn that it is not in force. */
  #compare(): void {
    const { policyGiven, log } = this.#options;
    for (const [name, given] of Object.entries(policyGiven)) {
      const now = this.#now[name as keyof OperatorPolicy];
      if (now === given) continue;
      log.warn(
        { setting: name, given, now },
        "a policy that was set while servers ran overrides this setting; DELETE /admin/policy ends that",
      );
    }
  }
}
