import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import type { MemberInfo } from "../signaling/events.ts";
import { Mesh } from "./mesh.ts";
// Loaded before the clock of a test runs: the mesh itself loads it when it is wanted.
import "./webrtc.ts";
import type { RoomOptions, WebRtcImplementation } from "./types.ts";

class Constructor {}
/** Enough to say that there is WebRTC; nothing is opened with it here. */
const wrtc = {
  RTCPeerConnection: Constructor,
  RTCSessionDescription: Constructor,
  RTCIceCandidate: Constructor,
} as unknown as WebRtcImplementation;

const member = (change: Partial<MemberInfo> = {}): MemberInfo => ({
  id: "a",
  handle: 1,
  join: 1,
  features: 0,
  webrtc: true,
  seat: true,
  away: false,
  presence: { version: 1, state: {} },
  ...change,
});

async function loaded(options: RoomOptions): Promise<Mesh> {
  let done = () => {};
  const loading = new Promise<void>((resolve) => {
    done = resolve;
  });
  const mesh = new Mesh(options, new FakeClock(), { loaded: done, freed() {} });
  mesh.load();
  if (mesh.possible) await loading;
  return mesh;
}

test("between two members that can, with seats: connecting while it loads, then nothing", async () => {
  const mesh = new Mesh({ wrtc }, new FakeClock(), { loaded() {}, freed() {} });
  expect(mesh.obstacle(member(), member())).toBe("connecting");
  expect((await loaded({ wrtc })).obstacle(member(), member())).toBeNull();
});

test("no seat on either side", async () => {
  const mesh = await loaded({ wrtc });
  expect(mesh.obstacle(member({ seat: false }), member())).toBe("no-seat");
  expect(mesh.obstacle(member(), member({ seat: false }))).toBe("no-seat");
});

test("one that cannot: here, or there; whatever the seats", async () => {
  const here = await loaded({});
  expect(here.possible).toBe(false);
  expect(here.obstacle(member(), member())).toBe("unsupported");
  const there = await loaded({ wrtc });
  expect(there.obstacle(member(), member({ webrtc: false, seat: false }))).toBe("unsupported");
});

test("disabled by the option or by the server's policy, which only narrows", async () => {
  const server = await loaded({ wrtc, paths: "server" });
  server.setPolicy({ paths: "all", meshLimit: 16 });
  expect(server.obstacle(member(), member())).toBe("disabled");
  const all = await loaded({ wrtc, paths: "all" });
  all.setPolicy({ paths: "server", meshLimit: 16 });
  expect(all.obstacle(member(), member())).toBe("disabled");
  all.setPolicy({ paths: "relay", meshLimit: 16 });
  expect(all.obstacle(member(), member())).toBeNull();
});

test("what could not be fetched is fetched again, later and whenever asked, until it is not wanted", async () => {
  const clock = new FakeClock();
  let tries = 0;
  let broken = true;
  const fetchWebRtc = async () => {
    tries += 1;
    if (broken) throw new TypeError("Failed to fetch dynamically imported module");
    return import("./webrtc.ts");
  };
  const mesh = new Mesh({ wrtc }, clock, { loaded() {}, freed() {} }, { fetchWebRtc });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  mesh.load();
  await settled();
  expect(mesh.obstacle(member(), member())).toBe("unsupported");
  clock.advance(2_000);
  await settled();
  expect(tries).toBe(2);
  mesh.load();
  await settled();
  expect(tries).toBe(3);
  mesh.stop();
  clock.advance(120_000);
  expect(tries).toBe(3);
  broken = false;
  mesh.load();
  await settled();
  expect(mesh.obstacle(member(), member())).toBeNull();
  expect(clock.pending).toBe(0);
});
