import type { Namespace } from "./namespace.ts";
import type { Host } from "./topology.ts";

/**
 * The other side of a fault: one host, or everything of a kind. `turn` and `signaling` are the
 * servers, `udp` and `tcp` all of that protocol, `all` everything.
 */
export type Scope = Host | "udp" | "tcp" | "turn" | "signaling" | "all";

/**
 * Network faults at run time, made on the internet's router: packets vanish and nobody is told,
 * which is what a dead network looks like from a browser.
 */
export class Faults {
  readonly #internet: Namespace;
  readonly #servers: { signaling: Host; turn: Host };
  readonly #rules = new Map<symbol, readonly string[]>();
  /** Rule sets are loaded one after the other, so that the last call decides. */
  #loading: Promise<void> = Promise.resolve();

  constructor(internet: Namespace, signaling: Host, turn: Host) {
    this.#internet = internet;
    this.#servers = { signaling, turn };
  }

  /**
   * Drops everything between a host and `scope`, both ways, flows in progress included.
   * @returns undoes this fault alone.
   */
  async blackhole(host: Host, scope: Scope): Promise<() => Promise<void>> {
    const id = Symbol();
    this.#rules.set(id, this.#dropRules(host, scope));
    await this.#load();
    return async () => {
      if (this.#rules.delete(id)) await this.#load();
    };
  }

  /** Undoes all faults. */
  async restore(): Promise<void> {
    this.#rules.clear();
    await this.#load();
  }

  /**
   * Resets the TCP connections that a host has now; new ones are left alone. Both ends learn of
   * it at once: the local one by ECONNABORTED, the remote one by RST.
   * @param remotePort only connections to this port, such as the signaling server's.
   * @returns how many there were.
   */
  async resetTcp(host: Host, remotePort?: number): Promise<number> {
    const filter = remotePort === undefined ? [] : ["dport", "=", `:${remotePort}`];
    // `ss -K` asks the kernel to abort each socket it lists. A rule set could only answer the next
    // packet of a connection, which may be seconds away, and would hit new connections too.
    const listed = await host.namespace.exec("ss", [
      "-K",
      "-H",
      "-t",
      "-n",
      "state",
      "established",
      ...filter,
    ]);
    return listed.split("\n").filter((line) => line !== "").length;
  }

  #dropRules(host: Host, scope: Scope): string[] {
    const { publicAddress: self } = host;
    const between = (source: string, target: string, rest: string) => {
      const ip = self.includes(":") ? "ip6" : "ip";
      const ends = [source && `${ip} saddr ${source}`, target && `${ip} daddr ${target}`];
      return [...ends, rest, "drop"].filter(Boolean).join(" ");
    };
    const both = (other: string, rest: string) => [
      between(self, other, rest),
      between(other, self, rest),
    ];
    if (scope === "all") return both("", "");
    if (scope === "udp" || scope === "tcp") return both("", `meta l4proto ${scope}`);
    const peer = typeof scope === "string" ? this.#servers[scope] : scope;
    return both(peer.publicAddress, "");
  }

  #load(): Promise<void> {
    const load = async () => {
      const rules = [...this.#rules.values()].flat();
      // Added and deleted first, so that the same text works the first time and every time.
      await this.#internet.nft(`
        table inet faults
        delete table inet faults
        table inet faults {
          chain pass {
            type filter hook forward priority filter
            ${rules.join("\n            ")}
          }
        }`);
    };
    const loading = this.#loading.then(load, load);
    this.#loading = loading.catch(() => {});
    return loading;
  }
}
