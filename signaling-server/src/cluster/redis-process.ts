/** For tests: a redis-server of one's own, on a free port, that can be killed and frozen. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";

export class RedisProcess {
  readonly port: number;
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<RedisProcess> {
    const redis = new RedisProcess(await freePort());
    await redis.restart();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, with nothing in it, and waits until it answers. */
  async restart(): Promise<void> {
    const options = ["--port", String(this.port), "--bind", "127.0.0.1", "--save", ""];
    const process = spawn("redis-server", [...options, "--appendonly", "no"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process = process;
    const failed = once(process, "error").then(([error]) => {
      throw new Error(`redis-server cannot be started: npm run setup -- --tests (${error})`);
    });
    const ready = (async () => {
      for await (const line of createInterface({ input: process.stdout })) {
        if (line.includes("Ready to accept connections")) return;
      }
      throw new Error("redis-server ended before it was ready");
    })();
    await Promise.race([ready, failed]);
    process.stdout.resume();
  }

  /** Forgets all it knows. */
  async flush(): Promise<void> {
    const client = new Redis(this.url);
    await client.flushall();
    client.disconnect();
  }

  freeze(): void {
    this.#process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  /** kill -9. Also the end of a frozen one. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const exit = once(process, "exit");
    process.kill("SIGKILL");
    await exit;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
