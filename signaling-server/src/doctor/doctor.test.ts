/** The doctor on real servers: signaling, and coturn on the loopback interface. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { type AddressInfo, createServer as createTcp } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { helpText } from "../config.ts";
import type { SignalingServerOptions } from "../options.ts";
import { urlOf, withServer } from "../test-client.ts";
import { turnCredentials } from "../turn.ts";
import { addressesOf } from "./carrier.ts";
import { freePort, startCoturn, type TestCoturn, TURN_SECRET } from "./coturn.ts";
import { conclude, type Diagnosis } from "./diagnosis.ts";
import { checkIceServers, diagnoseHost } from "./host.ts";
import { parseIceUrl } from "./ice-url.ts";
import { reportForIssue, reportForPeople } from "./report.ts";
import { parseServerAddress } from "./signaling.ts";
import { explainCode, isOurLack } from "./words.ts";

let coturn: TestCoturn;

beforeAll(async () => {
  coturn = await startCoturn();
}, 30_000);
afterAll(() => coturn.stop());

async function diagnose(options: SignalingServerOptions, ca?: string): Promise<Diagnosis> {
  let diagnosis: Diagnosis | undefined;
  await withServer(options, async (server) => {
    const address = parseServerAddress(urlOf(server));
    diagnosis = await diagnoseHost(address, ca === undefined ? {} : { ca });
  });
  if (!diagnosis) throw new Error("no diagnosis");
  return diagnosis;
}

const udpAndTcp = (port: number) => [
  `turn:127.0.0.1:${port}?transport=udp`,
  `turn:127.0.0.1:${port}?transport=tcp`,
];
const tls = () => `turns:127.0.0.1:${coturn.tlsPort}?transport=tcp`;
const states = ({ ice }: Diagnosis) => ice.map(({ name, state }) => [name, state]);

test("with everything in place each way works, and the best path is direct", async () => {
  const found = await diagnose(
    {
      iceServers: [{ urls: `stun:127.0.0.1:${coturn.port}` }],
      turn: { urls: [...udpAndTcp(coturn.port), tls()], secret: TURN_SECRET },
    },
    coturn.certificate,
  );
  expect(found.signaling).toMatchObject({ state: "works" });
  expect(states(found)).toEqual([
    ["STUN over UDP", "works"],
    ["TURN over UDP", "works"],
    ["TURN over TCP", "works"],
    ["TURN over TLS", "works"],
  ]);
  expect(conclude(found)).toMatchObject({ best: "direct", warnings: [] });
  // Nothing translates the loopback interface: the server and a relay on it see one port.
  expect(found.mapping).toBe("one-port");
});

test("a symmetric NAT makes the relay the best path to most people", async () => {
  const announced = {
    iceServers: [{ urls: `stun:127.0.0.1:${coturn.port}` }],
    turn: { urls: udpAndTcp(coturn.port), secret: TURN_SECRET },
  };
  const found: Diagnosis = { ...(await diagnose(announced)), mapping: "symmetric" };
  const { best, summary } = conclude(found);
  expect(best).toBe("relay");
  expect(summary).toMatch(
    /symmetric NAT.*direct only with people who have a public address.*relay/,
  );
  const withoutTurn = { ...found, ice: found.ice.filter(({ kind }) => kind === "stun") };
  expect(conclude(withoutTurn).best).toBe("server");
  expect(reportForIssue(found, "1.2.3", new Date(0))).toContain("nat      symmetric");
});

test("a relay that refuses itself works, with a warning", async () => {
  const strict = await startCoturn(["denied-peer-ip=127.0.0.0-127.255.255.255"]);
  const found = await diagnose({ turn: { urls: udpAndTcp(strict.port), secret: TURN_SECRET } });
  await strict.stop();
  for (const check of found.ice) {
    expect(check.state).toBe("works");
    expect(check.detail).toContain("does not relay to itself (403)");
    expect(check.advice).toContain("PUBLIC/PRIVATE");
  }
  expect(conclude(found).warnings.join()).toContain("two people who both need it never meet");
}, 30_000);

test("each address of a name is asked, IPv6 ones too", async () => {
  const ask = async (addresses: readonly string[]) => {
    const server = { urls: `turn:turn.example:${coturn.port}?transport=tcp` };
    const credentials = turnCredentials(TURN_SECRET, "doctor", 60, Date.now());
    const ice = { servers: [{ ...server, ...credentials }], ttlSeconds: 60 };
    const [check] = await checkIceServers(ice, { resolve: async () => addresses });
    return check;
  };
  expect(await ask(["127.0.0.1"])).toMatchObject({ state: "works", advice: null });
  // Nothing listens on the second.
  for (const order of [
    ["127.0.0.2", "127.0.0.1"],
    ["127.0.0.1", "127.0.0.2"],
  ]) {
    const mixed = await ask(order);
    expect(mixed?.state).toBe("works");
    expect(mixed?.detail).toMatch(/at 127\.0\.0\.1, but at 127\.0\.0\.2 it refused the connection/);
    expect(mixed?.advice).toContain("either address");
  }
  expect(await ask(["127.0.0.2"])).toMatchObject({ state: "fails" });
  const both = ["2001:db8::1", "192.0.2.1", "192.0.2.2", "192.0.2.3"];
  const url = parseIceUrl("turn:turn.example");
  if (url === undefined) throw new Error("it is an ICE URL");
  expect(await addressesOf(url, { resolve: async () => both })).toEqual(both.slice(0, 3));
  // A host without IPv6 can say nothing about the server's.
  expect(isOurLack(Object.assign(new Error(), { code: "ENETUNREACH" }))).toBe(true);
});

test("wrong credentials are told in words, and cost only the relay", async () => {
  const found = await diagnose({
    iceServers: [{ urls: `stun:127.0.0.1:${coturn.port}` }],
    turn: { urls: udpAndTcp(coturn.port), secret: "another one" },
  });
  for (const check of found.ice.slice(1)) {
    expect(check).toMatchObject({ state: "fails", detail: "refused the credentials (401)" });
    expect(check.advice).toContain("static-auth-secret");
  }
  const { best, warnings } = conclude(found);
  expect(best).toBe("direct");
  expect(warnings.join()).toContain("No relay");
});

test("a closed port is told by transport, and a silent one in bounded time", async () => {
  const silent = createSocket("udp4").bind(0, "127.0.0.1");
  await once(silent, "listening");
  const web = createTcp((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  }).listen(0, "127.0.0.1");
  await once(web, "listening");
  const { port: plain } = web.address() as AddressInfo;
  const urls = [
    `turn:127.0.0.1:${silent.address().port}`,
    `turn:127.0.0.1:${await freePort()}?transport=tcp`,
    `turns:127.0.0.1:${plain}?transport=tcp`,
    `turn:127.0.0.1:${plain}?transport=tcp`,
  ];
  const found = await diagnose({ turn: { urls, secret: TURN_SECRET } });
  silent.close();
  web.close();
  expect(found.ice.map(({ detail }) => detail)).toEqual([
    "did not answer",
    "refused the connection: nothing listens on this port",
    "does not speak TLS on this port",
    "could not be asked: the answer is not STUN",
  ]);
  expect(conclude(found)).toMatchObject({ best: "server" });
}, 20_000);

test("a certificate that nobody vouches for is named", async () => {
  const found = await diagnose({ turn: { urls: [tls()], secret: TURN_SECRET } });
  expect(found.ice[0]).toMatchObject({ state: "fails" });
  expect(found.ice[0]?.detail).toContain("not trusted");
});

test("a quota that is used up has its own words", async () => {
  const small = await startCoturn(["total-quota=1", "user-quota=1"]);
  // Two at once of one user name: one of them is over.
  const urls = udpAndTcp(small.port);
  const found = await diagnose({ turn: { urls, secret: TURN_SECRET } });
  await small.stop();
  const refused = found.ice.filter(({ state }) => state === "fails");
  expect(refused.map(({ detail }) => detail)).toEqual(["says that the quota is used up (486)"]);
}, 30_000);

test("no TURN server at all is a warning; the policy decides what is best", async () => {
  const open = conclude(await diagnose({}));
  expect(open).toMatchObject({ best: "direct" });
  expect(open.warnings.join()).toContain("announces no TURN server");
  const closed = conclude(await diagnose({ policy: { paths: "server" } }));
  expect(closed).toMatchObject({ best: "server", warnings: [] });
  expect(closed.summary).toContain("--paths server");
  const relay = conclude(
    await diagnose({
      policy: { paths: "relay" },
      turn: { urls: udpAndTcp(coturn.port), secret: TURN_SECRET },
    }),
  );
  expect(relay.best).toBe("relay");
});

test("no report holds a credential", async () => {
  const found = await diagnose({
    iceServers: [
      {
        urls: [`turn:127.0.0.1:${coturn.port}`, "turn:secretuser:secretword@127.0.0.1:1"],
        username: "secretuser",
        credential: "secretword",
      },
    ],
    turn: { urls: udpAndTcp(coturn.port), secret: TURN_SECRET },
  });
  const text = reportForPeople(found) + reportForIssue(found, "1.2.3", new Date(0));
  expect(text).toContain("TURN over UDP: turn:127.0.0.1");
  for (const secret of ["secretuser", "secretword", TURN_SECRET, /\d{10}:/]) {
    expect(text).not.toMatch(secret);
  }
  expect(parseServerAddress("https://ada:word@h.example/a/?token=t#f")).toEqual({
    origin: "https://h.example",
    path: "/a/skein",
  });
});

test("without a signaling server nothing works, and it says why", async () => {
  const port = await freePort();
  const gone = await diagnoseHost(parseServerAddress(`http://127.0.0.1:${port}`));
  expect(gone.signaling).toMatchObject({ state: "fails" });
  expect(gone.signaling.detail).toContain("ECONNREFUSED");
  expect(conclude(gone)).toMatchObject({ best: "none" });

  const http = createHttp((_, response) => response.end("hello"));
  http.on("upgrade", (_, socket) => socket.end("HTTP/1.1 404 Not Found\r\n\r\n"));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const other = await diagnoseHost(
    parseServerAddress(`http://127.0.0.1:${(http.address() as AddressInfo).port}`),
  );
  http.close();
  expect(other.signaling.detail).toContain("is no Skein server: it answered HTTP 404");
});

test("an address that is none is refused before anything is sent", () => {
  for (const text of ["", "signal.example.com", "ftp://signal.example.com", "/skein"]) {
    expect(() => parseServerAddress(text)).toThrow(/write one such as https/);
  }
  expect(parseServerAddress("wss://h.example/skein/")).toEqual({
    origin: "https://h.example",
    path: "/skein",
  });
});

test("docs/turn.md names flags and variables that exist, and the words that the doctor uses", () => {
  const text = readFileSync(new URL("../../../docs/turn.md", import.meta.url), "utf8");
  const table = [...text.matchAll(/^\| `--([a-z-]+)` \| `(\w+)`/gm)];
  expect(table.map(([, flag]) => flag)).toContain("turn-url");
  for (const [, flag = "", variable] of table) {
    expect(helpText()).toContain(`--${flag} `);
    expect(variable).toBe(`SKEIN_${flag.toUpperCase().replaceAll("-", "_")}`);
  }
  for (const code of [401, 486])
    expect(text).toContain(explainCode(code).detail.split(" that ").at(-1));
});
