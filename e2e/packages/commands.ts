import { type ChildProcess, execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Generous: an install on a cold cache goes over the network. */
const COMMAND_TIMEOUT_MS = 240_000;
const START_TIMEOUT_MS = 60_000;
/** A user's shell has none of the settings of the npm and the test runner that run these tests. */
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|FORCE_COLOR$)/i.test(name)),
  ),
  // Vite colours what it prints in CI, port numbers too.
  NO_COLOR: "1",
  NEXT_TELEMETRY_DISABLED: "1",
};
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs a command to its end and gives what it printed; throws with all of its output when it fails. */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, [...args], {
      cwd,
      env: environment,
      timeout: COMMAND_TIMEOUT_MS,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`\`${command} ${args.join(" ")}\` failed:\n${stdout}${stderr}`, {
      cause: error,
    });
  }
}

export interface Running {
  /** What `pattern` matched in the program's output. */
  readonly match: RegExpExecArray;
  stop(): Promise<void>;
}

/** Starts a program and waits until its output matches, such as the line that names its port. */
export function start(
  command: string,
  args: readonly string[],
  cwd: string,
  pattern: RegExp,
): Promise<Running> {
  const child = spawn(command, [...args], {
    cwd,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    let output = "";
    const tooLate = setTimeout(() => {
      void stop(child);
      reject(new Error(`\`${command}\` did not print ${pattern}:\n${output}`));
    }, START_TIMEOUT_MS);
    const read = (chunk: string): void => {
      output += chunk;
      const match = pattern.exec(output);
      if (match === null) return;
      clearTimeout(tooLate);
      resolve({ match, stop: () => stop(child) });
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.on("error", reject);
    child.on("exit", (code) => {
      clearTimeout(tooLate);
      reject(new Error(`\`${command} ${args.join(" ")}\` ended with ${code}:\n${output}`));
    });
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
