/** Pages for tests and benchmarks, built as an app's would be. */
import { join } from "node:path";
import type { BuildOptions, InlineConfig } from "vite";
import { sharedHead } from "../demo/head.ts";
import { sourceAliases } from "../scripts/entries.ts";
import { leanDependencies } from "../scripts/leanDependencies.ts";
import { bundle } from "./bundle.ts";
import { repository } from "./site.ts";

const PAGE = "e2e/pages/room";

const built = new Map<string, Promise<ReadonlyMap<string, string>>>();

/** A page and its chunks by path, built once per process; the test page when none is named. */
export function pageFiles(page = PAGE): Promise<ReadonlyMap<string, string>> {
  const files = built.get(page) ?? buildPage(page);
  built.set(page, files);
  return files;
}

/** The demo's doctor, without the rest of the demo. */
export function doctorFiles(): Promise<ReadonlyMap<string, string>> {
  const input = join(repository, "demo/doctor.html");
  return filesOf({ root: join(repository, "demo"), plugins: [sharedHead()] }, { input });
}

function buildPage(page: string): Promise<ReadonlyMap<string, string>> {
  // As in the published build.
  return filesOf({ root: join(repository, page), plugins: [leanDependencies()] });
}

async function filesOf(
  config: InlineConfig,
  rolldownOptions: BuildOptions["rolldownOptions"] = {},
): Promise<ReadonlyMap<string, string>> {
  const outputs = await bundle({
    configFile: false,
    resolve: { alias: sourceAliases },
    build: { target: "es2022", modulePreload: false, rolldownOptions },
    ...config,
  });
  return new Map(
    outputs.map((file) => [
      `/${file.fileName}`,
      file.type === "chunk" ? file.code : String(file.source),
    ]),
  );
}
