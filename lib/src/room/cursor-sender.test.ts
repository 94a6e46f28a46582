import { describe, expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { type DecodedEntry, decodeEntry, decodeFrame, encodeValue } from "../wire/index.ts";
import { checkPosition } from "./cursor-position.ts";
import { CursorSender } from "./cursor-sender.ts";
import { LatestSender } from "./latest-sender.ts";
import { PointerInbox } from "./pointer-inbox.ts";

interface Receiver {
  pace: number;
}

/** What a room does with what the senders hand over. */
function outlet() {
  const latest: Uint8Array[] = [];
  const reliable: DecodedEntry[] = [];
  const receiver: Receiver = { pace: 0 };
  const state = { receivers: [receiver], room: true };
  /** What went to each receiver. */
  const to = new Map<Receiver, Uint8Array[]>();
  return {
    receiver,
    to: (one: Receiver) => to.get(one) ?? [],
    state,
    latest,
    reliable,
    outlet: {
      receivers: () => state.receivers,
      pace: ({ pace }: Receiver) => pace,
      latest: (frame: Uint8Array, receivers: readonly Receiver[]) => {
        latest.push(frame);
        for (const one of receivers) to.set(one, [...(to.get(one) ?? []), frame]);
      },
      reliable: (entry: Uint8Array) => {
        if (state.room) reliable.push(decodeEntry(entry));
        return state.room;
      },
    },
  };
}

describe("one's own pointer", () => {
  function setup() {
    const clock = new FakeClock();
    const out = outlet();
    const sender = new CursorSender(clock, out.outlet);
    const move = (x: number, y = 0) => sender.move(checkPosition({ x, y }, clock.now()));
    const cursors = () =>
      out.latest.map((bytes) => {
        const frame = decodeFrame(bytes);
        if (frame.kind !== "cursor") throw new Error(`a ${frame.kind}, not a cursor`);
        return frame;
      });
    const points = () => cursors().flatMap((frame) => frame.samples.map(({ x }) => x));
    return { ...out, clock, sender, move, cursors, points };
  }

  test("alone, nothing is sent and no timer runs; whoever comes is told where it is", () => {
    const { state, latest, reliable, clock, sender, move } = setup();
    state.receivers = [];
    move(1);
    move(2);
    clock.advance(1_000);
    expect([latest.length, reliable.length, clock.pending]).toEqual([0, 0, 0]);
    const frame = decodeFrame(sender.present() ?? new Uint8Array());
    expect(frame).toMatchObject({ kind: "cursor", samples: [{ x: 2 }] });
  });

  test("the first sample goes at once, the following ones in batches at screen rate", () => {
    const { clock, move, cursors } = setup();
    move(1);
    expect(cursors()).toHaveLength(1);
    for (let x = 2; x <= 5; x++) {
      clock.advance(3);
      move(x);
    }
    expect(cursors()).toHaveLength(1);
    clock.advance(4);
    expect(cursors().map(({ samples }) => samples.length)).toEqual([1, 4]);
  });

  test("every sample goes once, numbered on and on", () => {
    const { clock, move, cursors, points } = setup();
    for (let x = 0; x < 600; x++) {
      move(x);
      clock.advance(2);
    }
    clock.advance(20);
    expect(points()).toEqual(Array.from({ length: 600 }, (_, x) => x));
    let next = 0;
    for (const { number, samples } of cursors()) {
      expect(number).toBe(next % 256);
      next += samples.length;
    }
  });

  test("1,000 moves a second build no queue", () => {
    const { clock, move, points } = setup();
    for (let x = 0; x < 1_000; x++) {
      move(x);
      clock.advance(1);
      // What was moved and is not sent is at most what one interval holds.
      if (x % 97 === 0) expect(x + 1 - points().length).toBeLessThanOrEqual(16);
    }
    clock.advance(200);
    expect(points()).toHaveLength(1_000);
    expect(clock.pending).toBe(0);
  });

  test("at rest for 100 ms, the last sample goes reliably, once, under its number", () => {
    const { clock, move, cursors, reliable } = setup();
    move(1);
    clock.advance(20);
    move(2);
    clock.advance(99);
    expect(reliable).toHaveLength(0);
    clock.advance(10_000);
    expect(reliable).toHaveLength(1);
    const [entry] = reliable;
    if (entry?.kind !== "cursor") throw new Error("no cursor");
    expect(decodeFrame(entry.frame)).toMatchObject({ samples: [{ x: 2 }] });
    const last = cursors().at(-1);
    expect(decodeFrame(entry.frame)).toMatchObject({ number: last?.number });
    expect(clock.pending).toBe(0);
  });

  test("who has the last sample already sees nothing happen when it comes again", () => {
    const { clock, move, cursors, reliable } = setup();
    const inbox = new PointerInbox(clock);
    move(1);
    clock.advance(150);
    const [entry] = reliable;
    if (entry?.kind !== "cursor") throw new Error("no cursor");
    const final = decodeFrame(entry.frame);
    if (final.kind !== "cursor") throw new Error("no cursor");
    for (const frame of cursors()) expect(inbox.accept(frame)).toHaveLength(1);
    expect(inbox.accept(final)).toEqual([]);
    // And who lost it learns it now.
    expect(new PointerInbox(clock).accept(final)).toMatchObject([{ x: 1, y: 0 }]);
  });

  test("without room for the final sample it is offered again until there is", () => {
    const { state, clock, move, reliable } = setup();
    state.room = false;
    move(1);
    clock.advance(1_000);
    state.room = true;
    clock.advance(100);
    expect(reliable).toMatchObject([{ kind: "cursor" }]);
  });

  test("hidden: told reliably and at once, and nothing after it", () => {
    const { clock, sender, move, reliable, points } = setup();
    move(1);
    move(2);
    sender.hide();
    sender.hide();
    expect(points()).toEqual([1, 2]);
    expect(reliable).toMatchObject([{ kind: "cursorHidden", number: 1 }]);
    clock.advance(1_000);
    expect(reliable).toHaveLength(1);
    expect(sender.present()).toBeNull();
    expect(clock.pending).toBe(0);
  });

  test("hidden without room is told later; moved again meanwhile, it is not hidden", () => {
    const { state, clock, sender, move, reliable } = setup();
    move(1);
    state.room = false;
    sender.hide();
    state.room = true;
    clock.advance(100);
    expect(reliable).toMatchObject([{ kind: "cursorHidden" }]);
    move(2);
    state.room = false;
    sender.hide();
    move(3);
    state.room = true;
    clock.advance(1_000);
    expect(reliable.map(({ kind }) => kind)).toEqual(["cursorHidden", "cursor"]);
  });

  test("a knock is answered when the pointer moved in the last 2 s", () => {
    const { clock, sender, move } = setup();
    expect(sender.presentIfMoving()).toBeNull();
    move(1);
    clock.advance(2_000);
    expect(sender.presentIfMoving()).not.toBeNull();
    clock.advance(1);
    expect(sender.presentIfMoving()).toBeNull();
    expect(sender.present()).not.toBeNull();
  });

  test("a time before zero does not break the frame that hides", () => {
    const { sender, reliable } = setup();
    sender.move(checkPosition({ x: 1, y: 1, time: -5 }, 0));
    sender.hide();
    expect(reliable).toMatchObject([{ kind: "cursorHidden", time: 65_531 }]);
  });

  test("stopped, it forgets the pointer and leaves no timer", () => {
    const { clock, sender, move, latest, reliable } = setup();
    move(1);
    move(2);
    sender.stop();
    clock.advance(1_000);
    expect([latest.length, reliable.length, clock.pending]).toEqual([1, 0, 0]);
    expect(sender.present()).toBeNull();
  });
});

describe("a receiver that asked to be told once a second", () => {
  function setup() {
    const clock = new FakeClock();
    const out = outlet();
    const slow = { pace: 6 };
    out.state.receivers = [out.receiver, slow];
    const sender = new CursorSender(clock, out.outlet);
    const move = (x: number) => sender.move(checkPosition({ x, y: 0 }, clock.now()));
    /** What somebody sees who gets these frames, in the order in which they come. */
    const seenIn = (frames: readonly Uint8Array[]) => {
      const inbox = new PointerInbox(clock);
      return frames.flatMap((bytes) => {
        const frame = decodeFrame(bytes);
        return frame.kind === "cursor" ? inbox.accept(frame).map(({ x }) => x) : [];
      });
    };
    const finals = () => {
      return out.reliable.flatMap((entry) => (entry.kind === "cursor" ? [entry.frame] : []));
    };
    return { ...out, clock, slow, sender, move, seenIn, finals };
  }

  test("gets the whole way all the same, and the others as often as ever", () => {
    const { clock, move, receiver, slow, to, seenIn } = setup();
    for (let x = 0; x < 300; x++) {
      move(x);
      clock.advance(16);
    }
    expect(to(receiver)).toHaveLength(300);
    expect(to(slow)).toHaveLength(5);
    clock.advance(200);
    const way = Array.from({ length: 300 }, (_, x) => x);
    expect(seenIn(to(receiver))).toEqual(way);
    expect(seenIn(to(slow))).toEqual(way);
    expect(clock.pending).toBe(0);
  });

  test("knows the last position as soon as the others do, and hears it before the way there is old", () => {
    const { clock, move, slow, to, seenIn, finals } = setup();
    move(1);
    clock.advance(10);
    move(2);
    move(3);
    clock.advance(100);
    expect(finals()).toHaveLength(1);
    // The way first, the final sample adds nothing: it was numbered like the last of the way.
    expect(seenIn([...to(slow), ...finals()])).toEqual([1, 2, 3]);
    // And where the way got lost, it is the final sample that tells.
    expect(seenIn(finals())).toEqual([3]);
  });

  test("of the fastest mouse it gets no more than one frame holds, with the last sample", () => {
    const { clock, move, slow, to, seenIn, sender, reliable } = setup();
    for (let x = 0; x < 5_000; x++) {
      move(x);
      clock.advance(1);
    }
    sender.hide();
    expect(to(slow)).toHaveLength(6);
    for (const frame of to(slow)) expect(frame.length).toBeLessThan(1_200);
    const seen = seenIn(to(slow));
    expect(seen.length).toBeLessThanOrEqual(6 * 64);
    expect(seen.at(-1)).toBe(4_999);
    for (let i = 1; i < seen.length; i++) expect(seen[i]).toBeGreaterThan(seen[i - 1] ?? 0);
    expect(reliable).toMatchObject([{ kind: "cursorHidden" }]);
  });

  test("that asks for all again, gets what it lacks with the next", () => {
    const { clock, move, slow, to, seenIn } = setup();
    for (let x = 0; x < 100; x++) {
      if (x === 50) slow.pace = 0;
      move(x);
      clock.advance(16);
    }
    expect(seenIn(to(slow))).toEqual(Array.from({ length: 100 }, (_, x) => x));
    expect(to(slow)).toHaveLength(51);
  });
});

describe("latest values", () => {
  function setup() {
    const clock = new FakeClock();
    const out = outlet();
    const sender = new LatestSender(clock, out.outlet);
    const send = (key: string, n: number) => {
      const value = encodeValue(n);
      if (value === undefined) throw new Error("a number has JSON");
      return sender.send("drag", key, value);
    };
    const numberIn = (value: { bytes: Uint8Array }) =>
      Number(new TextDecoder().decode(value.bytes));
    const lossy = () =>
      out.latest.map((bytes) => {
        const frame = decodeFrame(bytes);
        if (frame.kind !== "latest") throw new Error(`a ${frame.kind}`);
        return `${frame.key}=${numberIn(frame.value)}`;
      });
    const final = () =>
      out.reliable.map((entry) => {
        if (entry.kind !== "latest") throw new Error(`a ${entry.kind}`);
        return `${entry.key}=${numberIn(entry.value)}`;
      });
    return { ...out, clock, sender, send, lossy, final };
  }

  test("alone, nothing is sent and no timer runs", () => {
    const { state, clock, send, latest } = setup();
    state.receivers = [];
    expect(send("a", 1)).toBe(true);
    expect([latest.length, clock.pending]).toEqual([0, 0]);
  });

  test("the newest value of each key goes at screen rate", () => {
    const { clock, send, lossy } = setup();
    send("a", 1);
    send("a", 2);
    send("b", 1);
    send("a", 3);
    expect(lossy()).toEqual(["a=1"]);
    clock.advance(16);
    expect(lossy()).toEqual(["a=1", "b=1", "a=3"]);
  });

  test("who asked to be told less often gets each key's newest value, and all that rest", () => {
    const { clock, send, receiver, state, to, final } = setup();
    const slow = { pace: 6 };
    state.receivers = [receiver, slow];
    for (let n = 0; n < 300; n++) {
      send("a", n);
      if (n % 2 === 0) send("b", n);
      clock.advance(16);
    }
    expect(to(receiver).length).toBeGreaterThan(300);
    const values = to(slow).map((bytes) => {
      const frame = decodeFrame(bytes);
      return frame.kind === "latest" ? frame.key : "";
    });
    expect(values.length).toBeLessThanOrEqual(10);
    expect(new Set(values)).toEqual(new Set(["a", "b"]));
    clock.advance(200);
    expect(final().sort()).toEqual(["a=299", "b=298"]);
    const before = to(slow).length;
    clock.advance(1_100);
    // What it has is not said again.
    expect(to(slow)).toHaveLength(before);
    expect(clock.pending).toBe(0);
  });

  test("a key at rest for 100 ms has its last value sent reliably, while others go on", () => {
    const { clock, send, final } = setup();
    send("still", 7);
    for (let n = 0; n < 50; n++) {
      send("moving", n);
      clock.advance(10);
    }
    expect(final()).toEqual(["still=7"]);
    clock.advance(200);
    expect(final()).toEqual(["still=7", "moving=49"]);
    expect(clock.pending).toBe(0);
  });

  test("1,000 a second over ten keys: no queue, and the last value of every key", () => {
    const { clock, send, latest, final } = setup();
    for (let n = 0; n < 3_000; n++) {
      send(`${n % 10}`, n);
      clock.advance(1);
    }
    // At most each key once per interval.
    expect(latest.length).toBeLessThanOrEqual((3_000 / 16 + 1) * 10);
    clock.advance(500);
    expect(final().sort()).toEqual(Array.from({ length: 10 }, (_, k) => `${k}=${2_990 + k}`));
    expect(clock.pending).toBe(0);
  });

  test("without room for a final value it is offered again until there is", () => {
    const { state, clock, send, final } = setup();
    state.room = false;
    send("a", 1);
    clock.advance(500);
    expect(final()).toEqual([]);
    state.room = true;
    clock.advance(200);
    expect(final()).toEqual(["a=1"]);
    expect(clock.pending).toBe(0);
  });

  test("keys in motion are bounded, and what rested makes room", () => {
    const { clock, send } = setup();
    for (let i = 0; i < 4_096; i++) expect(send(`${i}`, i)).toBe(true);
    expect(send("one more", 0)).toBe(false);
    expect(send("7", 8)).toBe(true);
    clock.advance(300);
    expect(send("one more", 0)).toBe(true);
  });

  test("stopped, it leaves nothing behind", () => {
    const { clock, sender, send, final } = setup();
    send("a", 1);
    send("a", 2);
    sender.stop();
    clock.advance(1_000);
    expect(final()).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
