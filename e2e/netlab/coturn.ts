import { createHmac } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { COTURN_LISTENS } from "../../signaling-server/src/doctor/coturn.ts";
import { internetRange, inUrl, numbers, ports, publicAddress } from "./addresses.ts";
import type { Service } from "./command.ts";
import type { Lab } from "./lab.ts";

/** What users deploy; the lab runs the same configuration, started in the same way. */
const DEPLOYED = join(import.meta.dirname, "../../deploy/coturn/turnserver.conf");
const START = join(import.meta.dirname, "../../deploy/coturn/start.sh");

/**
 * Options of the deployed file that coturn 4.6.1, Debian 12's, does not know. It would go on
 * without them but complain at each of its three readings of the file.
 */
const SINCE_4_6_1 = new Set(["unauthorized-ratelimit", "unauthorized-ratelimit-rps"]);

/** A secret for tests only; real ones never stand in a file of the repository. */
export const LAB_TURN_SECRET = "lab-only-not-a-secret";

/**
 * The deployed configuration as a lab runs it: without what an older coturn does not know, and
 * with lines of the lab's own after it.
 */
export function labConfiguration(deployed: string, labLines: readonly string[]): string {
  const known = deployed.split("\n").filter((line) => {
    const option = line.trim().split("=")[0] ?? "";
    return !SINCE_4_6_1.has(option);
  });
  return [...known, "# --- Lab only ---", ...labLines, ""].join("\n");
}

/** TURN credentials that a server would hand out: user name, and its HMAC as the password. */
export interface TurnCredentials {
  username: string;
  credential: string;
}

/**
 * Credentials in the form of the TURN REST API (draft-uberti-behave-turn-rest-00).
 * @param ttlSeconds how long they may be used to make an allocation.
 */
export function turnCredentials(
  ttlSeconds: number,
  secret = LAB_TURN_SECRET,
  user = "lab",
): TurnCredentials {
  const username = `${Math.floor(Date.now() / 1000) + ttlSeconds}:${user}`;
  const credential = createHmac("sha1", secret).update(username).digest("base64");
  return { username, credential };
}

/** A running coturn. */
export class Coturn {
  readonly #lab: Lab;
  readonly #configuration: string;
  #service: Service | undefined;

  private constructor(lab: Lab, configuration: string) {
    this.#lab = lab;
    this.#configuration = configuration;
  }

  /** The TURN addresses to hand to browsers: over UDP, and over TCP for networks without UDP. */
  static urls(lab: Lab): { stun: string; turn: readonly string[] } {
    const server = `${inUrl(lab.turn.publicAddress)}:${ports.turn}`;
    return {
      stun: `stun:${server}`,
      turn: [`turn:${server}?transport=udp`, `turn:${server}?transport=tcp`],
    };
  }

  static async start(lab: Lab): Promise<Coturn> {
    const path = join(lab.directory, "turnserver.conf");
    const { publicAddress: first, ownAddress } = lab.turn;
    const lines = [
      // In a cloud it finds its address by itself, as users' do.
      ...(first === ownAddress
        ? [
            `listening-ip=${first}`,
            `listening-ip=${publicAddress(lab.family, numbers.turnSecond)}`,
            `relay-ip=${first}`,
          ]
        : []),
      // The lab's internet is made of documentation addresses, which users' servers refuse.
      `allowed-peer-ip=${internetRange[lab.family]}`,
      `pidfile=${join(lab.directory, "turnserver.pid")}`,
      `userdb=${join(lab.directory, "turndb")}`,
      "verbose",
    ];
    const deployed = await readFile(DEPLOYED, "utf8");
    await writeFile(path, labConfiguration(deployed, lines), { mode: 0o600 });
    await writeFile(`${path}.secret`, `${LAB_TURN_SECRET}\n`, { mode: 0o600 });
    const coturn = new Coturn(lab, path);
    await coturn.restart();
    return coturn;
  }

  /** Starts it again after a stop, or anew: allocations are lost, as in a real restart. */
  async restart(): Promise<void> {
    await this.stop();
    const { namespace, publicAddress: first, ownAddress } = this.#lab.turn;
    this.#service = await namespace.start("sh", [START, this.#configuration], COTURN_LISTENS, {
      env: {
        ...process.env,
        // Where the script leaves what it has put together.
        TMPDIR: this.#lab.directory,
        SKEIN_TURN_SECRET_FILE: `${this.#configuration}.secret`,
        SKEIN_TURN_EXTERNAL_IP: first === ownAddress ? "" : `${first}/${ownAddress}`,
      },
    });
  }

  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.#service?.stop(signal);
    this.#service = undefined;
  }

  /** What it has printed since it was started. */
  log(): string {
    return this.#service?.log() ?? "";
  }
}
