/**
 * Leaves out of the browser build what socket.io-client and simple-peer carry for others: HTTP
 * long-polling, WebTransport, acknowledgements, its parsers, its emitter and its Manager of the one;
 * streams, Buffer and debug output of the other. That is more than half of the weight of everything
 * that an app would load, and Skein uses none of it. What stays of their code stays as it is. Node
 * gets both whole.
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { leaveOut } from "./leaveOut.ts";
import { UNUSED_OF_SOCKET_IO } from "./unusedOfSocketIo.ts";

const require = createRequire(import.meta.url);
const source = (path: string): string =>
  fileURLToPath(new URL(`../lib/src/${path}`, import.meta.url));

const engine = (file: string): string =>
  require.resolve("engine.io-client").replace(/build\/.*$/, `build/esm/${file}`);

const SOCKET_IO = /node_modules\/(socket\.io-client|engine\.io-client)\//;
const SIMPLE_PEER = /node_modules\/simple-peer\//;

/** Modules in place of others, by a name that no file has. */
const STAND_INS: { readonly [id: string]: string } = {
  // The packet types of the socket.io protocol; the parser is Skein's own.
  "\0skein:parser": `
    export { Encoder, Decoder } from ${JSON.stringify(source("signaling/parser.ts"))};
    export const protocol = 5;
    export * as PacketType from "\0skein:packet-types";`,
  "\0skein:packet-types":
    "export const CONNECT = 0, DISCONNECT = 1, EVENT = 2, ACK = 3, CONNECT_ERROR = 4, BINARY_EVENT = 5, BINARY_ACK = 6;",
  // Skein gives an origin.
  "\0skein:parseuri": `
    export const parse = (origin) => {
      const { protocol, hostname, port } = new URL(origin);
      return { protocol: protocol.slice(0, -1), host: hostname, port };
    };`,
  "\0skein:debug": "module.exports = () => () => {};",
  // An id for debug output, and a channel name where none is given: Skein gives one.
  "\0skein:randombytes": "module.exports = () => ({ toString: () => 'skein' });",
  // The bytes of a message are handed to `push`, which throws them away.
  "\0skein:buffer": "exports.Buffer = { from: (data) => data };",
};

/** Past the packages' indexes, that of socket.io-client would lead back to where it is imported from. */
const OF_BARE_MANAGER: { readonly [specifier: string]: string } = {
  "engine.io-client": engine("socket.js"),
  "socket.io-client": require
    .resolve("socket.io-client")
    .replace(/build\/.*$/, "build/esm/socket.js"),
};

const OF_SOCKET_IO: { readonly [specifier: string]: string } = {
  "@socket.io/component-emitter": source("signaling/bare-emitter.ts"),
  "socket.io-parser": "\0skein:parser",
  "engine.io-parser": source("signaling/packets.ts"),
  "./globals.node.js": engine("globals.js"),
  "../globals.node.js": engine("globals.js"),
  "./contrib/parseuri.js": "\0skein:parseuri",
};

const OF_SIMPLE_PEER: { readonly [specifier: string]: string } = {
  "readable-stream": source("path/bare-duplex.ts"),
  debug: "\0skein:debug",
  randombytes: "\0skein:randombytes",
  buffer: "\0skein:buffer",
};

export function leanDependencies(): Plugin {
  return {
    name: "skein-lean-dependencies",
    enforce: "pre",
    resolveId(id, importer) {
      // The file that bundlers take as it is has all of it inside.
      if (id === "simple-peer/simplepeer.min.js") return require.resolve("simple-peer");
      if (id in STAND_INS) return id;
      if (importer === undefined) return undefined;
      if (importer.endsWith("bare-manager.ts")) return OF_BARE_MANAGER[id];
      if (id === "socket.io-client") return source("signaling/bare-manager.ts");
      if (SIMPLE_PEER.test(importer)) return OF_SIMPLE_PEER[id];
      if (!SOCKET_IO.test(importer)) return undefined;
      return OF_SOCKET_IO[id];
    },
    load: (id) => STAND_INS[id],
    // None of its modules does anything by being loaded; the packages forget to say so.
    transform(code, id) {
      if (!SOCKET_IO.test(id)) return undefined;
      const file = Object.keys(UNUSED_OF_SOCKET_IO).find((end) => id.endsWith(`/${end}`));
      const used =
        file === undefined ? code : leaveOut(file, code, UNUSED_OF_SOCKET_IO[file] ?? {});
      return { code: used, map: null, moduleSideEffects: false };
    },
  };
}
