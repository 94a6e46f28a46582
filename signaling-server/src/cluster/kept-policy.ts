/** What was changed of the policy while servers run, kept for every node, those to come too. */
import type { Hub } from "./hub.ts";

/** The name under which it is kept. */
export const POLICY = "policy";

export class KeptPolicy {
  readonly #hub: Pick<Hub, "wallNow" | "ask">;
  readonly #onNewer: (text: string) => void;
  #newest: { readonly version: number; readonly text: string } | undefined;

  /** `onNewer`: another node has set a newer one. */
  constructor(hub: Pick<Hub, "wallNow" | "ask">, onNewer: (text: string) => void) {
    this.#hub = hub;
    this.#onNewer = onNewer;
  }

  /** The newest by wall clock wins. Resolves when it is kept, or cannot be now. */
  set(text: string): Promise<void> {
    const version = Math.max(Math.floor(this.#hub.wallNow()), (this.#newest?.version ?? 0) + 1);
    this.#newest = { version, text };
    return this.exchange();
  }

  /** The newer of what is kept and what is known here, for both. */
  async exchange(): Promise<void> {
    const { version = 0, text = null } = this.#newest ?? {};
    const kept = await this.#hub.ask((commons) => commons.exchange(POLICY, version, text));
    if (!kept || kept.version <= (this.#newest?.version ?? 0)) return;
    this.#newest = { ...kept };
    this.#onNewer(kept.text);
  }
}
