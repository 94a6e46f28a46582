import { Emitter as Original } from "@socket.io/component-emitter";
import { describe, expect, it, vi } from "vitest";
import { Emitter } from "./bare-emitter.ts";

/** Both, and they agree on all of it. */
const emitters = [
  { name: "bare-emitter", make: () => new Emitter() },
  { name: "@socket.io/component-emitter", make: () => new Original() as unknown as Emitter },
];

describe.each(emitters)("$name", ({ make }) => {
  it("calls the listeners of an event in their order, with all values and itself as `this`", () => {
    const emitter = make();
    const called: unknown[] = [];
    emitter.on("data", function (this: unknown, ...values) {
      called.push(["first", this === emitter, ...values]);
    });
    emitter.on("data", (...values) => called.push(["second", ...values]));
    emitter.on("close", () => called.push("close"));
    emitter.emit("data", 1, "two");
    expect(called).toEqual([
      ["first", true, 1, "two"],
      ["second", 1, "two"],
    ]);
  });

  it("calls once what shall be called once, also when that emits again", () => {
    const emitter = make();
    const run = vi.fn(() => emitter.emit("drain"));
    emitter.once("drain", run);
    emitter.emit("drain");
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("takes one listener away, the listeners of one event, and all", () => {
    const emitter = make();
    const [first, second, third] = [vi.fn(), vi.fn(), vi.fn()];
    emitter.on("data", first).on("data", second).on("close", third);
    emitter.off("data", first).off("error", first).emit("data");
    expect([first, second].map(({ mock }) => mock.calls.length)).toEqual([0, 1]);
    emitter.removeAllListeners("data").emit("data").emit("close");
    expect([second, third].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    emitter.removeAllListeners().emit("close");
    expect(third).toHaveBeenCalledTimes(1);
  });

  it("finishes with the listeners that an emit began with, whatever these do to each other", () => {
    const emitter = make();
    const late = vi.fn();
    const gone = vi.fn();
    emitter.on("close", () => void emitter.off("close", gone).on("close", late));
    emitter.on("close", gone);
    emitter.emit("close");
    expect([gone, late].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
    emitter.emit("close");
    expect([gone, late].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  it("knows events by any name", () => {
    const emitter = make();
    const run = vi.fn();
    emitter.emit("__proto__").emit("constructor").on("constructor", run).emit("constructor");
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("emits past a class that has another emit", () => {
    const emitter = make();
    const run = vi.fn();
    emitter.emit = () => emitter;
    emitter.on("disconnect", run).emitReserved("disconnect", "why");
    expect(run).toHaveBeenCalledExactlyOnceWith("why");
  });
});
