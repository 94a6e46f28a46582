import { execFileSync, type SpawnOptions } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, type Service, startService } from "./command.ts";

/** Where `ip netns` keeps its handles. */
const NETNS_DIRECTORY = "/run/netns";

/** What every name made here begins with, so that leftovers can be told from anybody else's. */
const OWNER = "skein";

/**
 * Names one run of the lab. The process's start time stands beside its id, because ids are used
 * again: a namespace whose pair matches no living process is the leftover of a run that crashed.
 */
const NAME = new RegExp(`^${OWNER}-(\\d+)-(\\d+)-`);

/** Start time of a process in clock ticks since boot (proc(5), field 22), or undefined when gone. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name, in parentheses, may itself hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

let runs = 0;

/** A set of network namespaces that live and die together. */
export class NamespaceSet {
  /** Begins the name of everything this run makes. */
  readonly prefix: string;
  /** A directory for this run's files; removed with it. */
  readonly directory: string;
  readonly #namespaces = new Map<string, Namespace>();
  readonly #onExit = () => this.closeNow();

  constructor() {
    sweepLeftovers();
    runs += 1;
    this.prefix = `${OWNER}-${process.pid}-${startTime(process.pid)}-${runs}`;
    this.directory = join(tmpdir(), this.prefix);
    mkdirSync(this.directory, { mode: 0o755 });
    process.once("exit", this.#onExit);
  }

  async create(label: string): Promise<Namespace> {
    const namespace = new Namespace(`${this.prefix}-${label}`);
    await run("ip", ["netns", "add", namespace.name]);
    this.#namespaces.set(label, namespace);
    await namespace.ip("link set lo up");
    return namespace;
  }

  /** Ends every process in the namespaces and removes them with all their interfaces. */
  closeNow(): void {
    process.off("exit", this.#onExit);
    for (const namespace of this.#namespaces.values()) removeNamespace(namespace.name);
    this.#namespaces.clear();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** One network namespace: a machine, a router or a piece of wire. */
export class Namespace {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Runs lines of `ip` in here, all or nothing up to the first that fails. */
  async ip(lines: string): Promise<void> {
    await run("ip", ["-n", this.name, "-batch", "-"], `${lines.trim()}\n`);
  }

  /** Loads an nftables rule set in here, in one transaction. */
  async nft(rules: string): Promise<void> {
    await this.exec("nft", ["-f", "-"], rules);
  }

  /** Sets kernel options of this namespace, such as `net/ipv4/ip_forward`. */
  async sysctl(settings: Readonly<Record<string, number>>): Promise<void> {
    const script = Object.entries(settings)
      .map(([name, value]) => `echo ${value} > /proc/sys/${name}`)
      .join(" && ");
    await this.exec("sh", ["-c", script]);
  }

  exec(command: string, args: readonly string[], input?: string): Promise<string> {
    return run("ip", ["netns", "exec", this.name, command, ...args], input);
  }

  start(
    command: string,
    args: readonly string[],
    ready: RegExp,
    options?: SpawnOptions,
  ): Promise<Service> {
    // `ip netns exec` replaces itself by the command, so signals reach it.
    return startService("ip", ["netns", "exec", this.name, command, ...args], ready, options);
  }
}

function removeNamespace(name: string): void {
  const ip = (...args: string[]) =>
    execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  try {
    for (const pid of ip("netns", "pids", name).split("\n").filter(Boolean)) {
      // Only what runs inside a namespace of our own is ended here.
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // Gone already.
      }
    }
    ip("netns", "del", name);
  } catch {
    // Gone already, or never finished: there is nothing left to remove.
  }
}

/** Removes what runs that ended without tidying up have left behind. */
export function sweepLeftovers(): void {
  for (const [directory, remove] of [
    [NETNS_DIRECTORY, removeNamespace],
    [tmpdir(), (name: string) => rmSync(join(tmpdir(), name), { recursive: true, force: true })],
  ] as const) {
    let names: string[] = [];
    try {
      names = readdirSync(directory);
    } catch {
      continue;
    }
    for (const name of names) {
      const [, pid, started] = NAME.exec(`${name}-`) ?? [];
      if (pid !== undefined && startTime(Number(pid)) !== started) remove(name);
    }
  }
}
