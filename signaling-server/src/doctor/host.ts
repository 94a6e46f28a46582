/** The checks as a Node host makes them: with a small STUN and TURN client of its own. */
import type { IceServer, IceServers } from "../../../lib/src/signaling/events.ts";
import { type CarrierOptions, openCarrier } from "./carrier.ts";
import { type Diagnosis, type IceCheck, malformedCheck, namesOf } from "./diagnosis.ts";
import { type IceUrl, parseIceUrl } from "./ice-url.ts";
import { askSignaling, type ServerAddress } from "./signaling.ts";
import { type Outcome, TurnClient } from "./turn-client.ts";
import { explainCode, explainError } from "./words.ts";

export async function diagnoseHost(
  address: ServerAddress,
  options: CarrierOptions = {},
): Promise<Diagnosis> {
  const { check, welcome } = await askSignaling(address);
  return {
    environment: `Node ${process.version} on ${process.platform}`,
    // By `wrtc`; whether a program brings it is its own business.
    webrtc: true,
    signaling: check,
    policy: welcome?.policy ?? null,
    ice: welcome === null ? [] : await checkIceServers(welcome.ice, options),
  };
}

/** All at once: each has a time limit of its own, and a dead one takes it all. */
export function checkIceServers(
  { servers }: IceServers,
  options: CarrierOptions = {},
): Promise<IceCheck[]> {
  return Promise.all(
    servers.flatMap((server) => [server.urls].flat().map((url) => checkUrl(url, server, options))),
  );
}

async function checkUrl(
  text: string,
  server: IceServer,
  options: CarrierOptions,
): Promise<IceCheck> {
  const url = parseIceUrl(text);
  if (!url) return malformedCheck(text);
  const named = namesOf(url);
  if (url.transport === "dtls") {
    const advice = "Browsers hardly use it; offer turns:…?transport=tcp for TLS.";
    return { ...named, state: "unknown", detail: "is not checked: it uses DTLS", advice };
  }
  if (url.kind === "turn" && (!server.username || !server.credential)) {
    const advice = "Run the signaling server with --turn-url and its SKEIN_TURN_SECRET.";
    return { ...named, state: "fails", detail: "is announced without credentials", advice };
  }
  try {
    const { code, address, tookMs, serverAddress } = await ask(url, server, options);
    if (code !== 0) return { ...named, state: "fails", ...explainCode(code) };
    const detail = `answered after ${Math.max(1, Math.round(tookMs))} ms`;
    if (url.kind === "turn" && isPrivate(address) && !isPrivate(serverAddress)) {
      return {
        ...named,
        state: "fails",
        detail: "relays from a private address, where nobody reaches it",
        advice:
          "The TURN server stands behind a NAT: set external-ip, or DETECT_EXTERNAL_IP=yes in the image.",
      };
    }
    return { ...named, state: "works", detail, advice: null };
  } catch (error) {
    return { ...named, state: "fails", ...explainError(error) };
  }
}

async function ask(
  url: IceUrl,
  { username = "", credential = "" }: IceServer,
  options: CarrierOptions,
): Promise<Outcome & { readonly tookMs: number; readonly serverAddress: string }> {
  const began = performance.now();
  const carrier = await openCarrier(url, options);
  const client = new TurnClient(carrier, { username, credential });
  try {
    const outcome = await (url.kind === "turn" ? client.allocate() : client.bind());
    const tookMs = performance.now() - began;
    if (url.kind === "turn" && outcome.code === 0) await client.release();
    return { ...outcome, tookMs, serverAddress: carrier.address };
  } finally {
    client.close();
  }
}

/** RFC 1918, loopback, link-local, a carrier's NAT, unique local. */
const PRIVATE =
  /^\[?(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][\da-f]{2}:|fe[89ab][\da-f]:|::1\b|(0:){7}1\])/i;

function isPrivate(address: string | undefined): boolean {
  return address !== undefined && PRIVATE.test(address);
}
