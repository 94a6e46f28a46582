/** For attack tests: WebSockets by hand, so that what is sent can be as wrong, as much and as slow as it likes. */
import { connect, type Socket } from "node:net";
import type { ConnectRequest } from "../../../lib/src/signaling/events.ts";
import type { SignalingServer } from "../server.ts";
import { connectRequest } from "../test-client.ts";

/** Opcodes (RFC 6455, section 5.2); all but CONTINUATION with the bit of a last fragment. */
export const CONTINUATION = 0x00;
export const FIRST_BINARY = 0x02;
export const TEXT = 0x81;
export const BINARY = 0x82;
export const PING = 0x89;

export class RawSocket {
  readonly tcp: Socket;
  /** All that came, as text. */
  heard = "";
  readonly #wakers = new Set<() => void>();

  constructor(server: SignalingServer) {
    const { port = 0 } = server.address ?? {};
    this.tcp = connect(port, "127.0.0.1");
    this.tcp.setEncoding("latin1");
    this.tcp.on("data", (text: string) => {
      this.heard += text;
      this.#wake();
    });
    this.tcp.on("error", () => {});
    this.tcp.on("close", () => this.#wake());
  }

  /** Asks for a WebSocket; the status that is answered. */
  async upgrade(headers: { readonly [name: string]: string } = {}, room = "room"): Promise<number> {
    this.tcp.write(
      [
        `GET /skein/?EIO=4&transport=websocket&room=${room} HTTP/1.1`,
        "Host: 127.0.0.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        "\r\n",
      ].join("\r\n"),
    );
    await this.until("\r\n\r\n");
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.heard)?.[1]);
  }

  /** Becomes a member. */
  async join(request: Partial<ConnectRequest> = {}): Promise<void> {
    await this.upgrade();
    this.connect(request);
    await this.until('"welcome"');
  }

  connect(request: Partial<ConnectRequest> = {}): void {
    this.send(TEXT, Buffer.from(`40${JSON.stringify(connectRequest(request))}`));
  }

  send(opcode: number, payload: Uint8Array): void {
    this.tcp.write(rawFrame(opcode, payload));
  }

  /** Writes on and on until all is written, or nobody takes it any more. */
  async flood(chunk: Buffer, times: number): Promise<void> {
    for (let i = 0; i < times && !this.tcp.destroyed; i++) {
      if (this.tcp.write(chunk)) continue;
      const drained = new Promise((resolve) => this.tcp.once("drain", resolve));
      await Promise.race([drained, this.closed()]);
    }
  }

  /** Comes back when this text was heard, or nothing will be any more. */
  async until(text: string): Promise<void> {
    while (!this.heard.includes(text) && !this.tcp.destroyed) {
      await new Promise<void>((resolve) => this.#wakers.add(resolve));
    }
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
    this.#wakers.clear();
  }

  async closed(): Promise<void> {
    if (!this.tcp.destroyed) await new Promise((resolve) => this.tcp.once("close", resolve));
  }
}

/** A client's frame; masked with zeros, which leaves it as it is. `claimed`: the length that it says. */
export function rawFrame(opcode: number, payload: Uint8Array, claimed = payload.length): Buffer {
  const mask = [0, 0, 0, 0];
  if (claimed < 126) return Buffer.from([opcode, 128 | claimed, ...mask, ...payload]);
  const head = Buffer.alloc(14);
  head[0] = opcode;
  head[1] = 128 | 127;
  head.writeBigUInt64BE(BigInt(claimed), 2);
  return Buffer.concat([head, payload]);
}
