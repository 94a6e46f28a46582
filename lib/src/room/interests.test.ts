import { describe, expect, onTestFinished, test } from "vitest";
import { createTestHub, type TestHub } from "../testing/index.ts";
import { checkInterest } from "./check-interest.ts";
import type { Room } from "./types.ts";

interface Types {
  presence: { name: string };
}
type TestRoom = Room<Types>;

async function two(meshLimit: number) {
  const hub = createTestHub({ meshLimit });
  onTestFinished(() => hub.close());
  const [ada, bob] = [hub.join<Types>("Ada"), hub.join<Types>("Bob")];
  await hub.settle();
  const path = meshLimit > 0 ? "direct" : "server";
  expect(ada.getSnapshot().peers[0]?.path).toBe(path);
  return { hub, ada, bob, adaId: ada.getSnapshot().self?.id ?? "" };
}

/** The pointer goes along a line for half a second without a rest. */
async function draw(hub: TestHub, room: TestRoom, frame: string): Promise<void> {
  for (let x = 0; x < 25; x++) {
    room.moveCursor({ x, y: 0, frame });
    await hub.advance(20);
  }
}

/** What a room hears of cursors: how many samples on each surface; see `count`. */
function ear(room: TestRoom, surface?: string) {
  let samples: string[] = [];
  const off = room.on(
    "cursor",
    (event) => samples.push(...event.samples.map(({ frame }) => frame)),
    surface === undefined ? {} : { surface },
  );
  /** Since the last call. */
  const count = (frame: string) => {
    const found = samples.filter((each) => each === frame).length;
    samples = samples.filter((each) => each !== frame);
    return found;
  };
  return { count, off };
}

describe.each([
  ["over the server", 0],
  ["over a data channel", 16],
])("%s", (_, meshLimit) => {
  test("only cursors on surfaces that are listened to come, and where the others rest", async () => {
    const { hub, ada, bob } = await two(meshLimit);
    const { count } = ear(ada, "a");
    await hub.advance(200);
    await draw(hub, bob, "b");
    expect(count("b")).toBe(0);
    await hub.settle();
    expect(count("b")).toBe(1);
    await draw(hub, bob, "a\u001fanchor");
    expect(count("a\u001fanchor")).toBeGreaterThan(20);
  });

  test("one that leaves the surface is seen to go, at once", async () => {
    const { hub, ada, bob } = await two(meshLimit);
    const { count } = ear(ada, "a");
    await hub.advance(200);
    await draw(hub, bob, "a");
    expect(count("a")).toBeGreaterThan(20);
    bob.moveCursor({ x: 1, y: 1, frame: "b" });
    await hub.advance(60);
    expect(ada.cursorOf(bob.getSnapshot().self?.id ?? "")?.frame).toBe("b");
  });

  test("who listens without a surface hears all, and so does nobody who only asks", async () => {
    const { hub, ada, bob } = await two(meshLimit);
    const named = ear(ada, "a");
    const all = ear(ada);
    await hub.advance(200);
    await draw(hub, bob, "b");
    expect(all.count("b")).toBeGreaterThan(20);
    all.off();
    await hub.settle();
    named.count("b");
    await draw(hub, bob, "b");
    expect(named.count("b")).toBe(0);
    named.off();
    await hub.advance(200);
    await draw(hub, bob, "b");
    expect(ada.cursorOf(bob.getSnapshot().self?.id ?? "")?.x).toBeGreaterThan(20);
  });

  test("setInterest goes before what listens, names surfaces and peers, and null ends it", async () => {
    const { hub, ada, bob } = await two(meshLimit);
    const cleo = hub.join<Types>("Cleo");
    await hub.settle();
    const { count } = ear(ada);
    ada.setInterest({ peers: [cleo.getSnapshot().self?.id ?? ""], surface: ["b", "c"] });
    await hub.advance(200);
    await draw(hub, bob, "b");
    expect(count("b")).toBe(0);
    await hub.settle();
    count("b");
    await draw(hub, cleo, "b");
    expect(count("b")).toBeGreaterThan(20);
    await draw(hub, cleo, "a");
    // That it left, and where it did.
    expect(count("a")).toBeLessThanOrEqual(2);
    ada.setInterest(null);
    await hub.settle();
    count("b");
    await draw(hub, bob, "b");
    expect(count("b")).toBeGreaterThan(20);
  });

  test("it holds on the next socket, and what was resting elsewhere is there when it is wanted", async () => {
    const { hub, ada, bob } = await two(meshLimit);
    const { count } = ear(ada, "a");
    await hub.advance(200);
    hub.partition(bob, ada);
    await hub.advance(1_000);
    hub.heal();
    await hub.settle();
    await draw(hub, bob, "b");
    expect(count("b")).toBe(0);
    await hub.settle();
    ada.setInterest({ surface: "b" });
    await hub.advance(200);
    expect(ada.cursorOf(bob.getSnapshot().self?.id ?? "")?.frame).toBe("b");
  });
});

test("what is said before the room is joined holds when it is", async () => {
  const hub = createTestHub({ meshLimit: 0 });
  onTestFinished(() => hub.close());
  const ada = hub.join<Types>("Ada");
  ada.setInterest({ peers: [] });
  const bob = hub.join<Types>("Bob");
  const { count } = ear(ada);
  await hub.settle();
  await draw(hub, bob, "");
  expect(count("")).toBe(0);
});

test("an interest has bounds, and says which", () => {
  expect(checkInterest(null)).toBeNull();
  expect(checkInterest({})).toEqual({});
  expect(checkInterest({ surface: "" })).toEqual({ surfaces: [""] });
  const most = { surface: Array(32).fill("é".repeat(32)), peers: Array(256).fill("x") };
  expect(checkInterest(most)).toEqual({ surfaces: most.surface, peers: most.peers });
  for (const wrong of [
    undefined,
    "page",
    { surface: "é".repeat(33) },
    { surface: Array(33).fill("a") },
    { peers: Array(10_000).fill("x") },
    { peers: "x" },
    { peers: [1] },
  ]) {
    expect(() => checkInterest(wrong)).toThrow(expect.objectContaining({ code: "bad-argument" }));
  }
});
