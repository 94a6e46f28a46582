import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSent } from "../../lib/src/wire/envelope.ts";
import { type Outgoing, OutgoingEvent, outgoingFrame } from "./outgoing.ts";

/** Reads one whole WebSocket frame, as RFC 6455, section 5.2 has it. */
function received({ options }: Outgoing): { data: Buffer; binary: boolean } {
  const bytes = Buffer.concat(options.wsPreEncodedFrame);
  expect(bytes.readUInt8(0) & 0xf0).toBe(0x80);
  const short = bytes.readUInt8(1);
  const [length, start] =
    short < 126
      ? [short, 2]
      : short === 126
        ? [bytes.readUInt16BE(2), 4]
        : [Number(bytes.readBigUInt64BE(2)), 10];
  // The shortest form that fits is the only one allowed.
  expect(length).toBeGreaterThan(start === 2 ? -1 : start === 4 ? 125 : 0xffff);
  expect(bytes.length).toBe(start + length);
  return { data: bytes.subarray(start), binary: (bytes.readUInt8(0) & 15) === 2 };
}

test("a frame arrives as it was sent, with its sender's handle before it", () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.oneof(
        fc.uint8Array({ minLength: 2, maxLength: 200 }),
        fc
          .constantFrom(123, 124, 125, 126, 127, 32_000, 65_532, 65_536)
          .map((length) => new Uint8Array(length).fill(7)),
      ),
      (handle, frame) => {
        const message = outgoingFrame(handle, frame);
        const { data, binary } = received(message);
        expect(binary).toBe(true);
        expect(data.length).toBe(message.bytes);
        expect(Buffer.compare(data, message.data as Buffer)).toBe(0);
        if (frame.length > 32 * 1024) return;
        const sent = decodeSent(data);
        expect(sent?.sender).toBe(handle);
        expect(Buffer.compare(sent?.frame ?? Buffer.of(), frame)).toBe(0);
      },
    ),
  ));

test("an event arrives as Engine.IO and socket.io would have sent it", () => {
  for (const id of ["x", "é".repeat(100), "🧶".repeat(40_000)]) {
    const { data, binary } = received(new OutgoingEvent("away", { id }).encoded);
    expect(binary).toBe(false);
    expect(data.toString()).toBe(`42${JSON.stringify(["away", { id }])}`);
  }
});

test("the class of a frame is known, sealed or not", () => {
  expect(outgoingFrame(1, Uint8Array.of(0x04, 0)).frameClass).toBe(4);
  expect(outgoingFrame(1, Uint8Array.of(0x84, 0)).frameClass).toBe(4);
});
