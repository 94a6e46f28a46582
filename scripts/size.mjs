/**
 * What the library costs an app: bundles the built library with its dependencies the way an app's
 * build does (Rolldown, which is Vite's bundler, minified), and weighs it gzipped. `--write` puts the figures into README.md, `--json`
 * prints them for a test.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const readmeFile = join(root, "README.md");

/** One line of the table each: what an app writes, and the smallest program that does. */
const uses = [
  {
    name: '`joinRoom` from `"skein"`',
    code: 'import { joinRoom } from "skein"; joinRoom("x");',
  },
  {
    name: 'with `attachCursors` from `"skein/cursors"`',
    code: 'import { joinRoom } from "skein"; import { attachCursors } from "skein/cursors"; attachCursors(joinRoom("x"), document.body);',
  },
  {
    name: '`RoomProvider` and hooks from `"skein/react"`, besides React',
    code: 'import { RoomProvider, usePeers, usePresence } from "skein/react"; console.log(RoomProvider, usePeers, usePresence);',
  },
  {
    name: "with `<Cursors>` and `<AvatarStack>`",
    code: 'import * as react from "skein/react"; console.log(react);',
  },
  {
    name: '`<skein-cursors>` and `<skein-avatars>` from `"skein/element"`',
    code: 'import "skein/element";',
  },
  {
    name: '`attachInspector` from `"skein/inspector"`, by itself',
    code: 'import { attachInspector } from "skein/inspector"; console.log(attachInspector);',
  },
  {
    name: '`shareLinks` from `"skein/inspector"`, by itself',
    code: 'import { shareLinks } from "skein/inspector"; console.log(shareLinks);',
  },
  {
    name: '`createFaults` from `"skein/testing"`, by itself',
    code: 'import { createFaults } from "skein/testing"; console.log(createFaults);',
  },
  {
    name: '`createTestHub` from `"skein/testing"`, with whole rooms',
    code: 'import { createTestHub } from "skein/testing"; console.log(createTestHub);',
  },
];

/** Kilobytes of 1000 bytes, to a tenth, as in the table. */
const kilobytes = (bytes) => (bytes / 1000).toFixed(1);
const weigh = (chunks) =>
  chunks.reduce(
    (sum, { code }) => sum + gzipSync(code, { level: constants.Z_BEST_COMPRESSION }).length,
    0,
  );

const weighFile = (path) => weigh([{ code: readFileSync(join(root, path)) }]);

async function bundle(code) {
  const entry = "\0size-entry";
  const build = await rolldown({
    input: entry,
    cwd: root,
    platform: "browser",
    // "use client" is for other bundlers.
    checks: { moduleLevelDirective: false },
    external: /^react(-dom)?(\/|$)/,
    transform: { target: "es2022", define: { "process.env.NODE_ENV": '"production"' } },
    plugins: [
      {
        name: "size-entry",
        resolveId: (id) => (id === entry ? id : undefined),
        load(id) {
          if (id === entry) return code;
          // With the library's own maps the bundle's lead to the sources.
          if (!existsSync(`${id}.map`)) return undefined;
          return { code: readFileSync(id, "utf8"), map: readFileSync(`${id}.map`, "utf8") };
        },
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", minify: true, sourcemap: true });
  await build.close();
  return output.filter(({ type }) => type === "chunk");
}

async function measure({ name, code }) {
  const chunks = await bundle(code);
  const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const first = new Set();
  const follow = (chunk) => {
    if (chunk === undefined || first.has(chunk)) return;
    first.add(chunk);
    for (const file of chunk.imports) follow(byFile.get(file));
  };
  follow(chunks.find(({ isEntry }) => isEntry));
  const lazy = chunks.filter((chunk) => !first.has(chunk));
  return {
    name,
    first: weigh([...first]),
    lazy: weigh(lazy),
    lazyModules: modulesOf(lazy),
    firstModules: modulesOf([...first]),
    firstCode: [...first].map((chunk) => chunk.code).join("\n"),
    lazyCode: lazy.map((chunk) => chunk.code).join("\n"),
  };
}

/** Sources that left anything in the output, by their path in the repository. */
const modulesOf = (chunks) =>
  chunks.flatMap(({ map }) => map.sources.map((source) => source.replace(/^(\.\.\/)+/, "")));

function tableOf(measured) {
  return [
    "| an app that uses | before it runs | beside the handshake |",
    "| --- | ---: | ---: |",
    ...measured.map(
      ({ name, first, lazy }) => `| ${name} | ${kilobytes(first)} kB | ${kilobytes(lazy)} kB |`,
    ),
  ].join("\n");
}

const TABLE = /(<!-- size -->\n)[\s\S]*?(\n<!-- \/size -->)/;

if (!existsSync(join(root, "lib/dist/index.js"))) {
  console.error("Nothing is built yet: run `npm run build` first.");
  process.exit(1);
}
const measured = [];
for (const use of uses) measured.push(await measure(use));
const table = `${tableOf(measured)}\n\nThe file for a script tag has all of it inside: ${kilobytes(weighFile("lib/dist/skein-element.min.js"))} kB.`;
const readme = readFileSync(readmeFile, "utf8");
if (process.argv.includes("--json")) {
  const readmeTable = TABLE.exec(readme)?.[0].split("\n").slice(1, -1).join("\n") ?? "";
  process.stdout.write(JSON.stringify({ measured, table, readmeTable }));
} else {
  console.log(table);
  if (process.argv.includes("--write"))
    writeFileSync(readmeFile, readme.replace(TABLE, `$1${table}$2`));
}
