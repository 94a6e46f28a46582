import { expect, test } from "vitest";
import { z } from "zod";
import type { SkeinErrorCode } from "./errors.ts";
import { type AnyOptions, checkOptions, checkPresence, checkRoomName } from "./options.ts";

const options = (value: unknown) => () => checkOptions(value as AnyOptions);
const code = (expected: SkeinErrorCode, message = "") =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(message) });

test.each(["design-42", "ü", "x".repeat(256), "a b/c?d#e", "💡"])("%j is a room's name", (name) => {
  expect(() => checkRoomName(name)).not.toThrow();
});

test.each([
  ["nothing", ""],
  ["a number", 5],
  ["null", null],
  ["257 bytes", `${"x".repeat(255)}ü`],
  ["a line break", "a\nb"],
  ["half a surrogate pair", "a\ud83d"],
])("%s is none", (_, name) => {
  expect(() => checkRoomName(name)).toThrow(code("bad-room-name"));
});

test("every documented option passes", () => {
  class Some {}
  const all = {
    schema: { presence: z.object({}), messages: { chat: z.string() }, latest: {} },
    presence: {},
    server: "https://signal.example.com",
    paths: "relay",
    iceServers: [
      { urls: "stun:stun.example.com" },
      { urls: ["turns:a.example", "turn:b.example"] },
    ],
    wrtc: { RTCPeerConnection: Some, RTCSessionDescription: Some, RTCIceCandidate: Some },
  };
  expect(options(all)).not.toThrow();
  expect(options({})).not.toThrow();
});

test("an option that is not built yet, or misspelt, is named", () => {
  expect(options({ secret: "s" })).toThrow(code("not-supported", '"secret"'));
  expect(options({ presense: {} })).toThrow(code("not-supported", '"presense"'));
});

test.each([
  ["options that are none", null],
  ["a list of options", []],
  ["unknown paths", { paths: "direct" }],
  ["ICE servers that are no list", { iceServers: { urls: "stun:a" } }],
  ["an ICE server without an address", { iceServers: [{}] }],
  ["an ICE server of another scheme", { iceServers: [{ urls: "https://a.example" }] }],
  ["an ICE server of nothing", { iceServers: [{ urls: [] }] }],
  ["a token that is empty", { token: "" }],
  ["a token that is a promise", { token: Promise.resolve("t") }],
  ["half a WebRTC", { wrtc: { RTCPeerConnection: class {} } }],
  ["a presence schema that is none", { schema: { presence: { name: "string" } } }],
  ["message schemas that are none", { schema: { messages: { chat: "string" } } }],
  ["one schema for all messages", { schema: { messages: z.string(), latest: 5 } }],
  ["a misspelt part of a schema", { schema: { presense: z.object({}) } }],
])("%s are a bad argument", (_, value) => {
  expect(options(value)).toThrow(code("bad-argument"));
});

test("presence is taken as JSON and frozen, whatever becomes of the object later", () => {
  const mine = { name: "Ada", gone: undefined, at: new Date(0) };
  const state = checkPresence(mine, undefined);
  mine.name = "Grace";
  expect(state).toEqual({ name: "Ada", at: "1970-01-01T00:00:00.000Z" });
  expect(Object.isFrozen(state)).toBe(true);
});

test("`__proto__` in presence does nothing", () => {
  const state = checkPresence(JSON.parse('{"__proto__":{"admin":true},"a":1}'), undefined);
  expect(Object.keys(state)).toEqual(["a"]);
  expect(Object.getPrototypeOf(state)).toBe(Object.prototype);
});

test.each([
  ["a string", "Ada"],
  ["null", null],
  ["a list", []],
  ["bytes", new Uint8Array(2)],
  ["a BigInt inside", { n: 1n }],
  ["what becomes a string", { toJSON: () => "Ada" }],
])("presence cannot be %s", (_, presence) => {
  expect(() => checkPresence(presence as object, undefined)).toThrow(code("not-serializable"));
});

test("presence cannot be a cycle", () => {
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  expect(() => checkPresence(cycle, undefined)).toThrow(code("not-serializable"));
});

test("presence has at most 16 KiB as JSON in UTF-8", () => {
  const around = '{"s":""}'.length;
  expect(() => checkPresence({ s: "x".repeat(16 * 1024 - around) }, undefined)).not.toThrow();
  expect(() => checkPresence({ s: "x".repeat(16 * 1024 - around + 1) }, undefined)).toThrow(
    code("presence-too-large", "16385"),
  );
  expect(() => checkPresence({ s: "ü".repeat(8 * 1024) }, undefined)).toThrow(
    code("presence-too-large"),
  );
});

test("presence fits its schema as it will arrive", () => {
  const schema = { presence: z.object({ at: z.date() }) };
  expect(() => checkPresence({ at: new Date(0) }, schema)).toThrow(code("schema-mismatch"));
});
