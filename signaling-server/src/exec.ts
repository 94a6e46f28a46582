/** `--exec`: a command that has a signaling server for as long as it runs, such as a test run in CI. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { setTimeout } from "node:timers/promises";
import { SOCKET_PATH } from "../../lib/src/signaling/events.ts";

/** What a terminal, a CI runner or a container tells whoever should stop. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** As shells say that a signal ended a command. */
const ENDED_BY_SIGNAL = 128;
/** What a signal was sent to may take so long to end, looked at so often; then it is left alone. */
const LAST_MS = 5_000;
const LAST_LOOK_MS = 50;
/** On Windows a console's Ctrl+C reaches everybody in it, and there are no groups to signal. */
const HAS_GROUPS = process.platform !== "win32";

/** What the command finds in SKEIN_URL, and `joinRoom` takes for `server`. */
export function serverUrl(url: string, path: string = SOCKET_PATH): string {
  const { protocol, hostname, port } = new URL(url);
  // "Every network" is where to listen, not where to connect to.
  const host = { "0.0.0.0": "127.0.0.1", "[::]": "[::1]" }[hostname] ?? hostname;
  const base = path.endsWith(SOCKET_PATH) ? path.slice(0, -SOCKET_PATH.length) : "";
  return `${protocol}//${host}:${port}${base}`;
}

/**
 * Runs it by the shell, with what this process has for input and output. Signals to this process go to
 * the command and all that it started. Resolves with the code to exit with.
 */
export async function runCommand(command: string, url: string): Promise<number> {
  // Else a server that the command starts would run it once more.
  const { SKEIN_EXEC: _, ...environment } = process.env;
  const child = spawn(command, {
    shell: true,
    stdio: "inherit",
    detached: HAS_GROUPS,
    env: { ...environment, SKEIN_URL: url },
  });
  let told = false;
  const forward = (signal: NodeJS.Signals) => {
    told = true;
    tell(child, signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    if (told) await lastOf(child);
    return code ?? ENDED_BY_SIGNAL + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

/** False when nobody is left to tell; 0 only asks. */
function tell(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    return HAS_GROUPS ? process.kill(-child.pid, signal) : child.kill(signal);
  } catch {
    return false;
  }
}

/** A shell dies of a signal at once; what it was waiting for may be tidying up. */
async function lastOf(child: ChildProcess): Promise<void> {
  const until = performance.now() + LAST_MS;
  while (tell(child, 0) && performance.now() < until) await setTimeout(LAST_LOOK_MS);
}
