/** For tests: a coturn of their own on the loopback interface. */
import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Long enough for a busy machine; a coturn that will not start has ended by then. */
const START_LIMIT_MS = 15_000;

export const TURN_SECRET = "for-tests-not-a-secret";

/** Said when its sockets listen; that a "turn server" was created, it says before. */
export const COTURN_LISTENS = /Total (general servers|auth threads)/i;

export interface TestCoturn {
  /** UDP and TCP. */
  readonly port: number;
  readonly tlsPort: number;
  /** PEM of the certificate for 127.0.0.1 and localhost. */
  readonly certificate: string;
  stop(): Promise<void>;
}

/** Starts Debian's `turnserver`; `lines` are options after its own. */
export async function startCoturn(lines: readonly string[] = []): Promise<TestCoturn> {
  const directory = mkdtempSync(join(tmpdir(), "skein-coturn-"));
  const path = (name: string) => join(directory, name);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const certificate = makeCertificate(path("cert.pem"), path("key.pem"));
  const configuration = [
    "listening-ip=127.0.0.1",
    "relay-ip=127.0.0.1",
    `listening-port=${port}`,
    `tls-listening-port=${tlsPort}`,
    `cert=${path("cert.pem")}`,
    `pkey=${path("key.pem")}`,
    "use-auth-secret",
    `static-auth-secret=${TURN_SECRET}`,
    "realm=skein",
    "fingerprint",
    "no-cli",
    "no-dtls",
    "allow-loopback-peers",
    "relay-threads=1",
    "log-file=stdout",
    `pidfile=${path("pid")}`,
    `userdb=${path("db")}`,
    ...lines,
  ];
  writeFileSync(path("turnserver.conf"), `${configuration.join("\n")}\n`, { mode: 0o600 });
  const child = spawn("turnserver", ["-c", path("turnserver.conf")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  await new Promise<void>((resolve, reject) => {
    const give = () => reject(new Error(`coturn does not start:\n${log}`));
    const timer = setTimeout(give, START_LIMIT_MS);
    child.once("error", reject);
    child.once("exit", give);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (part: string) => {
        log += part;
        if (!COTURN_LISTENS.test(log)) return;
        clearTimeout(timer);
        child.off("exit", give);
        resolve();
      });
    }
  });
  return {
    port,
    tlsPort,
    certificate,
    async stop() {
      const gone = once(child, "exit");
      if (child.exitCode === null && child.kill("SIGKILL")) await gone;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A port that was free for UDP and TCP a moment ago. */
export async function freePort(): Promise<number> {
  const tcp = createServer().listen(0, "127.0.0.1");
  await once(tcp, "listening");
  const { port } = tcp.address() as { port: number };
  const udp = createSocket("udp4");
  const isFree = await new Promise<boolean>((resolve) => {
    udp.once("error", () => resolve(false));
    udp.bind(port, "127.0.0.1", () => resolve(true));
  });
  if (isFree) udp.close();
  await new Promise((resolve) => tcp.close(resolve));
  return isFree ? port : freePort();
}

function makeCertificate(cert: string, key: string): string {
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const files = ["-nodes", "-days", "2", "-keyout", key, "-out", cert];
  execFileSync("openssl", [...request, ...names, ...files], { stdio: "ignore" });
  return readFileSync(cert, "utf8");
}
