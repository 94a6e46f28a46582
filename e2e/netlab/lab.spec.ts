import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { numbers, ports, publicAddress } from "./addresses.ts";
import { Coturn, turnCredentials } from "./coturn.ts";
import { LONG_TTL_SECONDS, origin } from "./drivers.ts";
import { Lab } from "./lab.ts";
import { expect, FAR, test } from "./labTest.ts";
import { NamespaceSet } from "./namespace.ts";
import { reachesTcp, stunMappings } from "./probe.ts";
import { skipWithoutLab } from "./requirements.ts";
import { turnPermissions } from "./turnClient.ts";

skipWithoutLab();

const turn = publicAddress(4, numbers.turn);
const turnSecond = publicAddress(4, numbers.turnSecond);

/** How long something that ought to work may take on a busy machine, in ms. */
const PATIENCE_MS = 5000;
/** How long to listen for what must not arrive, in ms. */
const SILENCE_MS = 1000;

test.describe("networks", () => {
  for (const network of ["open", "cone"]) {
    test(`${network}: one public port for all destinations`, async ({ testLab: { lab } }) => {
      const mappings = await stunMappings(lab.host(network), [turn, turnSecond], ports.turn);
      const [one, other] = mappings.map(({ port }) => port);
      expect(one).toBeGreaterThan(0);
      expect(other).toBe(one);
    });
  }

  test("symmetric: another public port for each destination", async ({ testLab: { lab } }) => {
    const mappings = await stunMappings(lab.host("symmetric"), [turn, turnSecond], ports.turn);
    const [one, other] = mappings.map(({ port }) => port);
    expect(one).toBeGreaterThan(0);
    expect(other).toBeGreaterThan(0);
    expect(other).not.toBe(one);
  });

  test("udp-blocked: TCP anywhere, no UDP", async ({ testLab: { lab } }) => {
    const host = lab.host("udp-blocked");
    const [mapping] = await stunMappings(host, [turn], ports.turn);
    expect(mapping?.port).toBeUndefined();
    expect(await reachesTcp(host, turn, ports.turn)).toBe(true);
  });

  test("signaling-only: TCP to the signaling server, nothing else", async ({
    testLab: { lab },
  }) => {
    const host = lab.host("signaling-only");
    const [mapping] = await stunMappings(host, [turn], ports.turn);
    expect(mapping?.port).toBeUndefined();
    expect(await reachesTcp(host, turn, ports.turn)).toBe(false);
    expect(await reachesTcp(host, lab.signaling.publicAddress, ports.signaling)).toBe(true);
  });

  test("a shaped line is slow, uneven and lossy, and can be changed in use", async ({
    testLab: { lab },
  }) => {
    const far = lab.host("far");
    const measure = async () => {
      const all = await stunMappings(far, [turn], ports.turn, 100);
      return all.filter(({ port }) => port !== undefined).map(({ ms }) => ms);
    };
    // The least of many is what the line itself costs, however busy the machine is.
    const least = async () => Math.min(...(await measure()));
    const [near] = await stunMappings(lab.host("cone"), [turn], ports.turn);
    expect(near?.port).toBeGreaterThan(0);
    const floor = FAR.rttMs - FAR.jitterMs;
    expect(await least()).toBeGreaterThanOrEqual(floor);
    await lab.setLink(far, { rttMs: 300 });
    const slower = await measure();
    expect(slower).toHaveLength(100);
    expect(Math.min(...slower)).toBeGreaterThanOrEqual(300);
    await lab.setLink(far, { rttMs: 0, lossPercent: 50 });
    const arrived = (await measure()).length;
    // A quarter comes through both ways: 25 of 100, and outside of these bounds once in a million.
    expect(arrived).toBeGreaterThan(5);
    expect(arrived).toBeLessThan(50);
    await lab.setLink(far, FAR);
    expect(await least()).toBeGreaterThanOrEqual(floor);
  });
});

test.describe("faults", () => {
  test("without UDP, TCP goes on, and what was taken is given back", async ({
    testLab: { lab },
  }) => {
    const host = lab.host("cone");
    const answered = async () => (await stunMappings(host, [turn], ports.turn))[0]?.port;
    const undo = await lab.faults.blackhole(host, "udp");
    expect(await answered()).toBeUndefined();
    expect(await reachesTcp(host, turn, ports.turn)).toBe(true);
    await undo();
    expect(await answered()).toBeGreaterThan(0);
    await lab.faults.blackhole(host, "turn");
    expect(await answered()).toBeUndefined();
    expect(await reachesTcp(host, turn, ports.turn)).toBe(false);
    await lab.faults.restore();
    expect(await answered()).toBeGreaterThan(0);
  });

  for (const kind of ["chromium", "firefox"] as const) {
    test(`a black hole between two hosts silences an open link (${kind})`, async ({
      testLab: { lab, driver },
      pageOn,
    }) => {
      const [a, b] = [await pageOn("open", kind), await pageOn("cone", kind)];
      expect((await driver.link(lab, a, b, `hole-${kind}`)).path).toBe("direct");
      const ping = (limitMs: number) => a.evaluate((ms) => globalThis.rawLink?.ping(ms), limitMs);
      expect(await ping(PATIENCE_MS)).toBe(true);
      const undo = await lab.faults.blackhole(lab.host("open"), lab.host("cone"));
      expect(await ping(SILENCE_MS)).toBe(false);
      // The signaling socket of the same page is not touched.
      expect(await a.evaluate(() => globalThis.rawLink?.socket.readyState)).toBe(1);
      await undo();
      await expect.poll(() => ping(SILENCE_MS), { timeout: PATIENCE_MS * 2 }).toBe(true);
    });

    test(`a reset ends the sockets that are open, not later ones (${kind})`, async ({
      testLab: { lab },
      pageOn,
    }) => {
      const page = await pageOn("cone", kind);
      await page.goto(origin(lab));
      const open = () =>
        page.evaluate(
          () =>
            new Promise<void>((resolve, reject) => {
              const socket = new WebSocket(`${location.origin.replace("http", "ws")}/reset`);
              socket.onopen = () => resolve();
              socket.onerror = () => reject(new Error("refused"));
              socket.onclose = ({ code }) => document.body.append(`closed ${code}`);
            }),
        );
      await open();
      const resets = await lab.faults.resetTcp(lab.host("cone"), ports.signaling);
      expect(resets).toBeGreaterThan(0);
      await expect(page.locator("body")).toHaveText("closed 1006");
      await open();
    });
  }
});

