/**
 * Brings what the project needs: its packages, and with `--tests` also browsers and the servers that
 * the tests run against. Quick when nothing is to do. Uses nothing but Node itself, since it runs
 * before anything is installed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { playwrightBrowsers, systemBrowsers } from "./browsers.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Vite 8 needs it. */
const MIN_NODE = [20, 19];

/** Debian's packages for the tests: browsers, fonts with emoji, and the servers of the network tests. */
const DEBIAN_PACKAGES = [
  "chromium",
  "firefox-esr",
  "coturn",
  "redis-server",
  "nginx",
  "nftables",
  "iproute2",
  "python3",
  "fonts-noto-core",
  "fonts-noto-color-emoji",
];

/** Units that those packages enable; the tests start servers of their own. */
const DEBIAN_UNITS = ["coturn", "redis-server", "nginx"];

/** Elsewhere: the programs that the tests start, or Docker instead of them. */
const SERVER_PROGRAMS = ["turnserver", "redis-server", "nginx"];

/** One line for each package: its name and whether it is installed. */
const DPKG_FORMAT = `\${Package} \${db:Status-Status}\\n`;

/** Debian asks this file before it starts a service; exit code 101 means "do not". */
const POLICY_FILE = "/usr/sbin/policy-rc.d";

function fail(message) {
  console.error(`\nSetup stopped: ${message}`);
  process.exit(1);
}

function run(command, args, env = {}) {
  console.log(`> ${command} ${args.join(" ")}`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (error) return `${command} could not be started (${error.code ?? error.message}).`;
  return status === 0 ? undefined : `\`${command} ${args.join(" ")}\` failed.`;
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return;
  fail(
    `Node ${MIN_NODE.join(".")} or newer is needed, this is ${process.versions.node}. Install a current one from https://nodejs.org and run the command again.`,
  );
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Whether node_modules holds what the lockfile names. By content: file times change with every clone. */
function packagesAreCurrent() {
  const wanted = readJson(join(root, "package-lock.json"))?.packages;
  const present = readJson(join(root, "node_modules", ".package-lock.json"))?.packages;
  if (!wanted || !present) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const installed = present[path];
    if (!installed) {
      if (entry.optional || entry.peerOptional) continue;
      return false;
    }
    if (installed.version !== entry.version || installed.integrity !== entry.integrity)
      return false;
    if (path.startsWith("node_modules/") && !existsSync(join(root, path))) return false;
  }
  return Object.keys(present).every((path) => path in wanted);
}

function installPackages() {
  if (packagesAreCurrent()) return;
  const failure = run("npm", ["ci", "--no-audit", "--no-fund"]);
  if (failure) fail(`${failure} What it printed above says why.`);
}

function isDebianRoot() {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return (
    existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"))
  );
}

function missingDebianPackages() {
  const { stdout } = spawnSync(
    "dpkg-query",
    ["--show", "--showformat", DPKG_FORMAT, ...DEBIAN_PACKAGES],
    { encoding: "utf8" },
  );
  const installed = new Set((stdout ?? "").split("\n"));
  return DEBIAN_PACKAGES.filter((name) => !installed.has(`${name} installed`));
}

function installDebianPackages() {
  const missing = missingDebianPackages();
  if (missing.length === 0) return;
  const ownPolicy = !existsSync(POLICY_FILE);
  if (ownPolicy) writeFileSync(POLICY_FILE, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  let failure;
  try {
    failure =
      run("apt-get", ["update", "-q"], env) ??
      run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...missing], env);
  } finally {
    if (ownPolicy) rmSync(POLICY_FILE, { force: true });
  }
  if (existsSync("/run/systemd/system")) {
    const units = DEBIAN_UNITS.filter((unit) => missing.includes(unit));
    if (units.length > 0) spawnSync("systemctl", ["disable", "--quiet", ...units]);
  }
  const still = missingDebianPackages();
  if (still.length > 0) {
    fail(
      `these Debian packages are missing and could not be installed: ${still.join(", ")}. ${failure ?? ""}`,
    );
  }
}

function onPath(program) {
  const suffix = process.platform === "win32" ? ".exe" : "";
  return (process.env.PATH ?? "")
    .split(delimiter)
    .some((folder) => folder !== "" && existsSync(join(folder, program + suffix)));
}

async function bringBrowsers() {
  const system = systemBrowsers();
  const wanted = ["chromium", "firefox"].filter((name) => system[name] === undefined);
  const missing = async () => {
    const own = await playwrightBrowsers();
    return wanted.filter((name) => own[name] === undefined);
  };
  const absent = await missing();
  if (absent.length === 0) return [];
  run("npx", ["playwright", "install", ...absent]);
  return (await missing()).map(
    (name) => `the browser ${name} (\`npx playwright install --with-deps ${name}\`)`,
  );
}

function findServers() {
  const absent = SERVER_PROGRAMS.filter((program) => !onPath(program));
  if (absent.length === 0) return [];
  if (spawnSync("docker", ["info"], { stdio: "ignore" }).status === 0) return [];
  return absent.map((program) => `the program ${program} (install it, or start Docker)`);
}

checkNode();
installPackages();
if (process.argv.includes("--tests")) {
  if (isDebianRoot()) {
    installDebianPackages();
  } else {
    const missing = [...(await bringBrowsers()), ...findServers()];
    if (missing.length > 0) fail(`the tests need\n  - ${missing.join("\n  - ")}`);
  }
}
