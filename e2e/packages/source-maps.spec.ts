import { readFile } from "node:fs/promises";
import { SourceMap, type SourceMapPayload, type SourceMapping } from "node:module";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { repository } from "./commands.ts";

const built = join(repository, "lib/dist/index.js");

/** Our own, and of the modules that scripts/unusedOfSocketIo.ts leaves most out of. */
const LINES = [
  { source: "src/signaling/reconnection.ts", line: "this.#losses++;" },
  { source: "engine.io-client/build/esm/socket.js", line: "_hasPingExpired() {" },
  { source: "socket.io-client/build/esm/socket.js", line: "onevent(packet) {" },
];

test("source maps lead to the line that was written", async () => {
  const code = (await readFile(built, "utf8")).split("\n");
  const payload = JSON.parse(await readFile(`${built}.map`, "utf8")) as SourceMapPayload;
  const map = new SourceMap(payload);
  for (const { source, line } of LINES) {
    const found = code
      .flatMap((text, at) => (text.trim() === line ? [map.findEntry(at, text.indexOf(line))] : []))
      .filter((entry): entry is SourceMapping => "originalSource" in entry)
      .filter(({ originalSource }) => originalSource.endsWith(source));
    expect(found, line).toHaveLength(1);
    const [{ originalSource, originalLine }] = found as [SourceMapping];
    const content = payload.sourcesContent[payload.sources.indexOf(originalSource)];
    expect(content?.split("\n")[originalLine]).toContain(line);
  }
});
