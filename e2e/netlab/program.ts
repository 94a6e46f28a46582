import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";
import { keepingNodeEnv } from "../node-env.ts";
import { repository } from "../site.ts";

const ENTRY = "program";
/** Within the repository, where Node finds the packages that a program imports. */
const folder = join(repository, "reports/programs");
const bundled = new Map<string, Promise<string>>();

/**
 * A file of the lab with a `main(args)`, as a path for plain Node. It is bundled once: a program that
 * first transforms itself takes a core for two seconds, of a machine that other hosts of the lab share.
 */
export function program(name: string): Promise<string> {
  const path = bundled.get(name) ?? bundle(name);
  bundled.set(name, path);
  return path;
}

async function bundle(name: string): Promise<string> {
  const file = JSON.stringify(join(import.meta.dirname, name));
  const result = await keepingNodeEnv(() =>
    build({
      configFile: false,
      root: repository,
      publicDir: false,
      logLevel: "error",
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
        write: false,
        rolldownOptions: {
          input: ENTRY,
          output: { codeSplitting: false },
          // What only the other half of such a file uses, which starts it, is left out.
          treeshake: { moduleSideEffects: "no-external" },
        },
      },
    }),
  );
  const [output] = [result].flat();
  if (output === undefined || !("output" in output)) throw new Error("nothing was built");
  await mkdir(folder, { recursive: true });
  const path = join(folder, name.replace(/\.ts$/, ".mjs"));
  // In one step: others may do the same at this time.
  const whole = `${path}.${process.pid}`;
  await writeFile(whole, output.output[0].code);
  await rename(whole, path);
  return path;
}
