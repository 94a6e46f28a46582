import {
  type Family,
  localNetwork,
  numbers,
  ports,
  publicAddress,
  router,
  siteLinkLocal,
} from "./addresses.ts";
import type { Namespace, NamespaceSet } from "./namespace.ts";
import { cloudRules, gatewayRules, type NetworkKind, type SiteKind } from "./networks.ts";
import { type LinkQuality, type ShapedLink, Shaper } from "./shaper.ts";

/** A host as a scenario describes it. */
export interface HostPlan {
  network: NetworkKind;
  /** Its line to the internet; without one it is as fast as the machine. */
  link?: LinkQuality;
}

/** A host, or a server that may stand where no host does. */
export interface SitePlan extends Omit<HostPlan, "network"> {
  network: SiteKind;
}

/** A machine in the lab on which browsers and programs run. */
export interface Host {
  readonly name: string;
  readonly network: SiteKind;
  readonly namespace: Namespace;
  /** What the internet knows it by: its own address or its gateway's. */
  readonly publicAddress: string;
  /** What it knows itself by: the same, or an address behind its gateway. */
  readonly ownAddress: string;
}

/** Where a site meets the internet. */
interface Uplink {
  edge: Namespace;
  /** The interface on the internet's router. */
  port: string;
}

/** Builds namespaces, interfaces, addresses and routes. */
export class Topology {
  readonly internet: Namespace;
  readonly #namespaces: NamespaceSet;
  readonly #family: Family;
  readonly #uplinks = new Map<string, Uplink>();
  readonly #links: ShapedLink[] = [];
  /** The wire's namespace, made when the first line is shaped. */
  #wire: Namespace | undefined;

  private constructor(namespaces: NamespaceSet, internet: Namespace, family: Family) {
    this.#namespaces = namespaces;
    this.internet = internet;
    this.#family = family;
  }

  static async create(namespaces: NamespaceSet, family: Family): Promise<Topology> {
    const internet = await namespaces.create("internet");
    const topology = new Topology(namespaces, internet, family);
    await topology.#prepare(internet, true);
    return topology;
  }

  /** A host, behind a gateway unless it stands in the open, joined to the internet. */
  async addSite(name: string, number: number, plan: SitePlan): Promise<Host> {
    const { network } = plan;
    const namespace = await this.#namespaces.create(name);
    await this.#prepare(namespace, false);
    if (network === "open") {
      await this.#join(name, namespace, number, plan.link);
      const address = await this.addAddress(name, number);
      return { name, network, namespace, publicAddress: address, ownAddress: address };
    }
    const gateway = await this.#namespaces.create(`${name}-gateway`);
    await this.#prepare(gateway, true);
    await this.#join(name, gateway, number, plan.link);
    const address = await this.addAddress(name, number);
    const lan = localNetwork(this.#family, number);
    await gateway.ip(`link add lan0 type veth peer name lan0 netns ${namespace.name}
      addr add ${lan.gateway}/${lan.length} dev lan0
      link set lan0 up`);
    await namespace.ip(`addr add ${lan.host}/${lan.length} dev lan0
      link set lan0 up
      route add default via ${lan.gateway}`);
    const self = { name, network, namespace, ownAddress: lan.host };
    if (network === "cloud") {
      if (this.#family === 6) throw new Error("clouds translate IPv4 only");
      await gateway.nft(cloudRules(lan.host, address));
      return { ...self, publicAddress: address };
    }
    const server = publicAddress(this.#family, numbers.signaling);
    const ip = this.#family === 4 ? "ip" : "ip6";
    const signaling = `${ip} daddr ${server} tcp dport ${ports.signaling}`;
    await gateway.nft(gatewayRules(network, this.#family, signaling));
    if (this.#family === 4) return { ...self, publicAddress: address };
    await this.internet.ip(
      `route add ${lan.range} via ${siteLinkLocal} dev ${this.#uplink(name).port}`,
    );
    return { ...self, publicAddress: lan.host };
  }

  /** Gives a site one more public address, and returns it. */
  async addAddress(name: string, number: number): Promise<string> {
    const { edge, port } = this.#uplink(name);
    const address = publicAddress(this.#family, number);
    const length = this.#family === 4 ? 32 : 128;
    await edge.ip(`addr add ${address}/${length} dev wan0`);
    await this.internet.ip(`route add ${address}/${length} dev ${port}`);
    return address;
  }

  /** Starts to shape the lines that asked for it. Nothing crosses those lines before. */
  async shape(): Promise<Shaper | undefined> {
    if (this.#wire === undefined) return undefined;
    const ends = this.#links.flatMap(({ name }) => {
      const { edge, port } = this.#uplink(name);
      return [[edge, "wan0"] as const, [this.internet, port] as const];
    });
    return Shaper.start(this.#wire, this.#links, ends);
  }

  #uplink(name: string): Uplink {
    const uplink = this.#uplinks.get(name);
    if (uplink === undefined) throw new Error(`no site "${name}"`);
    return uplink;
  }

  /** Joins `wan0` of a site to the router, either by one cable or through the wire's namespace. */
  async #join(name: string, edge: Namespace, number: number, quality: LinkQuality | undefined) {
    const port = `site${number}`;
    if (quality === undefined) {
      await edge.ip(`link add wan0 type veth peer name ${port} netns ${this.internet.name}`);
    } else {
      this.#wire ??= await this.#namespaces.create("wire");
      const [a, b] = [`near${number}`, `far${number}`];
      await edge.ip(`link add wan0 type veth peer name ${a} netns ${this.#wire.name}`);
      await this.internet.ip(`link add ${port} type veth peer name ${b} netns ${this.#wire.name}`);
      await this.#wire.sysctl({ "net/ipv6/conf/all/disable_ipv6": 1 });
      await this.#wire.ip(`link set ${a} up\nlink set ${b} up`);
      this.#links.push({ name, a, b, quality });
    }
    this.#uplinks.set(name, { edge, port });
    const gateway = router[this.#family];
    const [length, own] = this.#family === 4 ? [32, ""] : [64, `${siteLinkLocal}/64`];
    await this.internet.ip(`addr add ${gateway}/${length} dev ${port}\nlink set ${port} up`);
    await edge.ip(`${own && `addr add ${own} dev wan0\n`}link set wan0 up
      route add default via ${gateway} dev wan0 onlink`);
  }

  async #prepare(namespace: Namespace, forwards: boolean): Promise<void> {
    const forwarding = forwards ? 1 : 0;
    await namespace.sysctl(
      this.#family === 4
        ? { "net/ipv4/ip_forward": forwarding, "net/ipv6/conf/all/disable_ipv6": 1 }
        : // An address that is first checked for duplicates cannot be used for a second or more.
          {
            "net/ipv6/conf/all/forwarding": forwarding,
            "net/ipv6/conf/all/accept_dad": 0,
            "net/ipv6/conf/default/accept_dad": 0,
          },
    );
  }
}
