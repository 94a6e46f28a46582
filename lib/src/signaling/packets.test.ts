import * as original from "engine.io-parser";
import fc from "fast-check";
import { expect, it } from "vitest";
import { decodePacket, type EnginePacket, encodePacket, protocol } from "./packets.ts";

const types = ["open", "close", "ping", "pong", "message", "upgrade", "noop"] as const;

const encoded = (packet: EnginePacket): unknown => {
  let result: unknown;
  encodePacket(packet, true, (data) => {
    result = data;
  });
  return result;
};

it("speaks the revision of engine.io-parser", () => {
  expect(protocol).toBe(original.protocol);
});

it("writes and reads text packets as engine.io-parser does", () => {
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.option(fc.string({ minLength: 1 })), (type, data) => {
      const packet = data === null ? { type } : { type, data };
      const text = encoded(packet);
      let theirs: unknown;
      original.encodePacket(packet, true, (result) => {
        theirs = result;
      });
      expect(text).toBe(theirs);
      expect(decodePacket(text as string)).toEqual(packet);
    }),
  );
});

it("leaves bytes as they are", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  expect(encoded({ type: "message", data: bytes })).toBe(bytes);
  expect(decodePacket(bytes.buffer)).toEqual({ type: "message", data: bytes.buffer });
});

it("calls what is no packet an error, whatever it is", () => {
  for (const text of ["", " ", "7", "9x", "b64", "-1", "x"]) {
    expect(decodePacket(text)).toEqual({ type: "error", data: "parser error" });
  }
});
