/** The entry points of both packages by their sources: what is built, and what develops unbuilt. */
import { fileURLToPath } from "node:url";

const source = (relative: string): string =>
  fileURLToPath(new URL(`../${relative}`, import.meta.url));

/** What comes after `skein/`, and its source. */
export const libraryEntries = {
  index: source("lib/src/index.ts"),
  cursors: source("lib/src/cursor/index.ts"),
  inspector: source("lib/src/inspector/index.ts"),
  react: source("lib/src/react/index.ts"),
  element: source("lib/src/element/index.ts"),
  testing: source("lib/src/testing/index.ts"),
};

export const serverEntries = {
  index: source("signaling-server/src/index.ts"),
  vite: source("signaling-server/src/vite.ts"),
  token: source("signaling-server/src/token.ts"),
  cli: source("signaling-server/src/cli.ts"),
};

/** Nothing must be built to develop: imports of the packages lead to their sources. */
export const sourceAliases = [
  { find: /^skein$/, replacement: libraryEntries.index },
  { find: /^skein\/cursors$/, replacement: libraryEntries.cursors },
  { find: /^skein\/inspector$/, replacement: libraryEntries.inspector },
  { find: /^skein\/react$/, replacement: libraryEntries.react },
  { find: /^skein\/element$/, replacement: libraryEntries.element },
  { find: /^skein\/testing$/, replacement: libraryEntries.testing },
  { find: /^skein-server$/, replacement: serverEntries.index },
  { find: /^skein-server\/vite$/, replacement: serverEntries.vite },
  { find: /^skein-server\/token$/, replacement: serverEntries.token },
];
