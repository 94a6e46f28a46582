import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleOne } from "../bundle.ts";
import { repository } from "../site.ts";
import type { Host } from "./topology.ts";

const ENTRY = "program";
/** Within the repository, where Node finds the packages that a program imports. */
const folder = join(repository, "reports/programs");
const bundled = new Map<string, Promise<string>>();

/**
 * A file of the lab with a `main(args)`, as a path for plain Node. It is bundled once: a program that
 * first transforms itself takes a core for more than a second, of a machine that all hosts share.
 */
export function program(name: string): Promise<string> {
  const path = bundled.get(name) ?? write(name);
  bundled.set(name, path);
  return path;
}

/** Runs such a program on a host. Resolves with what it says, which is JSON. */
export async function ask<T>(host: Host, name: string, args: readonly string[]): Promise<T> {
  return JSON.parse(await host.namespace.exec(process.execPath, [await program(name), ...args]));
}

async function write(name: string): Promise<string> {
  const file = JSON.stringify(join(import.meta.dirname, name));
  const code = await bundleOne({
    configFile: false,
    root: repository,
    publicDir: false,
    plugins: [
      {
        name: "lab-program",
        resolveId: (id) => (id === ENTRY ? `\0${ENTRY}` : null),
        load: (id) =>
          id === `\0${ENTRY}`
            ? `import { main } from ${file};\nawait main(process.argv.slice(2));`
            : null,
      },
    ],
    build: {
      ssr: true,
      target: "node20",
      rolldownOptions: {
        input: ENTRY,
        output: { codeSplitting: false },
        // What only the other half of such a file uses, which starts it, is left out.
        treeshake: { moduleSideEffects: "no-external" },
      },
    },
  });
  await mkdir(folder, { recursive: true });
  const path = join(folder, name.replace(/\.ts$/, ".mjs"));
  // In one step: others may do the same at this time.
  const whole = `${path}.${process.pid}`;
  await writeFile(whole, code);
  await rename(whole, path);
  return path;
}
