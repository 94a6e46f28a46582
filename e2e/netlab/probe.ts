import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { connect } from "node:net";
import { ask } from "./program.ts";
import type { Host } from "./topology.ts";

/*
 * Small measurements made from inside a host: `main` runs there, in a process of its own, and
 * prints JSON; the functions below it run it and read that.
 */

/** How long an answer may take before we call it lost, in ms: far above any line in the lab. */
const ANSWER_LIMIT_MS = 1500;

/** STUN (RFC 8489): header, magic cookie, and the attribute that tells us our public address. */
const STUN = { headerBytes: 20, bindingRequest: 0x0001, cookie: 0x2112a442, xorMapped: 0x0020 };

/** An address and port as the server saw us. */
export interface Mapping {
  /** Our port there; `undefined` when nothing came back. */
  port: number | undefined;
  /** From asking to the answer, in ms. */
  ms: number;
}

async function binding(socket: Socket, address: string, port: number): Promise<Mapping> {
  const request = Buffer.alloc(STUN.headerBytes);
  request.writeUInt16BE(STUN.bindingRequest, 0);
  request.writeUInt32BE(STUN.cookie, 4);
  randomBytes(12).copy(request, 8);
  const start = performance.now();
  const mapped = await new Promise<number | undefined>((resolve) => {
    const timer = setTimeout(() => finish(undefined), ANSWER_LIMIT_MS);
    const finish = (value: number | undefined) => {
      clearTimeout(timer);
      socket.off("message", onMessage);
      resolve(value);
    };
    const onMessage = (answer: Buffer) => {
      if (answer.subarray(8, 20).equals(request.subarray(8, 20))) finish(xorMappedPort(answer));
    };
    socket.on("message", onMessage);
    socket.send(request, port, address);
  });
  return { port: mapped, ms: performance.now() - start };
}

function xorMappedPort(answer: Buffer): number | undefined {
  for (let at = STUN.headerBytes; at + 4 <= answer.length; ) {
    const length = answer.readUInt16BE(at + 2);
    if (answer.readUInt16BE(at) === STUN.xorMapped && length >= 8)
      return answer.readUInt16BE(at + 6) ^ (STUN.cookie >>> 16);
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return undefined;
}

/** `stun COUNT PORT ADDRESS…` or `tcp PORT ADDRESS`. */
export async function main([what, ...args]: string[]): Promise<void> {
  if (what === "stun") {
    const [count, port, ...addresses] = args;
    const socket = createSocket(addresses[0]?.includes(":") ? "udp6" : "udp4");
    socket.setMaxListeners(0);
    const asked = Array.from({ length: Number(count) }, () => addresses).flat();
    const mappings = await Promise.all(asked.map((to) => binding(socket, to, Number(port))));
    socket.close();
    process.stdout.write(JSON.stringify(mappings));
    return;
  }
  const [port, address] = args;
  const connected = await new Promise<boolean>((resolve) => {
    const socket = connect({ port: Number(port), host: String(address) });
    socket.setTimeout(ANSWER_LIMIT_MS, () => socket.destroy());
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("close", () => resolve(false));
    socket.on("error", () => {});
  });
  process.stdout.write(JSON.stringify(connected));
}

/** Asks STUN servers, all from one socket, under which port they see this host. */
export async function stunMappings(
  host: Host,
  addresses: readonly string[],
  port: number,
  count = 1,
): Promise<Mapping[]> {
  return ask<Mapping[]>(host, "probe.ts", ["stun", `${count}`, `${port}`, ...addresses]);
}

/** Whether a TCP connection from this host to an address opens. */
export async function reachesTcp(host: Host, address: string, port: number): Promise<boolean> {
  return ask<boolean>(host, "probe.ts", ["tcp", `${port}`, address]);
}
