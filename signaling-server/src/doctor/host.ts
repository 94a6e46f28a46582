/** The checks as a Node host makes them: with a small STUN and TURN client of its own. */
import type { IceServer, IceServers } from "../../../lib/src/signaling/events.ts";
import { addressesOf, type CarrierOptions, openCarrier } from "./carrier.ts";
import { type Diagnosis, type IceCheck, malformedCheck, namesOf } from "./diagnosis.ts";
import { type IceUrl, parseIceUrl } from "./ice-url.ts";
import { findMapping } from "./mapping.ts";
import { askSignaling, type ServerAddress } from "./signaling.ts";
import { type Outcome, TurnClient } from "./turn-client.ts";
import { type Explanation, explainCode, explainError, isOurLack } from "./words.ts";

export async function diagnoseHost(
  address: ServerAddress,
  options: CarrierOptions = {},
): Promise<Diagnosis> {
  const { check, welcome } = await askSignaling(address);
  const ice = welcome?.ice ?? { servers: [], ttlSeconds: 0 };
  const checks = await checkIceServers(ice, options);
  // Afterwards, since it makes an allocation as well; and only where anybody answers.
  const answered = checks.some(({ state, transport }) => state === "works" && transport === "udp");
  const mapping = answered ? await findMapping(ice, options) : "unknown";
  return {
    environment: `Node ${process.version} on ${process.platform}`,
    // By `wrtc`; whether a program brings it is its own business.
    webrtc: true,
    signaling: check,
    policy: welcome?.policy ?? null,
    ice: checks,
    mapping,
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
    const addresses = await addressesOf(url, options);
    const found = await Promise.all(
      addresses.map((address) => checkAddress(url, address, server, options)),
    );
    return { ...named, ...summed(found) };
  } catch (error) {
    return { ...named, state: "fails", ...explainError(error) };
  }
}

interface Found extends Pick<IceCheck, "state" | "detail" | "advice" | "refusesItself"> {
  readonly address: string;
  /** This host has no address of this family, which says nothing about the server. */
  readonly ourLack: boolean;
}

/** One address decides alone; of several the first that works does, and the others are named. */
function summed(found: readonly Found[]): Pick<IceCheck, "state" | "detail" | "advice"> {
  const tried = found.filter(({ ourLack }) => !ourLack);
  const best = tried.find(({ state }) => state === "works") ?? tried[0] ?? found[0];
  if (best === undefined) return { state: "fails", ...explainError({ code: "ENOTFOUND" }) };
  const { address, ourLack: _, ...result } = best;
  const worse = tried.filter(({ state }) => state !== best.state);
  if (worse.length === 0) return result;
  const others = worse.map(({ address: other, detail }) => `, but at ${other} it ${detail}`);
  return {
    ...result,
    detail: `${result.detail} at ${address}${others.join("")}`,
    advice: `Browsers may come by either address. ${worse[0]?.advice ?? ""}`.trim(),
  };
}

async function checkAddress(
  url: IceUrl,
  address: string,
  server: IceServer,
  options: CarrierOptions,
): Promise<Found> {
  const fails = ({ detail, advice }: Explanation, ourLack = false): Found => ({
    address,
    ourLack,
    state: "fails",
    detail,
    advice,
  });
  try {
    const { code, address: given, tookMs, toItself } = await ask(url, address, server, options);
    if (code !== 0) return fails(explainCode(code));
    const detail = `answered after ${Math.max(1, Math.round(tookMs))} ms`;
    const works = { address, ourLack: false, state: "works", detail, advice: null } as const;
    if (url.kind === "stun") return works;
    if (isPrivate(given) && !isPrivate(address)) {
      return fails({
        detail: "relays from a private address, where nobody reaches it",
        advice: "The TURN server stands behind a NAT: set its external-ip to PUBLIC/PRIVATE.",
      });
    }
    if (toItself !== FORBIDDEN) return works;
    return {
      ...works,
      refusesItself: true,
      detail: `${detail}, but does not relay to itself (${FORBIDDEN})`,
      advice:
        "Set its external-ip to PUBLIC/PRIVATE, not to the public address alone, or its allowed-peer-ip to its own address.",
    };
  } catch (error) {
    return fails(explainError(error), isOurLack(error));
  }
}

/** The TURN server denies this peer (RFC 8656, 9.2). */
const FORBIDDEN = 403;

interface Answered extends Outcome {
  readonly tookMs: number;
  /** 0 when the relay lets in who comes from itself, as another relayed person does; or the code. */
  readonly toItself: number;
}

async function ask(
  url: IceUrl,
  address: string,
  { username = "", credential = "" }: IceServer,
  options: CarrierOptions,
): Promise<Answered> {
  const began = performance.now();
  const client = new TurnClient(await openCarrier(url, address, options), { username, credential });
  try {
    const outcome = await (url.kind === "turn" ? client.allocate() : client.bind());
    const tookMs = performance.now() - began;
    if (url.kind === "stun" || outcome.code !== 0) return { ...outcome, tookMs, toItself: 0 };
    const [, host = "", port = ""] = /^\[?(.+?)\]?:(\d+)$/.exec(outcome.address ?? "") ?? [];
    const toItself = (await client.permit(host, Number(port))).code;
    await client.release();
    return { ...outcome, tookMs, toItself };
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
