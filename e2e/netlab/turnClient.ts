import { createHash, createHmac, randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { ports } from "./addresses.ts";
import type { TurnCredentials } from "./coturn.ts";
import type { Lab } from "./lab.ts";
import type { Host } from "./topology.ts";

/*
 * As much of a TURN client (RFC 8656) as it takes to ask a server whom it would relay to. Browsers
 * do not say why a relayed candidate pair failed; this one reads the answer's code.
 */

const HEADER_BYTES = 20;
const COOKIE = 0x2112a442;
const METHOD = { allocate: 0x0003, createPermission: 0x0008 } as const;
const SUCCESS_BIT = 0x0100;
const ERROR_BITS = 0x0110;
const ATTRIBUTE = {
  username: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  xorPeer: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  family: 0x0017,
  transport: 0x0019,
} as const;
const UDP = 17;
const INTEGRITY_BYTES = 24;
const ANSWER_LIMIT_MS = 1500;
const SENDS = 3;

/** 0: granted; otherwise the error's code, such as 401 (credentials) or 403 (forbidden). */
export type TurnAnswer = { peer: string; code: number };

function attribute(type: number, value: Buffer): Buffer {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  padded.writeUInt16BE(type, 0);
  padded.writeUInt16BE(value.length, 2);
  value.copy(padded, 4);
  return padded;
}

function attributesOf(message: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = HEADER_BYTES; at + 4 <= message.length; ) {
    const length = message.readUInt16BE(at + 2);
    found.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return found;
}

/** An address as its 4 or 16 bytes. */
function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split(".").map(Number));
  const [, embedded] = /:(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? [];
  const tail = embedded === undefined ? [] : embedded.split(".").map(Number);
  const text = embedded === undefined ? address : address.slice(0, -embedded.length);
  const words = (part: string | undefined) => (part ?? "").split(":").filter(Boolean);
  const [head, rest] = text.split("::");
  const bytes = (list: string[]) =>
    list.flatMap((w) => [Number.parseInt(w, 16) >> 8, Number.parseInt(w, 16) & 255]);
  const before = bytes(words(head));
  const after = [...bytes(words(rest)), ...tail];
  return Buffer.from([...before, ...Array(16 - before.length - after.length).fill(0), ...after]);
}

class Client {
  readonly #socket: Socket;
  readonly #server: string;
  readonly #credentials: TurnCredentials;
  #realm = Buffer.alloc(0);
  #nonce = Buffer.alloc(0);

  constructor(server: string, credentials: TurnCredentials) {
    this.#socket = createSocket(isIPv6(server) ? "udp6" : "udp4");
    this.#server = server;
    this.#credentials = credentials;
  }

