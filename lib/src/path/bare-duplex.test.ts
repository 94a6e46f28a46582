import { expect, it } from "vitest";
import { Duplex } from "./bare-duplex.ts";

it("calls listeners in order with what was emitted, once or again, until they are taken off", () => {
  const duplex = new Duplex();
  const heard: unknown[] = [];
  const always = (...values: unknown[]) => heard.push(["always", ...values]);
  duplex.on("signal", always).once("signal", (value) => heard.push(["once", value]));
  expect(duplex.emit("signal", 1, 2)).toBe(true);
  duplex.emit("signal", 3);
  duplex.removeListener("signal", always);
  expect(duplex.emit("signal", 4)).toBe(false);
  expect(heard).toEqual([
    ["always", 1, 2],
    ["once", 1],
    ["always", 3],
  ]);
});

it("lets a listener take others off while it is called", () => {
  const duplex = new Duplex();
  const heard: string[] = [];
  duplex.on("close", () => {
    heard.push("first");
    duplex.removeAllListeners();
  });
  duplex.on("close", () => heard.push("second"));
  duplex.emit("close");
  duplex.emit("close");
  expect(heard).toEqual(["first", "second"]);
});

it("is a stream that has ended, so that destroying it has nothing left to do", () => {
  const duplex = new Duplex();
  expect([duplex._readableState.ended, duplex._writableState.finished]).toEqual([true, true]);
  expect(duplex.push()).toBe(true);
  expect(duplex.resume().end()).toBe(duplex);
});
