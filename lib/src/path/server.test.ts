import { describe, expect, it, vi } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { decodeRouted } from "../wire/envelope.ts";
import { LATEST_LIMIT_BYTES, RELIABLE_LIMIT_BYTES, ServerPath } from "./server.ts";

const frame = Uint8Array.of(2, 3, 9);
const control = Uint8Array.of(1, 2, 9);

function setUp() {
  const sent: Uint8Array[] = [];
  const socket = {
    joined: true,
    buffered: 0,
    send(message: Uint8Array) {
      sent.push(message);
      return true;
    },
  };
  const onWritable = vi.fn();
  const clock = new FakeClock();
  return { sent, socket, onWritable, clock, path: new ServerPath(socket, clock, onWritable) };
}

describe("ServerPath", () => {
  it("uploads a frame once, with whom it is for", () => {
    const { sent, path } = setUp();
    expect(path.toOne(7, frame, "reliable")).toBe(true);
    expect(path.toOnly([1, 2], frame, "reliable")).toBe(true);
    expect(path.toAllBut([3], frame, "reliable")).toBe(true);
    expect(path.toAllBut([], frame, "reliable")).toBe(true);
    expect(sent.map((each) => decodeRouted(each)?.route)).toEqual([
      { kind: "only", handles: [7] },
      { kind: "only", handles: [1, 2] },
      { kind: "except", handles: [3] },
      { kind: "others" },
    ]);
    expect(decodeRouted(sent[1] ?? new Uint8Array())?.frame).toEqual(frame);
  });

  it("sends nothing for nobody, and says that nothing is left to do", () => {
    const { sent, path } = setUp();
    expect(path.toOnly([], frame, "reliable")).toBe(true);
    expect(sent).toEqual([]);
  });

  it("sends nothing while not joined, or to more members than a route can name", () => {
    const { sent, socket, path } = setUp();
    const many = Array.from({ length: 1025 }, (_, i) => i + 1);
    expect(path.toOnly(many, frame, "reliable")).toBe(false);
    expect(path.toAllBut(many, frame, "latest")).toBe(false);
    socket.joined = false;
    expect(path.toOne(1, frame, "reliable")).toBe(false);
    expect(sent).toEqual([]);
  });

  it("drops what newer values replace sooner than it holds up reliable frames", () => {
    const { socket, path } = setUp();
    socket.buffered = LATEST_LIMIT_BYTES + 1;
    expect(path.toOne(1, frame, "latest")).toBe(false);
    expect(path.toOne(1, frame, "reliable")).toBe(true);
    socket.buffered = RELIABLE_LIMIT_BYTES + 1;
    expect(path.toOne(1, frame, "reliable")).toBe(false);
  });

  it("says once that there is room again, if a reliable frame had to wait", () => {
    const { socket, onWritable, path } = setUp();
    path.credited();
    socket.buffered = RELIABLE_LIMIT_BYTES + 1;
    path.toOne(1, frame, "reliable");
    path.credited();
    expect(onWritable).not.toHaveBeenCalled();
    socket.buffered = 0;
    path.credited();
    path.credited();
    expect(onWritable).toHaveBeenCalledTimes(1);
  });

  it("takes greetings and acknowledgements where messages have to wait", () => {
    const { socket, path } = setUp();
    socket.buffered = RELIABLE_LIMIT_BYTES - 64 * 1024;
    expect(path.toOne(1, frame, "reliable")).toBe(false);
    expect(path.toOne(1, control, "reliable")).toBe(true);
    socket.buffered = RELIABLE_LIMIT_BYTES + 64 * 1024 + 1;
    expect(path.toOne(1, control, "reliable")).toBe(false);
  });

  it("lets no more than a second's worth wait on a slow uplink, and a quarter of a megabyte on any", () => {
    for (const [rate, least, most] of [
      [50_000, 40_000, 70_000],
      [5_000, 32_768, 50_000],
      [2_000_000, RELIABLE_LIMIT_BYTES, RELIABLE_LIMIT_BYTES + 16_400],
    ] as const) {
      const { clock, socket, path } = setUp();
      const bulk = new Uint8Array(16_384);
      bulk[0] = 2;
      socket.send = (message) => {
        socket.buffered += message.length;
        return true;
      };
      let waiting = 0;
      for (let ms = 0; ms < 30_000; ms += 100) {
        while (path.toOne(1, bulk, "reliable"));
        if (ms > 20_000) waiting = Math.max(waiting, socket.buffered);
        clock.advance(100);
        socket.buffered = Math.max(0, socket.buffered - rate / 10);
        path.credited();
      }
      expect(waiting).toBeGreaterThanOrEqual(least);
      expect(waiting).toBeLessThanOrEqual(most);
    }
  });
});
