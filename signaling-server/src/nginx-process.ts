/** For tests: nginx with the files of deploy/, in front of servers of this machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const DEPLOYED = fileURLToPath(new URL("../../deploy/nginx/", import.meta.url));
/** A process that has not begun to listen by then never will. Milliseconds. */
const START_MS = 10_000;

export type Balancing = "by-room" | "round-robin";

export class Nginx {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #errors: readonly string[];

  private constructor(
    url: string,
    process: ChildProcess,
    folder: string,
    errors: readonly string[],
  ) {
    this.#errors = errors;
    this.url = url;
    this.#process = process;
    this.#folder = folder;
  }

  /** @param ports of the servers, on 127.0.0.1; as many as deploy/ names. */
  static async start(balancing: Balancing, ports: readonly number[]): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), "skein-nginx-"));
    const port = await freePort();
    const upstream = `upstream-${balancing}.conf`;
    let at = 0;
    const servers = readFileSync(join(DEPLOYED, upstream), "utf8").replace(
      // Addresses need no `resolve`, which Debian 12's nginx does not know.
      /server signaling-\d:4600 resolve/g,
      () => `server 127.0.0.1:${ports[at++]}`,
    );
    if (at !== ports.length)
      throw new Error(`${upstream} names ${at} servers, not ${ports.length}`);
    writeFileSync(join(folder, "upstream.conf"), servers);
    const configuration = readFileSync(join(DEPLOYED, "nginx.conf"), "utf8")
      .replace("listen 4600;", `listen 127.0.0.1:${port};`)
      // Everything it writes stays in the folder.
      .replace("http {", `pid ${folder}/pid;\nhttp {\n${bodies(folder)}`);
    writeFileSync(join(folder, "nginx.conf"), configuration);
    const args = ["-p", folder, "-c", join(folder, "nginx.conf"), "-g", "daemon off;"];
    const process = spawn("nginx", [...args, "-e", "stderr"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const errors: string[] = [];
    process.stderr?.setEncoding("utf8").on("data", (part: string) => {
      errors.push(part);
    });
    const until = performance.now() + START_MS;
    while (!(await listens(port))) {
      if (process.exitCode !== null || performance.now() > until) {
        throw new Error(`nginx does not start:\n${errors.join("")}`);
      }
      await sleep(20);
    }
    return new Nginx(`http://127.0.0.1:${port}`, process, folder, errors);
  }

  /** What it complained of. */
  get errors(): string {
    return this.#errors.join("");
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, "exit");
    if (this.#process.exitCode === null) {
      this.#process.kill("SIGTERM");
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Where nginx would keep what is too large for its memory. */
function bodies(folder: string): string {
  return ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${folder}/${name};`)
    .join("\n");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
