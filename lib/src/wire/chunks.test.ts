import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_FRAME_BYTES } from "../signaling/events.ts";
import { MessageJoiner, messageEntries } from "./chunks.ts";
import { CHUNK_BYTES, MAX_MESSAGE_BYTES } from "./codes.ts";
import { decodeEntry, type Entry, encodeEntry } from "./entry.ts";
import { encodeFrame } from "./frame.ts";

const sizes = fc.oneof(
  fc.constantFrom(0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES),
  fc.constantFrom(2 * CHUNK_BYTES + 1, MAX_MESSAGE_BYTES - 1, MAX_MESSAGE_BYTES),
  fc.nat(MAX_MESSAGE_BYTES),
);

function value(length: number) {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8)) & 255;
  return { encoding: 3, bytes };
}

function add(joiner: MessageJoiner, entry: Entry) {
  const arrived = decodeEntry(encodeEntry(entry));
  if (arrived.kind !== "message" && arrived.kind !== "begin" && arrived.kind !== "continue") {
    throw new Error(arrived.kind);
  }
  return joiner.add(arrived);
}

test("messages of every size arrive whole, one after the other, in frames within the limit", () => {
  const joiner = new MessageJoiner();
  fc.assert(
    fc.property(sizes, (size) => {
      const entries = messageEntries("file", value(size));
      const joined = entries.map((entry) => {
        const frame = encodeFrame({ kind: "all", number: 2 ** 53 - 1, entry: encodeEntry(entry) });
        expect(frame.length).toBeLessThan(MAX_FRAME_BYTES);
        return add(joiner, entry);
      });
      const last = joined.pop();
      if (last?.kind !== "message") throw new Error("the message is not whole");
      expect(last.type).toBe("file");
      // Not toEqual: it takes a second for a quarter of a megabyte.
      expect(Buffer.compare(last.value.bytes, value(size).bytes)).toBe(0);
      expect(joined.every(({ kind }) => kind === "incomplete")).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("chunks out of place are malformed, and what follows arrives", () => {
  const joiner = new MessageJoiner();
  const chunk = new Uint8Array(CHUNK_BYTES);
  const begin = { kind: "begin", total: CHUNK_BYTES + 1, type: "a", encoding: 3, chunk } as const;
  const whole = { kind: "message", type: "b", value: value(3) } as const;

  expect(joiner.add({ kind: "continue", chunk }).kind).toBe("malformed");
  expect(joiner.add(begin).kind).toBe("incomplete");
  expect(joiner.add({ kind: "continue", chunk }).kind).toBe("malformed");
  expect(joiner.add(begin).kind).toBe("incomplete");
  expect(joiner.add(whole).kind).toBe("malformed");
  expect(joiner.add(whole)).toEqual(whole);
});

test("a sender that starts anew does not end what it began before", () => {
  const joiner = new MessageJoiner();
  const entries = messageEntries("a", value(CHUNK_BYTES * 2));
  const [begin] = entries;
  if (begin === undefined) throw new Error("no entries");
  add(joiner, begin);
  joiner.reset();
  expect(entries.map((entry) => add(joiner, entry)).pop()?.kind).toBe("message");
});
