/** A server as a process of its own, built as it is published. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { Usage } from "./answering.ts";

export type Kind = "skein" | "socket-io";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
// Where its dependencies are found.
const outDir = path("../../signaling-server/.vite-bench");

export async function buildServers(): Promise<void> {
  const { dependencies } = JSON.parse(
    readFileSync(path("../../signaling-server/package.json"), "utf8"),
  ) as { dependencies: object };
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
        input: { skein: path("skein.ts"), "socket-io": path("socket-io.ts") },
        external: [/^node:/, ...Object.keys(dependencies)],
        output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
      },
    },
  });
}

export function removeServers(): void {
  rmSync(outDir, { recursive: true, force: true });
}

export class ServerProcess {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.port = port;
  }

  /** `profile`: it leaves a processor profile in this directory when it ends. */
  static async start(kind: Kind, profile?: string): Promise<ServerProcess> {
    const profiling = profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
    const child = fork(`${outDir}/${kind}.js`, {
      execArgv: ["--expose-gc", ...profiling],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: { ...process.env, NODE_ENV: "production" },
    });
    const [port] = (await once(child, "message")) as [number];
    return new ServerProcess(child, port);
  }

  async ask(question: "usage" | "memory"): Promise<Usage> {
    const answer = once(this.#process, "message");
    this.#process.send(question);
    const [usage] = (await answer) as [Usage];
    return usage;
  }

  async end(): Promise<void> {
    const exit = once(this.#process, "exit");
    this.#process.disconnect();
    await exit;
  }
}
