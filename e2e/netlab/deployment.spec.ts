import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { parse } from "yaml";
import { readConfig } from "../../signaling-server/src/config.ts";
import { checkOptions } from "../../signaling-server/src/options.ts";
import { labConfiguration } from "./coturn.ts";

/*
 * Images cannot be built everywhere the tests run; what can be checked without Docker is checked.
 */

const deploy = join(import.meta.dirname, "../../deploy");
const read = (name: string) => readFileSync(join(deploy, name), "utf8");

interface Compose {
  services: Record<string, { environment?: Record<string, string>; [option: string]: unknown }>;
}
const compose: Compose = parse(read("compose.yaml"));

/** Fills in variables the way compose does: `${NAME}`, `${NAME:-default}`, `${NAME:?message}`. */
function filledIn(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name, kind, rest) => {
    const value = variables[name];
    if (value) return value;
    if (kind !== "-") throw new Error(`${name} is not set: ${rest}`);
    return rest;
  });
}

test("the signaling server understands the environment that compose gives it", () => {
  const environment = Object.fromEntries(
    Object.entries(compose.services["signaling"]?.environment ?? {}).map(([name, value]) => [
      name,
      filledIn(value, { SKEIN_TURN_HOST: "turn.example.com", SKEIN_TURN_SECRET: "s3cret" }),
    ]),
  );
  const command = readConfig([], environment, () => "");
  if (command.kind !== "run") throw new Error(`it would show its ${command.kind}`);
  const { host, port, origins, iceServers, turn } = checkOptions(command.options);
  expect({ host, port, origins, iceServers, turn }).toEqual({
    host: "0.0.0.0",
    port: 4600,
    origins: ["same-origin"],
    iceServers: [{ urls: ["stun:turn.example.com:3478"] }],
    turn: {
      urls: [
        "turn:turn.example.com:3478?transport=udp",
        "turn:turn.example.com:3478?transport=tcp",
      ],
      secret: "s3cret",
    },
  });
});

test("without a secret or a host compose refuses to start", () => {
  const { SKEIN_TURN_SECRET = "", SKEIN_STUN_URL = "" } =
    compose.services["signaling"]?.environment ?? {};
  expect(() => filledIn(SKEIN_TURN_SECRET, {})).toThrow("SKEIN_TURN_SECRET is not set");
  expect(() => filledIn(SKEIN_STUN_URL, {})).toThrow("SKEIN_TURN_HOST is not set");
});

test("example.env names every variable that compose asks for", () => {
  const asked = [...read("compose.yaml").matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
  const named = [...read("example.env").matchAll(/^(\w+)=/gm)].map(([, name]) => name);
  expect([...new Set(named)].sort()).toEqual([...new Set(asked)].sort());
});

test("coturn is pinned, on the host's network, and finds its address", () => {
  expect(compose.services["coturn"]).toMatchObject({
    image: "coturn/coturn:4.17.0-r0",
    network_mode: "host",
    environment: { DETECT_EXTERNAL_IP: "yes" },
  });
});

test("the lab drops from coturn's file only what an older version does not know", () => {
  const deployed = read("coturn/turnserver.conf");
  const lab = labConfiguration(deployed, ["static-auth-secret=x"]).split("\n");
  const dropped = deployed.split("\n").filter((line) => !lab.includes(line));
  expect(dropped).toEqual(["unauthorized-ratelimit", "unauthorized-ratelimit-rps=100"]);
  expect(lab).toContain("static-auth-secret=x");
});

test("no range in coturn's file begins at ::, which would refuse all of IPv4", () => {
  expect(read("coturn/turnserver.conf")).not.toMatch(/^denied-peer-ip=::-/m);
});

interface Nodes {
  services: Record<string, { environment?: Record<string, string>; [option: string]: unknown }>;
}

test("several servers: each understands its environment, and nginx knows them all", () => {
  const { services }: Nodes = parse(read("compose.nodes.yaml"), { merge: true, logLevel: "error" });
  const nodes = Object.keys(services).filter((name) => /^signaling-\d$/.test(name));
  expect(nodes).toHaveLength(3);
  for (const name of nodes) {
    const environment = { ...services[name]?.environment };
    const command = readConfig([], environment, () => "");
    if (command.kind !== "run") throw new Error(`it would show its ${command.kind}`);
    expect(command.warnings).toEqual([]);
    expect(command.drainSeconds).toBe(20);
    expect(environment["SKEIN_REDIS_URL"]).toBe("redis://redis:6379");
  }
  for (const file of ["upstream-by-room.conf", "upstream-round-robin.conf"]) {
    const named = [...read(`nginx/${file}`).matchAll(/server (\S+):4600/g)].map(([, name]) => name);
    expect({ file, named }).toEqual({ file, named: nodes });
  }
  // Of a server that drains, what asks it whether it lives must not be told otherwise.
  expect(read("Dockerfile")).toMatch(/HEALTHCHECK.*\/health/s);
});
