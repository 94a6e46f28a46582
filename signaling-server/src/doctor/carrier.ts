/** What carries STUN messages to a server: UDP, TCP or TLS behind one small face. */
import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP, isIPv4, isIPv6, connect as tcpConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import type { IceUrl } from "./ice-url.ts";
import { messageBytes } from "./stun.ts";

/** From here the connection counts as unreachable, in milliseconds. A filtered port says nothing. */
const CONNECT_LIMIT_MS = 5_000;

export interface Carrier {
  /** The server's address; its family decides what is asked for. */
  readonly address: string;
  /** Whether what is sent arrives, or else an error: then nothing has to be sent again. */
  readonly reliable: boolean;
  send(message: Buffer): void;
  /** Takes each STUN message that arrives. */
  onMessage: (message: Buffer) => void;
  /** The carrier broke. */
  onError: (error: Error) => void;
  close(): void;
}

export interface CarrierOptions {
  /** For tests: PEM of the only certificate authority to trust. Default: the system's. */
  readonly ca?: string;
  /** For tests: all addresses of a name. Default: the system's. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** Of one family. More would be the same machine's, or those of a service that spreads its load. */
const MAX_ADDRESSES = 2;

/**
 * A server's addresses of both families, the system's first choice first. Browsers try each.
 * Rejects with Node's error when the name is unknown.
 */
export async function addressesOf(
  { host }: IceUrl,
  { resolve = everyAddress }: CarrierOptions = {},
): Promise<readonly string[]> {
  if (isIP(host)) return [host];
  const all = [...new Set(await resolve(host))];
  const some = (isOurs: (address: string) => boolean) => all.filter(isOurs).slice(0, MAX_ADDRESSES);
  const kept = new Set([...some(isIPv4), ...some(isIPv6)]);
  return all.filter((address) => kept.has(address));
}

async function everyAddress(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/**
 * A carrier to one of the server's addresses. Rejects with Node's error when it cannot be reached.
 */
export async function openCarrier(
  { host, port, transport }: IceUrl,
  address: string,
  options: CarrierOptions = {},
): Promise<Carrier> {
  if (transport === "udp") return openDatagrams(address, port);
  return openStream(address, port, transport === "tls" ? host : undefined, options);
}

function openDatagrams(address: string, port: number): Carrier {
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  return datagramsOver(socket, address, port);
}

/** A carrier over a socket that others may use as well; closing it closes the socket. */
export function datagramsOver(socket: Socket, address: string, port: number): Carrier {
  const carrier: Carrier = {
    address,
    reliable: false,
    send: (message) => socket.send(message, port, address, (error) => error && fail(error)),
    onMessage: () => {},
    onError: () => {},
    close() {
      carrier.onError = () => {};
      socket.close();
    },
  };
  const fail = (error: Error) => carrier.onError(error);
  socket.on("message", (message, from) => {
    if (from.address === address && from.port === port) carrier.onMessage(message);
  });
  socket.on("error", fail);
  return carrier;
}

async function openStream(
  address: string,
  port: number,
  tlsName: string | undefined,
  { ca }: CarrierOptions,
): Promise<Carrier> {
  const target = { host: address, port };
  const socket =
    tlsName === undefined
      ? tcpConnect(target)
      : tlsConnect({
          ...target,
          ...(ca === undefined ? {} : { ca }),
          // Certificates for bare addresses are checked against the address.
          ...(isIP(tlsName) ? {} : { servername: tlsName }),
        });
  await new Promise<void>((resolve, reject) => {
    const give = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => give(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })),
      CONNECT_LIMIT_MS,
    );
    socket.once("error", give);
    socket.once(tlsName === undefined ? "connect" : "secureConnect", () => {
      clearTimeout(timer);
      socket.off("error", give);
      resolve();
    });
  });
  let received = Buffer.alloc(0);
  const carrier: Carrier = {
    address,
    reliable: true,
    send: (message) => socket.write(message),
    onMessage: () => {},
    onError: () => {},
    close() {
      carrier.onError = () => {};
      socket.destroy();
    },
  };
  socket.on("error", (error) => carrier.onError(error));
  socket.on("close", () => carrier.onError(new Error("the server closed the connection")));
  socket.on("data", (part: Buffer) => {
    received = Buffer.concat([received, part]);
    for (;;) {
      const length = messageBytes(received);
      if (length === "not-stun") return carrier.onError(new Error("the answer is not STUN"));
      if (length === undefined || received.length < length) return;
      carrier.onMessage(received.subarray(0, length));
      received = received.subarray(length);
    }
  });
  return carrier;
}
