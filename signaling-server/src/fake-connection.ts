/** For tests: what a session writes to, as far as it sees it. */
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Connection } from "./session.ts";

/** The WebSocket messages in what was written, texts without the digit that Engine.IO puts before them. */
function messagesIn(frames: Buffer): (string | Buffer)[] {
  const messages: (string | Buffer)[] = [];
  for (let at = 0; at < frames.length; ) {
    const short = (frames[at + 1] ?? 0) & 127;
    const [head, length] =
      short === 127
        ? [10, Number(frames.readBigUInt64BE(at + 2))]
        : short === 126
          ? [4, frames.readUInt16BE(at + 2)]
          : [2, short];
    const content = frames.subarray(at + head, at + head + length);
    messages.push(frames[at] === 0x81 ? content.toString().slice(1) : content);
    at += head + length;
  }
  return messages;
}

/** Engine.IO's socket and the TCP socket below it, as far as a session sees them. */
export class FakeConnection extends EventEmitter implements Connection {
  readonly written: (string | Buffer)[] = [];
  readonly tcp = Object.assign(new EventEmitter(), {
    writableLength: 0,
    writable: true,
    destroyed: false,
    write: (frames: Buffer) => void this.written.push(...messagesIn(frames)),
    destroy: () => {
      this.tcp.destroyed = true;
      this.tcp.emit("close");
    },
  });
  readonly request = { socket: this.tcp } as unknown as IncomingMessage;
  /** Whether what is written goes to the network at once. */
  flowing = true;
  closing = false;

  /** What Engine.IO has to write itself goes first. */
  get transport(): { readonly writable: boolean } {
    return { writable: this.flowing };
  }

  write(data: string | Buffer): void {
    this.written.push(data);
    if (this.flowing) this.emit("flush");
  }

  close(): void {
    this.closing = true;
  }

  /** Names of events, and classes of frames, since the last call. */
  news(): (string | number | undefined)[] {
    return this.written
      .splice(0)
      .map((each) => (typeof each === "string" ? JSON.parse(each.slice(1))[0] : each[1]));
  }
}
