import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
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
  services: Record<
    string,
    { environment?: Record<string, string>; ports?: string[]; [option: string]: unknown }
  >;
  secrets: Record<string, { environment: string }>;
}
const compose: Compose = parse(read("compose.yaml"));

/** Fills in variables the way compose does: `${NAME}`, `${NAME:-default}`, `${NAME:+instead}`, `${NAME:?message}`. */
function filledIn(text: string, variables: Readonly<Record<string, string>>): string {
  const filled = text.replace(/\$\{(\w+)(?::([-+?])([^{}]*))?\}/g, (_, name, kind, rest) => {
    const value = variables[name] ?? "";
    if (kind === "+") return value && rest;
    if (value === "" && kind === "?") throw new Error(`${name} is not set: ${rest}`);
    return value || (rest ?? "");
  });
  // What stood within another is filled in first.
  return filled === text ? text : filledIn(filled, variables);
}

/** The settings that the signaling server would run with. */
function signalingOptions(variables: Readonly<Record<string, string>>) {
  const environment = Object.fromEntries(
    Object.entries(compose.services["signaling"]?.environment ?? {}).map(([name, value]) => [
      name,
      filledIn(value, variables),
    ]),
  );
  const command = readConfig([], environment, () => "");
  if (command.kind !== "run") throw new Error(`it would show its ${command.kind}`);
  return checkOptions(command.options);
}

const FILLED = { SKEIN_TURN_HOST: "turn.example.com", SKEIN_TURN_SECRET: "s3cret" };

