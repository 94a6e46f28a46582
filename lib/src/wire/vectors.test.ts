/** docs/vectors.json is part of the protocol: what it says must be what this code does. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeAckVector, encodeAckVector } from "./ack-vector.ts";
import { decodeEntry, encodeEntry } from "./entry.ts";
import {
  decodeDown,
  decodeRouted,
  decodeSent,
  encodeBundle,
  encodeRouted,
  encodeSent,
} from "./envelope.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";
import { SampleOrder } from "./order.ts";
import { decodeValue, encodeValue } from "./value.ts";

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Turns `{ hex }` into bytes. */
function revive(_key: string, value: unknown): unknown {
  const isBytes =
    typeof value === "object" && value !== null && Object.keys(value).join() === "hex";
  return isBytes ? bytesOf((value as { hex: string }).hex) : value;
}

interface Named {
  readonly name: string;
  readonly hex: string;
}

interface Vectors {
  readonly frames: (Named & { readonly frame: Parameters<typeof encodeFrame>[0] })[];
  readonly entries: (Named & { readonly entry: Parameters<typeof encodeEntry>[0] })[];
  readonly values: (Named & { readonly encoding: number; readonly data: unknown })[];
  readonly up: (Named & {
    readonly route: Parameters<typeof encodeRouted>[0];
    readonly frame: Uint8Array;
  })[];
  readonly down: (Named & { readonly sender: number; readonly frame: Uint8Array })[];
  /** Nobody encodes it so, but it is well-formed. */
  readonly alike: (Named & { readonly frame: Parameters<typeof encodeFrame>[0] })[];
  readonly malformed: Named[];
  readonly unknown: Named[];
  readonly sealed: Named[];
  readonly malformedEntries: Named[];
  readonly unknownEntries: Named[];
  readonly malformedValues: (Named & { readonly encoding: number })[];
  readonly malformedUp: Named[];
  readonly malformedDown: Named[];
  readonly bundles: (Named & { readonly sent: Parameters<typeof encodeBundle>[0] })[];
  readonly malformedBundles: Named[];
  readonly ackVectors: (Named & { readonly acks: Parameters<typeof encodeAckVector>[0] })[];
  readonly malformedAckVectors: Named[];
  readonly order: {
    readonly name: string;
    readonly samples: {
      readonly time: number;
      readonly number: number;
      readonly arrives: number;
      readonly counts: number | null;
    }[];
  }[];
  readonly peerIds: { readonly room: string; readonly key: string; readonly id: string }[];
}

const file = new URL("../../../docs/vectors.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8"), revive) as Vectors;

describe("frames", () => {
  test.each(vectors.frames)("$name", ({ hex, frame }) => {
    expect(decodeFrame(bytesOf(hex))).toEqual(frame);
    expect(hexOf(encodeFrame(frame))).toBe(hex);
  });

  test.each(vectors.alike)("alike: $name", ({ hex, frame }) => {
    expect(decodeFrame(bytesOf(hex))).toEqual(frame);
    expect(hexOf(encodeFrame(frame))).not.toBe(hex);
  });

  for (const kind of ["malformed", "unknown", "sealed"] as const) {
    test.each(vectors[kind])(`${kind}: $name`, ({ hex }) => {
      expect(decodeFrame(bytesOf(hex)).kind).toBe(kind);
    });
  }

  test("there is one of each kind", () => {
    const kinds = new Set(vectors.frames.map(({ frame }) => frame.kind));
    const all = "ack all allCopy cursor goodbye hello latest presence probe probed to";
    expect([...kinds].sort().join(" ")).toBe(all);
  });
});

describe("entries", () => {
  test.each(vectors.entries)("$name", ({ hex, entry }) => {
    expect(decodeEntry(bytesOf(hex))).toEqual(entry);
    expect(hexOf(encodeEntry(entry))).toBe(hex);
  });

  test.each(vectors.malformedEntries)("malformed: $name", ({ hex }) => {
    expect(decodeEntry(bytesOf(hex)).kind).toBe("malformed");
  });

  test.each(vectors.unknownEntries)("unknown: $name", ({ hex }) => {
    expect(decodeEntry(bytesOf(hex)).kind).toBe("unknown");
  });

  test("there is one of each kind", () => {
    const kinds = new Set(vectors.entries.map(({ entry }) => entry.kind));
    const all = "activity begin continue cursor cursorHidden interest latest message withheld";
    expect([...kinds].sort().join(" ")).toBe(all);
  });
});

test.each(vectors.values)("value: $name", ({ encoding, hex, data }) => {
  expect(decodeValue({ encoding, bytes: bytesOf(hex) })).toEqual({ data });
  const value = encodeValue(data);
  expect(value?.encoding).toBe(encoding);
  expect(value && hexOf(value.bytes)).toBe(hex);
});

test.each(vectors.malformedValues)("malformed value: $name", ({ encoding, hex }) => {
  expect(decodeValue({ encoding, bytes: bytesOf(hex) })).toBeUndefined();
});

describe("envelopes", () => {
  test.each(vectors.up)("up: $name", ({ hex, route, frame }) => {
    expect(decodeRouted(bytesOf(hex))).toEqual({ route, frame });
    expect(hexOf(encodeRouted(route, frame))).toBe(hex);
  });

  test.each(vectors.malformedUp)("malformed: $name", ({ hex }) => {
    expect(decodeRouted(bytesOf(hex))).toBeUndefined();
  });

  test.each(vectors.down)("down: $name", ({ hex, sender, frame }) => {
    expect(decodeSent(bytesOf(hex))).toEqual({ sender, frame });
    expect(hexOf(encodeSent(sender, frame))).toBe(hex);
  });

  test.each(vectors.bundles)("bundle: $name", ({ hex, sent }) => {
    expect(decodeDown(bytesOf(hex))).toEqual(sent);
    expect(hexOf(encodeBundle(sent))).toBe(hex);
  });

  test.each([...vectors.malformedDown, ...vectors.malformedBundles])(
    "nothing comes down: $name",
    ({ hex }) => {
      expect(decodeDown(bytesOf(hex))).toEqual([]);
    },
  );

  test.each(vectors.malformedDown)("malformed: $name", ({ hex }) => {
    expect(decodeSent(bytesOf(hex))).toBeUndefined();
  });
});

test.each(vectors.ackVectors)("ack vector: $name", ({ hex, acks }) => {
  expect(decodeAckVector(bytesOf(hex))).toEqual(acks);
  expect(hexOf(encodeAckVector(acks))).toBe(hex);
});

test.each(vectors.malformedAckVectors)("malformed ack vector: $name", ({ hex }) => {
  expect(decodeAckVector(bytesOf(hex))).toBeUndefined();
});

test.each(vectors.order)("which samples count: $name", ({ samples }) => {
  const order = new SampleOrder();
  for (const { time, number, arrives, counts } of samples) {
    expect(order.accept(time, number, arrives) ?? null).toBe(counts);
  }
});

test.each(vectors.peerIds)("peer id in $room", ({ room, key, id }) => {
  const hash = createHash("sha256").update(room).update(Uint8Array.of(0));
  const digest = hash.update(Buffer.from(key, "base64url")).digest();
  expect(digest.subarray(0, 16).toString("base64url")).toBe(id);
});
