/** For tests: servers as processes of their own, which can be killed, and a balancer before them. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
// Beside dist, so that it finds its package.json and dependencies where the built one does. Tests
// that run at the same time have one each.
const outDir = path(`../../.vite-nodes-test-${randomBytes(4).toString("hex")}`);
/** What it builds: the file of `skein-server`. */
export const program = `${outDir}/cli.js`;

export async function buildNode(): Promise<void> {
  const { dependencies } = JSON.parse(readFileSync(path("../../package.json"), "utf8")) as {
    dependencies: object;
  };
  await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    build: {
      ssr: true,
      target: "node20",
      outDir,
      emptyOutDir: true,
      rolldownOptions: {
        input: path("../cli.ts"),
        external: [/^node:/, ...Object.keys(dependencies)],
        output: { entryFileNames: "cli.js", chunkFileNames: "[name]-[hash].js" },
      },
    },
  });
}

export function removeBuild(): void {
  rmSync(outDir, { recursive: true, force: true });
}

export class NodeProcess {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  /** Starts one, and waits until it is ready. `settings`: further flags. */
  static async start(redisUrl: string, settings: readonly string[] = []): Promise<NodeProcess> {
    const child = spawn(process.execPath, [program, "--port", "0", ...settings], {
      env: { ...process.env, SKEIN_REDIS_URL: redisUrl, SKEIN_LOG_FORMAT: "text" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const port = await new Promise<number>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (part: string) => {
          output += part;
          const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(output);
          if (found) resolve(Number(found[1]));
        });
      }
      child.once("exit", () => reject(new Error(`the node ended: ${output}`)));
    });
    const node = new NodeProcess(child, port);
    for (;;) {
      const { ok } = await fetch(`${node.url}/ready`);
      if (ok) return node;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** `SIGKILL`: without a word; `SIGTERM`: it drains. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, "exit");
    this.#process.kill(signal);
    await exit;
  }
}

/** Deals connections out to ports in turn; one that does not answer is passed over. */
export class Balancer {
  readonly ports: number[];
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#take(socket, this.ports.length));
  #next = 0;

  constructor(ports: readonly number[]) {
    this.ports = [...ports];
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return `http://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(socket: Socket, tries: number): void {
    const port = this.ports[this.#next++ % this.ports.length];
    if (port === undefined || tries === 0) {
      socket.destroy();
      return;
    }
    const upstream = connect(port, "127.0.0.1");
    upstream.once("error", () => this.#take(socket, tries - 1));
    upstream.once("connect", () => {
      upstream.removeAllListeners("error");
      for (const each of [socket, upstream]) {
        this.#sockets.add(each);
        each.on("error", () => {});
        each.once("close", () => {
          this.#sockets.delete(each);
          socket.destroy();
          upstream.destroy();
        });
      }
      socket.pipe(upstream).pipe(socket);
    });
  }
}