test.describe("coturn", () => {
  test("runs on the deployed configuration without complaints", async () => {
    const lab = await Lab.create({});
    try {
      const coturn = await Coturn.start(lab);
      expect(coturn.log()).toContain("Listener address to use");
      expect(coturn.log()).not.toMatch(/bad configuration|config error/i);
    } finally {
      await lab.close();
    }
  });

  test("refuses credentials that are wrong or have expired", async ({ testLab: { lab } }) => {
    const ask = async (credentials: ReturnType<typeof turnCredentials>) =>
      (await turnPermissions(lab, lab.host("cone"), credentials, [lab.turn.publicAddress]))[0]
        ?.code;
    expect(await ask(turnCredentials(LONG_TTL_SECONDS))).toBe(0);
    expect(await ask(turnCredentials(LONG_TTL_SECONDS, "another secret"))).toBe(401);
    expect(await ask(turnCredentials(-1))).toBe(401);
  });

  test("relays to the internet and to itself, and nowhere else", async ({ testLab: { lab } }) => {
    const allowed = [lab.turn.publicAddress, lab.host("cone").publicAddress, "8.8.8.8"];
    const denied = [
      ...["0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8"],
      ...["169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1"],
      ...["192.88.99.1", "192.168.50.2", "198.18.0.1", "198.51.100.7", "224.0.0.1", "240.0.0.1"],
      "255.255.255.255",
    ];
    const credentials = turnCredentials(LONG_TTL_SECONDS);
    const answers = await turnPermissions(lab, lab.host("cone"), credentials, [
      ...allowed,
      ...denied,
    ]);
    expect(answers).toEqual([
      ...allowed.map((peer) => ({ peer, code: 0 })),
      ...denied.map((peer) => ({ peer, code: 403 })),
    ]);
  });
});

test.describe("coturn in a cloud, with a private address behind a one-to-one NAT", () => {
  test("relays to the internet and to itself, and to none of its neighbours", async () => {
    const lab = await Lab.create({ a: { network: "symmetric" } }, 4, "cloud");
    try {
      await Coturn.start(lab);
      const { publicAddress: own, ownAddress } = lab.turn;
      const [neighbour, gateway] = [7, 1].map((n) => ownAddress.replace(/\d+$/, `${n}`));
      const allowed = [own, lab.host("a").publicAddress, "8.8.8.8"];
      const denied = [
        ...[neighbour, gateway, "10.1.2.3", "100.100.100.200", "127.0.0.1", "169.254.169.254"],
        ...["0.0.0.0", "172.16.0.1", "192.168.0.1", "224.0.0.1"],
      ].filter((peer) => peer !== undefined);
      const credentials = turnCredentials(LONG_TTL_SECONDS);
      const asked = [...allowed, ...denied];
      expect(await turnPermissions(lab, lab.host("a"), credentials, asked)).toEqual([
        ...allowed.map((peer) => ({ peer, code: 0 })),
        ...denied.map((peer) => ({ peer, code: 403 })),
      ]);
    } finally {
      await lab.close();
    }
  });
});

/** The namespaces of a process. Other labs may run at the same time. */
function namespacesOf(pid: number | undefined): string[] {
  return readdirSync("/run/netns").filter((name) => name.startsWith(`skein-${pid}-`));
}

test("what a crashed run left behind is removed by the next", async () => {
  const files = ["run.mjs", "crash.ts"].map((name) => join(import.meta.dirname, name));
  const crashing = spawn(process.execPath, files, { stdio: "ignore" });
  await once(crashing, "exit");
  const left = () => namespacesOf(crashing.pid);
  expect(crashing.signalCode).toBe("SIGKILL");
  expect(left()).not.toEqual([]);
  const next = new NamespaceSet();
  expect(left()).toEqual([]);
  next.closeNow();
});

test("a closed lab leaves nothing", async () => {
  const before = namespacesOf(process.pid);
  const lab = await Lab.create({ a: { network: "cone", link: { rttMs: 10 } } });
  expect(namespacesOf(process.pid)).not.toEqual(before);
  await lab.close();
  expect(namespacesOf(process.pid)).toEqual(before);
});
