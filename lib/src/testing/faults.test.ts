import wrtc from "@roamhq/wrtc";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  createSignalingServer,
  type SignalingServer,
} from "../../../signaling-server/src/index.ts";
import { joinRoom, type Room, type RoomOptions } from "../index.ts";
import { createFaults, createTestHub } from "./index.ts";

interface Types {
  presence: { name: string };
  messages: { many: number };
}
type TestRoom = Room<Types>;
const numbersIn = (room: TestRoom) => {
  const numbers: number[] = [];
  room.onMessage("many", ({ data }) => numbers.push(data));
  return numbers;
};
const pathOf = (room: TestRoom) => room.getSnapshot().peers[0]?.path;

describe("in a hub", () => {
  async function two() {
    const hub = createTestHub({ seed: 3 });
    onTestFinished(() => hub.close());
    const ada = hub.join<Types>("Ada");
    const bob = hub.join<Types>("Bob");
    await hub.settle();
    return { hub, ada, bob };
  }

  test("WebRTC cut: the server takes over, and mended it is direct again; nothing is lost", async () => {
    const { hub, ada, bob } = await two();
    const numbers = numbersIn(bob);
    const mend = createFaults(ada).cut("webrtc");
    for (let n = 0; n < 100; n++) {
      void ada.send("many", n);
      await hub.advance(50);
    }
    expect([pathOf(ada), pathOf(bob)]).toEqual(["server", "server"]);
    expect(ada.getSnapshot().peers[0]?.pathReason).not.toBeNull();
    mend();
    await hub.settle();
    await hub.advance(20_000);
    expect([pathOf(ada), pathOf(bob)]).toEqual(["direct", "direct"]);
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  test("the socket cut: direct links go on, and mended it connects again; nobody left", async () => {
    const { hub, ada, bob } = await two();
    const left = vi.fn();
    for (const room of [ada, bob]) room.on("leave", left);
    const numbers = numbersIn(bob);
    const mend = createFaults(ada).cut("socket");
    expect(ada.getSnapshot()).toMatchObject({ status: "reconnecting" });
    expect(ada.getSnapshot().error?.code).toBe("server-unreachable");
    void ada.send("many", 1);
    await hub.settle();
    expect(numbers).toEqual([1]);
    expect(bob.getSnapshot().peers[0]?.activity).toBe("away");
    await hub.advance(40_000);
    expect(ada.getSnapshot().status).toBe("reconnecting");
    mend();
    mend();
    await hub.settle();
    expect(ada.getSnapshot().status).toBe("connected");
    expect(left).not.toHaveBeenCalled();
  });

  test("delays and losses add up, end one by one, and nothing overtakes", async () => {
    const { hub, ada, bob } = await two();
    const numbers = numbersIn(bob);
    const faults = createFaults(ada);
    const mends = [faults.delay(100), faults.delay(200), faults.loss(0.5), faults.loss(0.5)];
    expect(faults.active).toEqual({ webrtc: false, socket: false, delayMs: 300, loss: 0.75 });
    expect(createFaults(ada)).toBe(faults);
    void ada.send("many", 1);
    await hub.advance(299);
    expect(numbers).toEqual([]);
    for (const mend of mends) mend();
    expect(faults.active).toEqual({ webrtc: false, socket: false, delayMs: 0, loss: 0 });
    void ada.send("many", 2);
    await hub.settle();
    expect(numbers).toEqual([1, 2]);
    faults.cut("webrtc");
    faults.cut("socket");
    faults.delay(10);
    faults.mend();
    expect(faults.active).toEqual({ webrtc: false, socket: false, delayMs: 0, loss: 0 });
    await hub.settle();
    expect(ada.getSnapshot().status).toBe("connected");
  });

  test("misuse says what to do", async () => {
    const { ada } = await two();
    expect(() => createFaults({} as never)).toThrow(/joinRoom/);
    const faults = createFaults(ada);
    expect(() => faults.cut("server" as "socket")).toThrow(/"webrtc" or "socket"/);
    expect(() => faults.delay(-1)).toThrow(/milliseconds/);
    expect(() => faults.loss(1)).toThrow(/use cut/);
  });
});

describe("over a real socket", () => {
  let server: SignalingServer;
  beforeEach(async () => {
    vi.spyOn(console, "log").mockImplementation(() => {});
    server = createSignalingServer({ port: 0, host: "127.0.0.1" });
    await server.listen();
  });
  afterEach(async () => {
    await server.close();
    vi.restoreAllMocks();
  });
  async function join(name: string, options: RoomOptions<Types> = {}): Promise<TestRoom> {
    const presence = { name };
    const room = joinRoom<Types>("r", { ...options, server: server.url ?? "", presence });
    onTestFinished(() => room.leave());
    await room.ready;
    return room;
  }

  test("cut, everybody sees it at once; mended, nothing was lost", async () => {
    const ada = await join("Ada");
    const bob = await join("Bob");
    await ada.waitFor((s) => s.peers.length === 1);
    const numbers = numbersIn(bob);
    const mend = createFaults(ada).cut("socket");
    expect(ada.getSnapshot().status).toBe("reconnecting");
    void ada.send("many", 1);
    await bob.waitFor((s) => s.peers[0]?.activity === "away");
    mend();
    await ada.waitFor((s) => s.status === "connected");
    const { missed } = await ada.send("many", 2);
    expect(missed).toEqual([]);
    expect(numbers).toEqual([1, 2]);
  });

  test("over real WebRTC: cut, delayed, and mended", async () => {
    const ada = await join("Ada", { wrtc });
    const bob = await join("Bob", { wrtc });
    const numbers = numbersIn(bob);
    const onPath = (path: string) =>
      Promise.all([ada, bob].map((room) => room.waitFor((s) => s.peers[0]?.path === path)));
    await onPath("direct");
    const faults = createFaults(ada);
    const mend = faults.delay(60);
    const since = performance.now();
    await ada.send("many", 1);
    // There, and the acknowledgement back.
    expect(performance.now() - since).toBeGreaterThan(115);
    mend();
    faults.cut("webrtc");
    const sent = ada.send("many", 2);
    await onPath("server");
    expect(await sent).toEqual({ missed: [] });
    faults.mend();
    await onPath("direct");
    await ada.send("many", 3);
    expect(numbers).toEqual([1, 2, 3]);
  }, 30_000);

  test("delayed, both ways, and in order", async () => {
    const ada = await join("Ada");
    const bob = await join("Bob");
    await ada.waitFor((s) => s.peers.length === 1);
    const numbers = numbersIn(bob);
    const faults = createFaults(ada);
    faults.delay(40);
    faults.loss(0.2);
    const since = performance.now();
    await Promise.all([1, 2, 3, 4, 5].map((n) => ada.send("many", n)));
    // There, and the acknowledgement back.
    expect(performance.now() - since).toBeGreaterThan(75);
    expect(numbers).toEqual([1, 2, 3, 4, 5]);
  });
});