  /** An allocation of the same family of addresses as the server's own. */
  allocate(): Promise<number> {
    const family = isIPv6(this.#server)
      ? [attribute(ATTRIBUTE.family, Buffer.from([2, 0, 0, 0]))]
      : [];
    const transport = attribute(ATTRIBUTE.transport, Buffer.from([UDP, 0, 0, 0]));
    return this.#request(METHOD.allocate, () => [transport, ...family]);
  }

  permit(peer: string): Promise<number> {
    return this.#request(METHOD.createPermission, (id) => {
      const mask = Buffer.concat([Buffer.from([0x21, 0x12, 0xa4, 0x42]), id]);
      const bytes = addressBytes(peer).map((byte, index) => byte ^ (mask[index] ?? 0));
      const value = Buffer.alloc(4 + bytes.length);
      value[1] = bytes.length === 4 ? 1 : 2;
      value.writeUInt16BE(4444 ^ (COOKIE >>> 16), 2);
      value.set(bytes, 4);
      return [attribute(ATTRIBUTE.xorPeer, value)];
    });
  }

  close(): void {
    this.#socket.close();
  }

  async #request(method: number, attributes: (id: Buffer) => Buffer[]): Promise<number> {
    // The first request learns realm and nonce; a nonce can also have become stale.
    for (let tries = 0; ; tries++) {
      const answer = await this.#exchange(method, attributes);
      if ((answer.readUInt16BE(0) & ERROR_BITS) === SUCCESS_BIT) return 0;
      const found = attributesOf(answer);
      const error = found.get(ATTRIBUTE.error);
      const code = (error?.[2] ?? 0) * 100 + (error?.[3] ?? 0);
      if (tries > 0 || (code !== 401 && code !== 438)) return code;
      this.#realm = Buffer.from(found.get(ATTRIBUTE.realm) ?? this.#realm);
      this.#nonce = Buffer.from(found.get(ATTRIBUTE.nonce) ?? this.#nonce);
    }
  }

  #encode(method: number, id: Buffer, attributes: readonly Buffer[]): Buffer {
    const { username, credential } = this.#credentials;
    const signed = this.#nonce.length > 0;
    const who = [
      attribute(ATTRIBUTE.username, Buffer.from(username)),
      attribute(ATTRIBUTE.realm, this.#realm),
      attribute(ATTRIBUTE.nonce, this.#nonce),
    ];
    const body = Buffer.concat([...attributes, ...(signed ? who : [])]);
    const header = Buffer.alloc(8);
    header.writeUInt16BE(method, 0);
    header.writeUInt16BE(body.length + (signed ? INTEGRITY_BYTES : 0), 2);
    header.writeUInt32BE(COOKIE, 4);
    const message = Buffer.concat([header, id, body]);
    if (!signed) return message;
    const key = createHash("md5").update(`${username}:${this.#realm}:${credential}`).digest();
    const digest = createHmac("sha1", key).update(message).digest();
    return Buffer.concat([message, attribute(ATTRIBUTE.integrity, digest)]);
  }

  async #exchange(method: number, attributes: (id: Buffer) => Buffer[]): Promise<Buffer> {
    const id = randomBytes(12);
    const message = this.#encode(method, id, attributes(id));
    for (let sends = 0; sends < SENDS; sends++) {
      const answer = await new Promise<Buffer | undefined>((resolve) => {
        const onMessage = (data: Buffer) => {
          if (data.subarray(8, 20).equals(id)) finish(data);
        };
        const finish = (data: Buffer | undefined) => {
          clearTimeout(timer);
          this.#socket.off("message", onMessage);
          resolve(data);
        };
        const timer = setTimeout(() => finish(undefined), ANSWER_LIMIT_MS);
        this.#socket.on("message", onMessage);
        this.#socket.send(message, ports.turn, this.#server);
      });
      if (answer !== undefined) return answer;
    }
    throw new Error(`the TURN server at ${this.#server} does not answer`);
  }
}

/** `SERVER USERNAME CREDENTIAL PEER…`, run on a host by `turnPermissions`. */
export async function main([server, username, credential, ...peers]: string[]): Promise<void> {
  if (server === undefined || username === undefined || credential === undefined)
    throw new Error("which server, as whom?");
  const client = new Client(server, { username, credential });
  const answers: TurnAnswer[] = [];
  const allocated = await client.allocate();
  for (const peer of peers)
    answers.push({ peer, code: allocated === 0 ? await client.permit(peer) : allocated });
  client.close();
  process.stdout.write(JSON.stringify(answers));
}

/** Asks the lab's coturn, from a host, to relay to each of these addresses. */
export async function turnPermissions(
  lab: Lab,
  host: Host,
  { username, credential }: TurnCredentials,
  peers: readonly string[],
): Promise<TurnAnswer[]> {
  const files = ["run.mjs", "turnClient.ts"].map((name) => join(import.meta.dirname, name));
  const asked = [lab.turn.publicAddress, username, credential, ...peers];
  return JSON.parse(await host.namespace.exec(process.execPath, [...files, ...asked]));
}
