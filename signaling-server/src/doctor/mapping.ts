/**
 * Whether the NAT before this host gives it one public port for all destinations, or another for each
 * ("symmetric"). With the latter hole punching fails: the port that a peer is told is not the one that
 * it will see.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv4 } from "node:net";
import type { IceServers } from "../../../lib/src/signaling/events.ts";
import { addressesOf, type CarrierOptions, datagramsOver, openCarrier } from "./carrier.ts";
import type { Mapping } from "./diagnosis.ts";
import { type IceUrl, parseIceUrl } from "./ice-url.ts";
import { senderIn } from "./stun.ts";
import { type Credentials, TurnClient } from "./turn-client.ts";

/** What is sent to the relay may be lost: so often and so far apart, in milliseconds. */
const SENDS = 5;
const SEND_EVERY_MS = 300;

interface Server extends Credentials {
  readonly url: IceUrl;
  /** NATs translate IPv4. */
  readonly address: string;
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Asks all servers from one socket; where there is but one, a relay on it is the second. */
export async function findMapping(
  { servers }: IceServers,
  options: CarrierOptions = {},
): Promise<Mapping> {
  const known = await reachable(servers, options);
  const overUdp = known.filter(({ url }) => url.transport === "udp");
  const socket = createSocket("udp4");
  try {
    socket.bind();
    await once(socket, "listening");
    const seen = new Map<string, Endpoint>();
    for (const { url, address } of overUdp) {
      const target = `${address}:${url.port}`;
      const found = seen.has(target) ? undefined : await mappedAt(socket, address, url.port);
      if (found !== undefined) seen.set(target, found);
    }
    const [first, ...others] = seen.values();
    if (first === undefined) return "unknown";
    // A port of the same server will do, too; most NATs tell those apart as well.
    for (const server of others.length > 0 ? [] : known.filter(({ url }) => url.kind === "turn")) {
      const relayed = await mappedAtRelay(socket, first, server, options);
      if (relayed === undefined) continue;
      others.push(relayed);
      break;
    }
    if (others.length === 0) return "unknown";
    return others.every(({ port }) => port === first.port) ? "one-port" : "symmetric";
  } catch {
    return "unknown";
  } finally {
    socket.close();
  }
}

/** Servers that can be asked, over whatever transport, with an IPv4 address of each. */
async function reachable(
  servers: IceServers["servers"],
  options: CarrierOptions,
): Promise<Server[]> {
  const found: Server[] = [];
  for (const { urls, username = "", credential = "" } of servers) {
    for (const text of [urls].flat()) {
      const url = parseIceUrl(text);
      if (url === undefined || url.transport === "dtls") continue;
      const addresses = await addressesOf(url, options).catch(() => []);
      const address = addresses.find((each) => isIPv4(each));
      if (address !== undefined) found.push({ url, address, username, credential });
    }
  }
  return found;
}

/** As what a server sees this socket. */
async function mappedAt(
  socket: Socket,
  address: string,
  port: number,
): Promise<Endpoint | undefined> {
  const { address: mapped } = await new TurnClient(datagramsOver(socket, address, port))
    .bind()
    .catch(() => ({ address: undefined }));
  return endpoint(mapped);
}

/** As what a relay on a server sees this socket: another port of it. */
async function mappedAtRelay(
  socket: Socket,
  self: Endpoint,
  { url, address, username, credential }: Server,
  options: CarrierOptions,
): Promise<Endpoint | undefined> {
  const carrier = await openCarrier(url, address, options).catch(() => undefined);
  if (carrier === undefined) return undefined;
  const client = new TurnClient(carrier, { username, credential });
  let sending: NodeJS.Timeout | undefined;
  try {
    const relay = endpoint((await client.allocate()).address);
    if (relay === undefined) return undefined;
    if ((await client.permit(self.host, self.port)).code !== 0) return undefined;
    const sender = await new Promise<string | undefined>((resolve) => {
      carrier.onMessage = (message) => {
        const from = senderIn(message);
        if (from !== undefined) resolve(from);
      };
      carrier.onError = () => resolve(undefined);
      let left = SENDS;
      const send = () =>
        left-- > 0 ? socket.send("?", relay.port, relay.host) : resolve(undefined);
      sending = setInterval(send, SEND_EVERY_MS);
      send();
    });
    await client.release();
    return endpoint(sender);
  } catch {
    return undefined;
  } finally {
    clearInterval(sending);
    client.close();
  }
}

function endpoint(text: string | undefined): Endpoint | undefined {
  const [, host, port] = /^(.+):(\d+)$/.exec(text ?? "") ?? [];
  return host === undefined ? undefined : { host, port: Number(port) };
}
