/** Serves the demo with a signaling server of its own, on this computer and on the local network. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createServer } from "vite";

const DEFAULT_PORT = 5173;
const root = fileURLToPath(new URL("..", import.meta.url));

function fail(message) {
  console.error(message);
  process.exit(1);
}

function portFrom(text) {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) fail(`The port must be a number from 0 to 65535, not "${text}".`);
  return port;
}

function readPort() {
  try {
    const { values } = parseArgs({ options: { port: { type: "string" } } });
    return portFrom(values.port ?? (process.env.PORT || String(DEFAULT_PORT)));
  } catch (error) {
    return fail(`${error.message}\nUsage: npm start -- [--port ${DEFAULT_PORT}]`);
  }
}

const server = await createServer({
  configFile: `${root}vite.config.ts`,
  logLevel: "warn",
  clearScreen: false,
  server: { host: true, port: readPort(), strictPort: false },
});

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, async () => {
    // A second Ctrl+C does not wait for anybody.
    if (stopping) process.exit(130);
    stopping = true;
    await server.close();
    process.exit(0);
  });
}

try {
  await server.listen();
} catch (error) {
  fail(`The demo could not be served: ${error.message}`);
}

const { local, network } = server.resolvedUrls;
const lines = [
  "",
  "  Skein demo",
  "",
  `  On this computer   ${local[0]}`,
  ...network.map(
    (url, index) => `  ${index === 0 ? "On your network " : "                "}   ${url}`,
  ),
  "",
  "  Open it in two tabs, or scan the code on the page with a phone. Ctrl+C stops it.",
  "",
];
console.log(lines.join("\n"));
