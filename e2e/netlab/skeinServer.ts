import { readFile } from "node:fs/promises";
import type { SignalingServerOptions } from "../../signaling-server/src/index.ts";
import { serveLibrary } from "../serve-library.ts";

/*
 * The real signaling server, and the test page beside it, on a host of the lab. It is killed and
 * started again in the middle of tests, and so takes the page as its starter has built it.
 */

/** What it is told, as JSON. */
export interface SkeinServerSetup {
  host: string;
  port: number;
  /** A file with the page: `[path, text][]` as JSON. */
  page: string;
  server: Pick<SignalingServerOptions, "iceServers" | "turn" | "policy">;
}

export async function main([setup = ""]: string[]): Promise<void> {
  const { host, port, page, server } = JSON.parse(setup) as SkeinServerSetup;
  const files = new Map<string, string>(JSON.parse(await readFile(page, "utf8")));
  const library = await serveLibrary(files, { host, port, ...server });
  const ended = new Promise<void>((resolve) => process.once("SIGTERM", () => resolve()));
  process.stdout.write("listening\n");
  await ended;
  await library.close();
}
