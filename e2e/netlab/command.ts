import { type ChildProcess, execFile, type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How long a started service may take to say that it is ready, in ms. Cold caches in CI are slow. */
const READY_LIMIT_MS = 60_000;

/** A command that failed, with what it was and what it said. */
export class CommandError extends Error {
  override name = "CommandError";
}

/**
 * Runs a command to its end and returns its standard output.
 * @throws CommandError with the command line and its standard error.
 */
export function run(command: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          new CommandError(
            `${[command, ...args].join(" ")} failed: ${stderr.trim() || error.message}` +
              (input === undefined ? "" : `\ninput was:\n${input}`),
          ),
        );
    });
    // A command that ends before it has read its input reports itself by its exit code.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input ?? "");
  });
}

/** A program that runs until it is stopped. */
export interface Service {
  readonly process: ChildProcess;
  /** What it has printed so far, both streams, newest last; for error messages. */
  log(): string;
  /** Ends it, politely unless told otherwise, and resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Kept of a service's output for error messages, in lines. */
const LOG_LINES = 400;

/**
 * Starts a program and resolves when a line of its output matches `ready`.
 * @throws CommandError when it ends first or says nothing in time.
 */
export function startService(
  command: string,
  args: readonly string[],
  ready: RegExp,
  options: SpawnOptions = {},
  input?: string,
): Promise<Service> {
  const child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
  // A program that ends before it has read its input reports itself by its exit.
  child.stdin?.on("error", () => {});
  if (input !== undefined) child.stdin?.write(input);
  const lines: string[] = [];
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      lines.push(error.message);
      resolve();
    });
    child.once("exit", () => resolve());
  });
  const service: Service = {
    process: child,
    log: () => lines.join("\n"),
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(new CommandError(`${[command, ...args].join(" ")} ${why}:\n${service.log()}`));
    const timer = setTimeout(() => {
      fail(`was not ready after ${READY_LIMIT_MS} ms (waiting for ${ready})`);
      void service.stop("SIGKILL");
    }, READY_LIMIT_MS);
    void ended.then(() => {
      clearTimeout(timer);
      fail("ended before it was ready");
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (lines.length > LOG_LINES) lines.shift();
        if (!ready.test(line)) return;
        clearTimeout(timer);
        resolve(service);
      });
    }
  });
}