test("the signaling server understands the environment that compose gives it", () => {
  const { host, port, origins, iceServers, turn } = signalingOptions(FILLED);
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

test("TURN over TLS is announced where it has a port", () => {
  const { turn } = signalingOptions({ ...FILLED, SKEIN_TURN_TLS_PORT: "443" });
  expect(turn?.urls.at(-1)).toBe("turns:turn.example.com:443?transport=tcp");
});

test("the demo is on all addresses, or on one that leaves port 443 of the other to coturn", () => {
  const published = (variables: Readonly<Record<string, string>>) =>
    (compose.services["demo"]?.ports ?? []).map((port) => filledIn(port, variables));
  expect(published({})).toEqual(["80:80", "443:443", "443:443/udp"]);
  expect(published({ SKEIN_SITE_ADDRESS: "10.9.9.8" })).toEqual([
    "10.9.9.8:80:80",
    "10.9.9.8:443:443",
    "10.9.9.8:443:443/udp",
  ]);
});

test("without a secret or a host compose refuses to start", () => {
  const { SKEIN_TURN_SECRET = "", SKEIN_STUN_URL = "" } =
    compose.services["signaling"]?.environment ?? {};
  expect(() => filledIn(SKEIN_TURN_SECRET, {})).toThrow("SKEIN_TURN_SECRET is not set");
  expect(() => filledIn(SKEIN_STUN_URL, {})).toThrow("SKEIN_TURN_HOST is not set");
});

test("example.env names every variable that compose asks for", () => {
  const asked = [
    ...[...read("compose.yaml").matchAll(/\$\{(\w+)/g)].map(([, name]) => name),
    ...Object.values(compose.secrets).map(({ environment }) => environment),
  ];
  const named = [...read("example.env").matchAll(/^(\w+)=/gm)].map(([, name]) => name);
  expect([...new Set(named)].sort()).toEqual([...new Set(asked)].sort());
});

test("coturn is pinned, on the host's network, and its secret in no argument", () => {
  const { coturn } = compose.services;
  expect(coturn).toMatchObject({ image: "coturn/coturn:4.17.0-r0", network_mode: "host" });
  expect(JSON.stringify([coturn?.["entrypoint"], coturn?.["command"]])).not.toContain("SECRET");
  expect(coturn?.["secrets"]).toEqual(Object.keys(compose.secrets));
  expect(coturn?.environment?.["SKEIN_TURN_SECRET_FILE"]).toBe("/run/secrets/turn-secret");
  // What the script reads is what compose gives it, or has a default.
  const asked = [...read("coturn/start.sh").matchAll(/\$\{(SKEIN_\w+)/g)].map(([, name]) => name);
  const given = Object.keys(coturn?.environment ?? {});
  expect([...given, "SKEIN_TURN_CERTIFICATES"].sort()).toEqual([...new Set(asked)].sort());
});

test("every service has a health check, and every image a full version", () => {
  for (const [name, service] of Object.entries(compose.services)) {
    expect(service["healthcheck"], name).toMatchObject({ test: expect.any(Array) });
  }
  const images = [...read("Dockerfile").matchAll(/^FROM (\S+:\S+)/gm)].map(([, image]) => image);
  expect(images.length).toBeGreaterThan(0);
  for (const image of images) expect(image).toMatch(/:\d+\.\d+\.\d+/);
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

/** Runs the deployed start script with a `turnserver` that only shows its configuration. */
async function startScript(settings: Readonly<Record<string, string>>, secret = "s3cret\n") {
  const folder = await mkdtemp(join(tmpdir(), "skein-coturn-"));
  try {
    await writeFile(join(folder, "turnserver"), '#!/bin/sh\ncat "$2"\n', { mode: 0o755 });
    await writeFile(join(folder, "secret"), secret);
    for (const name of ["fullchain.pem", "privkey.pem"]) await writeFile(join(folder, name), "");
    const env = {
      PATH: `${folder}:${process.env["PATH"]}`,
      TMPDIR: folder,
      SKEIN_TURN_SECRET_FILE: join(folder, "secret"),
      SKEIN_TURN_CERTIFICATES: folder,
      ...settings,
    };
    const files = [join(deploy, "coturn/start.sh"), join(deploy, "coturn/turnserver.conf")];
    const { stdout } = await promisify(execFile)("sh", files, { env });
    return stdout.split("\n");
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("coturn is started on the file and what is its server's own", async () => {
  const file = read("coturn/turnserver.conf").split("\n");
  const own = (lines: readonly string[]) => lines.filter((line) => !file.includes(line));
  expect(own(await startScript({}))).toEqual(["static-auth-secret=s3cret"]);
  const cloud = await startScript({
    SKEIN_TURN_EXTERNAL_IP: "8.8.4.4/10.9.9.9 2001:4860::1/fd00::9",
    SKEIN_TURN_ADDRESS: "10.9.9.9",
    SKEIN_TURN_TLS_PORT: "443",
  });
  expect(own(cloud)).toEqual([
    "static-auth-secret=s3cret",
    "external-ip=8.8.4.4/10.9.9.9",
    "external-ip=2001:4860::1/fd00::9",
    "listening-ip=10.9.9.9",
    "relay-ip=10.9.9.9",
    "tls-listening-port=443",
    expect.stringMatching(/^cert=.*fullchain\.pem$/),
    expect.stringMatching(/^pkey=.*privkey\.pem$/),
  ]);
  expect(file.filter((line) => !cloud.includes(line))).toEqual(["no-tls"]);
});

test("coturn is not started on settings that would do something else than they seem to", async () => {
  for (const [settings, why] of [
    [{ SKEIN_TURN_EXTERNAL_IP: "8.8.4.4" }, "allowed: PUBLIC/PRIVATE"],
    [{ SKEIN_TURN_EXTERNAL_IP: "8.8.4.4/10.9.9.9/1" }, "allowed: PUBLIC/PRIVATE"],
    [{ SKEIN_TURN_ADDRESS: "10.9.9.9\nno-auth" }, "one IP address"],
    [{ SKEIN_TURN_TLS_PORT: "https" }, "allowed: a port"],
    [{ SKEIN_TURN_TLS_PORT: "443", SKEIN_TURN_CERTIFICATES: "/nowhere" }, "cannot read /nowhere"],
  ] as const) {
    await expect(startScript(settings)).rejects.toThrow(why);
  }
  await expect(startScript({}, "")).rejects.toThrow("is empty");
  await expect(startScript({}, "s3cret\nno-auth\n")).rejects.toThrow("line breaks");
});
