import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SignalData } from "./events.ts";
import { EVENT_GUARDS as FIRST_GUARDS, isFinal, isPeerId, isRefusal, jsonBytes } from "./guards.ts";
import { LATE_GUARDS } from "./late-guards.ts";
import { isIceServer, isSignalData } from "./webrtc-guards.ts";

const EVENT_GUARDS = { ...FIRST_GUARDS, ...LATE_GUARDS };

const ID = `${"a".repeat(21)}A`;
const member = {
  id: ID,
  handle: 1,
  join: 1,
  features: 0,
  webrtc: true,
  seat: false,
  away: false,
  presence: { version: 0, state: {} },
};
const ice = {
  servers: [
    { urls: "stun:stun.example.com" },
    {
      urls: ["turn:turn.example.com:3478?transport=tcp", "turns:[2001:db8::1]:443"],
      username: "u",
      credential: "c",
    },
  ],
  ttlSeconds: 0,
};
const policy = { paths: "relay", meshLimit: 16 };
const candidate = {
  candidate: "candidate:1 1 udp 1 10.0.0.1 1 typ host",
  sdpMid: "0",
  sdpMLineIndex: 0,
};

/** One of each event, as a good server sends it. */
const good: { readonly [K in keyof typeof EVENT_GUARDS]: unknown } = {
  welcome: {
    protocol: 1,
    features: 0,
    self: { ...member, user: { id: "u1", name: "Ada", team: { lead: true } } },
    resumed: false,
    members: [member],
    size: 2,
    ice,
    policy,
    ttlSeconds: 600,
  },
  joined: member,
  away: { id: ID },
  back: { id: ID, handle: 3 },
  left: { id: ID, reason: "lost" },
  presence: { id: ID, version: 3, state: { cursor: [1, { deep: null }] } },
  signal: { from: ID, attempt: 1, index: 0, data: { type: "candidate", candidate } },
  seat: { id: ID, seat: true },
  ice,
  policy,
  knock: { handle: 12 },
  credit: 0,
  echo: 7,
  vouched: { id: ID, user: { id: "u1" }, grants: ["cursor", "message:chat"] },
  renewed: { ttlSeconds: 600 },
  notRenewed: { code: "token-expired", message: "Too late." },
  message: { id: "m1", type: "notice", data: { text: "Soon closed." } },
  undelivered: { to: ID, code: "unknown-peer", message: "Not here any more." },
  drain: { withinMs: 20_000 },
  spread: 4_000,
  audit: { version: 3, hash: 4_294_967_295 },
  roll: { version: 3, members: [member] },
  page: { members: [member], more: true },
  batch: [
    ["joined", member],
    ["vouched", { id: ID }],
    ["left", { id: ID, reason: "goodbye" }],
  ],
  refused: { code: "replaced", message: "A newer socket took over." },
};

const OPTIONAL = ["user", "grants", "ttlSeconds", "size"];

const names = Object.keys(good) as (keyof typeof good)[];

/** Of the event, and of what opens WebRTC paths. */
function signal(data: unknown): boolean {
  return EVENT_GUARDS.signal({ from: ID, attempt: 1, index: 0, data }) && isSignalData(data);
}

