import { readdir, readFile } from "node:fs/promises";
import { SourceMap, type SourceMapPayload, type SourceMapping } from "node:module";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { repository } from "./commands.ts";

const dist = join(repository, "lib/dist");

/** Our own, and of the modules that scripts/unusedOfSocketIo.ts leaves most out of. */
const LINES = [
  { source: "src/signaling/reconnection.ts", line: "this.#losses++;" },
  { source: "engine.io-client/build/esm/socket.js", line: "_hasPingExpired() {" },
  { source: "socket.io-client/build/esm/socket.js", line: "onevent(packet) {" },
];

test("source maps lead to the line that was written", async () => {
  // What several entry points share is in chunks.
  const files = (await readdir(dist, { recursive: true })).filter((file) =>
    /^(index|chunks\/.*)\.js$/.test(file),
  );
  const built = await Promise.all(files.map(readBuilt));
  for (const { source, line } of LINES) {
    const found = built.flatMap(({ code, map, payload }) =>
      code
        .flatMap((text, at) =>
          text.trim() === line ? [map.findEntry(at, text.indexOf(line))] : [],
        )
        .filter((entry): entry is SourceMapping => "originalSource" in entry)
        .filter(({ originalSource }) => originalSource.endsWith(source))
        .map(({ originalSource, originalLine }) => {
          const content = payload.sourcesContent[payload.sources.indexOf(originalSource)];
          return content?.split("\n")[originalLine];
        }),
    );
    expect(found, line).toEqual([expect.stringContaining(line)]);
  }
});

async function readBuilt(file: string) {
  const [code, map] = await Promise.all(
    [file, `${file}.map`].map((name) => readFile(join(dist, name), "utf8")),
  );
  const payload = JSON.parse(map ?? "") as SourceMapPayload;
  return { code: (code ?? "").split("\n"), map: new SourceMap(payload), payload };
}
