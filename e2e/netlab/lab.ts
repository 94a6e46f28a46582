import { type Family, numbers } from "./addresses.ts";
import { Faults } from "./faults.ts";
import { type Namespace, NamespaceSet } from "./namespace.ts";
import type { SiteKind } from "./networks.ts";
import type { LinkQuality, Shaper } from "./shaper.ts";
import { type Host, type HostPlan, Topology } from "./topology.ts";

/**
 * Hosts, their gateways, two servers and an internet that joins them:
 *
 *     host ─ gateway ─┐            ┌─ signaling
 *                     ├─ internet ─┤
 *     host (open) ────┘            └─ turn
 *
 * Each is a network namespace; the internet is a router, and the only place where faults are made.
 * The machine's own network is not touched.
 */
export class Lab {
  readonly family: Family;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly signaling: Host;
  readonly turn: Host;
  readonly faults: Faults;
  /** A directory that goes away with the lab. */
  readonly directory: string;
  readonly #namespaces: NamespaceSet;
  readonly #shaper: Shaper | undefined;

  private constructor(
    family: Family,
    namespaces: NamespaceSet,
    internet: Namespace,
    sites: ReadonlyMap<string, Host>,
    shaper: Shaper | undefined,
  ) {
    const { signaling, turn, ...hosts } = Object.fromEntries(sites);
    if (signaling === undefined || turn === undefined) throw new Error("a lab has two servers");
    this.family = family;
    this.hosts = new Map(Object.entries(hosts));
    this.signaling = signaling;
    this.turn = turn;
    this.faults = new Faults(internet, signaling, turn);
    this.directory = namespaces.directory;
    this.#namespaces = namespaces;
    this.#shaper = shaper;
  }

  /**
   * Builds the network. The caller must `close()` it; a crash is tidied up by the next run.
   * @param turn where the TURN server stands.
   */
  static async create(
    plans: Readonly<Record<string, HostPlan>>,
    family: Family = 4,
    turn: SiteKind = "open",
  ): Promise<Lab> {
    const namespaces = new NamespaceSet();
    try {
      const topology = await Topology.create(namespaces, family);
      const sites = new Map<string, Host>([
        ["signaling", await topology.addSite("signaling", numbers.signaling, { network: "open" })],
        ["turn", await topology.addSite("turn", numbers.turn, { network: turn })],
      ]);
      // A second address, so that a host can ask which port it has towards another destination.
      if (turn === "open") await topology.addAddress("turn", numbers.turnSecond);
      let number: number = numbers.firstHost;
      for (const [name, plan] of Object.entries(plans)) {
        if (sites.has(name)) throw new Error(`"${name}" is the name of a server of the lab`);
        sites.set(name, await topology.addSite(name, number++, plan));
      }
      const shaper = await topology.shape();
      return new Lab(family, namespaces, topology.internet, sites, shaper);
    } catch (error) {
      namespaces.closeNow();
      throw error;
    }
  }

  host(name: string): Host {
    const host = this.hosts.get(name);
    if (host === undefined)
      throw new Error(`no host "${name}"; there are ${[...this.hosts.keys()].join(", ")}`);
    return host;
  }

  /** Changes a host's line while it is in use. Only lines that began shaped can be changed. */
  async setLink(host: Host, quality: LinkQuality): Promise<void> {
    if (this.#shaper === undefined)
      throw new Error("give some host a `link` when the lab is created; { rttMs: 0 } will do");
    await this.#shaper.set(host.name, quality);
  }

  async close(): Promise<void> {
    await this.#shaper?.stop();
    this.#namespaces.closeNow();
  }
}