describe("EVENT_GUARDS", () => {
  it.each(names)("takes a well-formed %s", (name) => {
    expect(EVENT_GUARDS[name](good[name])).toBe(true);
  });

  it("ignores what newer servers may add", () => {
    expect(EVENT_GUARDS.away({ id: ID, since: 3 })).toBe(true);
  });

  it("takes every kind of signal", () => {
    const kinds: SignalData[] = [
      { type: "offer", sdp: "v=0" },
      { type: "answer", sdp: "v=0" },
      { type: "candidate", candidate },
      { type: "candidate", candidate: { ...candidate, sdpMid: null, usernameFragment: "x" } },
      { type: "renegotiate" },
      { type: "retry" },
    ];
    for (const each of kinds) expect(signal(each)).toBe(true);
  });

  it.each([
    ["no data", undefined],
    ["an unknown type", { type: "bye" }],
    ["an offer without a description", { type: "offer" }],
    ["a description over 64 KiB", { type: "offer", sdp: "x".repeat(64 * 1024 + 1) }],
    ["a candidate that is a string", { type: "candidate", candidate: "candidate:1" }],
    [
      "a candidate over 2 KiB",
      { type: "candidate", candidate: { ...candidate, candidate: "x".repeat(2049) } },
    ],
    ["a negative line", { type: "candidate", candidate: { ...candidate, sdpMLineIndex: -1 } }],
    ["a type inherited from Object", { type: "constructor" }],
  ])("refuses a signal with %s", (_what, data) => {
    expect(signal(data)).toBe(false);
  });

  it.each([
    ["an ICE server that is text", "ice", { servers: ["stun:a"], ttlSeconds: 0 }],
    ["33 ICE servers", "ice", { servers: Array(33).fill({ urls: "stun:a" }), ttlSeconds: 0 }],
    ["an unknown policy", "policy", { paths: "none", meshLimit: 1 }],
    ["handle 0", "knock", { handle: 0 }],
    ["a handle that is text", "knock", { handle: "1" }],
    ["a number with a fraction", "credit", 1.5],
    ["a number beyond the safe ones", "credit", 2 ** 53],
    ["presence that is a list", "presence", { id: ID, version: 1, state: [] }],
    [
      "presence over 16 KiB of UTF-8",
      "presence",
      { id: ID, version: 1, state: { a: "ü".repeat(8192) } },
    ],
    ["a user without an id", "joined", { ...member, user: { name: "Ada" } }],
    [
      "a user whose name is markup in an object",
      "joined",
      { ...member, user: { id: "u", name: {} } },
    ],
    ["members that are an object", "welcome", { ...(good.welcome as object), members: {} }],
    ["a refusal of an unheard-of code", "refused", { code: "toString", message: "" }],
  ] as const)("refuses %s", (_what, name, payload) => {
    expect(EVENT_GUARDS[name](payload)).toBe(false);
  });

  it.each([
    ["an ICE URL of another scheme", { urls: "javascript:alert(1)" }],
    ["an ICE URL with a line break", { urls: "stun:a\nb" }],
    ["17 ICE URLs", { urls: Array(17).fill("stun:a") }],
    ["no ICE URL", { username: "u" }],
    ["a credential that is a number", { urls: "turn:a", username: "u", credential: 1 }],
  ])("opens no path by %s", (_what, server) => {
    expect(isIceServer(server)).toBe(false);
    for (const good of ice.servers) expect(isIceServer(good)).toBe(true);
  });

  it("refuses presence nested too deep to be written again, instead of throwing", () => {
    const state: unknown = JSON.parse(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`);
    expect(EVENT_GUARDS.presence({ id: ID, version: 1, state })).toBe(false);
  });

  it("never throws, and refuses each event with one field missing or of another type", () => {
    const other = fc.constantFrom<unknown>(undefined, null, -1, 0.5, "", "x", true, [], {});
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), other, (name, pick, value) => {
        const payload = good[name];
        if (typeof payload !== "object" || payload === null) return;
        const keys = Object.keys(payload);
        const key = keys[pick % keys.length] ?? "";
        // May be absent, or be anything.
        fc.pre(key !== "data" && !(value === undefined && OPTIONAL.includes(key)));
        const was = (payload as { [key: string]: unknown })[key];
        // Another value of the same type may be right.
        fc.pre(
          typeof was !== typeof value ||
            value === null ||
            Array.isArray(was) !== Array.isArray(value) ||
            value === -1 ||
            value === 0.5 ||
            value === "",
        );
        fc.pre(!(key === "message" && typeof value === "string"));
        expect(EVENT_GUARDS[name]({ ...payload, [key]: value })).toBe(false);
      }),
    );
  });

  it("never throws for any JSON", () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, payload) => {
        expect(typeof EVENT_GUARDS[name](payload)).toBe("boolean");
      }),
    );
  });
});

describe("isPeerId", () => {
  it("takes base64url of 16 bytes and nothing else", () => {
    expect(isPeerId(ID)).toBe(true);
    for (const wrong of ["", `${ID}A`, ID.slice(1), `${"a".repeat(21)}B`, `${ID}\n`, 22, null]) {
      expect(isPeerId(wrong)).toBe(false);
    }
  });
});

describe("refusals", () => {
  it("knows which are final", () => {
    expect(isFinal("unauthorized")).toBe(true);
    expect(isFinal("shutting-down")).toBe(false);
    expect(isRefusal(undefined)).toBe(false);
  });
});

describe("jsonBytes", () => {
  it("counts UTF-8, and finds no number for what JSON cannot carry", () => {
    expect(jsonBytes({ a: "ü" })).toBe(10);
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(jsonBytes(circle)).toBe(Number.POSITIVE_INFINITY);
  });
});
