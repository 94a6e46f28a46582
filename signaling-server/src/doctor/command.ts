/** `skein-server doctor URL`: what this host's links can use, for people and for bug reports. */
import { parseArgs } from "node:util";
import { conclude } from "./diagnosis.ts";
import { diagnoseHost } from "./host.ts";
import { reportForIssue, reportForPeople } from "./report.ts";
import { parseServerAddress, type ServerAddress } from "./signaling.ts";

const HELP = `Usage: skein-server doctor URL [--path PATH]

Asks the signaling server at URL (such as https://signal.example.com) what it announces, and tries
each STUN and TURN server over its own transport from this host. It joins a room of its own.

  --path PATH                path of the WebSocket (default /skein)
  --help                     this text

The exit code is 0 when links work at least through the signaling server, else 1.`;

/** Runs it; resolves with the exit code. */
export async function runDoctor(args: readonly string[], version: string): Promise<0 | 1> {
  let address: ServerAddress | "help";
  try {
    address = read(args);
  } catch (error) {
    console.error(`skein-server: ${(error as Error).message}`);
    return 1;
  }
  if (address === "help") {
    console.log(HELP);
    return 0;
  }
  console.log(`Skein doctor, from this host to ${address.origin}${address.path}\n`);
  const diagnosis = await diagnoseHost(address);
  console.log(`${reportForPeople(diagnosis)}\n\nTo paste into a bug report:\n`);
  console.log(reportForIssue(diagnosis, version, new Date()));
  return conclude(diagnosis).best === "none" ? 1 : 0;
}

function read(args: readonly string[]): ServerAddress | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  const [url, ...more] = positionals;
  if (url === undefined || more.length > 0) {
    throw new TypeError(
      "doctor needs the address of one signaling server, such as https://signal.example.com (see doctor --help)",
    );
  }
  const { path } = values;
  if (path !== undefined && !/^(\/[\w.~-]+)+$/.test(path)) {
    throw new TypeError(`--path is ${JSON.stringify(path)}; allowed: a path such as "/skein"`);
  }
  return parseServerAddress(url, path);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { path: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    const [sentence = ""] = (error as Error).message.split(/\.\s|\n/);
    throw new TypeError(`${sentence} (see doctor --help)`);
  }
}
