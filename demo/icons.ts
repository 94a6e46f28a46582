import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

const PREFIX = "lucide:";
const NAME = /^[a-z0-9-]+$/;
const SHAPE = /<(path|circle|ellipse|rect|line|polyline|polygon)\s([^>]*)\/>/g;
const ATTRIBUTE = /([a-z0-9-]+)="([^"]*)"/g;

/**
 * `import pencil from "lucide:pencil"` gives the shapes of one of Lucide's icons as data, for the page
 * to make elements of: no markup is parsed there, which Trusted Types would not allow.
 */
export function icons(): Plugin {
  const manifest = createRequire(import.meta.url).resolve("lucide-static/package.json");
  return {
    name: "skein-demo:icons",
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const name = id.slice(PREFIX.length + 1);
      const file = join(dirname(manifest), "icons", `${name}.svg`);
      if (!NAME.test(name) || !existsSync(file)) this.error(`Lucide has no icon "${name}".`);
      return `export default ${JSON.stringify(shapesOf(readFileSync(file, "utf8")))};`;
    },
  };
}

function shapesOf(svg: string): [string, Record<string, string>][] {
  return Array.from(svg.matchAll(SHAPE), ([, tag = "", attributes = ""]) => [
    tag,
    Object.fromEntries(
      Array.from(attributes.matchAll(ATTRIBUTE), ([, name = "", value = ""]) => [name, value]),
    ),
  ]);
}
