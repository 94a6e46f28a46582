import { afterEach, expect, test, vi } from "vitest";
import { Emitter } from "./emitter.ts";

interface Events {
  a: number;
  b: string;
}

afterEach(() => vi.unstubAllGlobals());

function recorded() {
  const emitter = new Emitter<Events>();
  const heard: unknown[] = [];
  return { emitter, heard, hear: (event: unknown) => void heard.push(event) };
}

test("listeners hear their event, in the order in which they came", () => {
  const { emitter, heard } = recorded();
  emitter.on("a", (n) => heard.push(`first ${n}`));
  emitter.on("a", (n) => heard.push(`second ${n}`));
  emitter.on("b", (s) => heard.push(s));
  emitter.emit("a", 1);
  expect(heard).toEqual(["first 1", "second 1"]);
});

test("the undo takes off that one registration, and may be called twice", () => {
  const { emitter, heard, hear } = recorded();
  const undo = emitter.on("a", hear);
  emitter.on("a", hear);
  emitter.emit("a", 1);
  undo();
  undo();
  emitter.emit("a", 2);
  expect(heard).toEqual([1, 1, 2]);
});

test("a signal takes the listener off; an aborted one never puts it on", () => {
  const { emitter, heard, hear } = recorded();
  const controller = new AbortController();
  emitter.on("a", hear, { signal: controller.signal });
  emitter.emit("a", 1);
  controller.abort();
  emitter.emit("a", 2);
  emitter.on("a", hear, { signal: controller.signal })();
  emitter.emit("a", 3);
  expect(heard).toEqual([1]);
});

test("the undo lets go of the signal", () => {
  const { emitter, hear } = recorded();
  const { signal } = new AbortController();
  const removed = vi.spyOn(signal, "removeEventListener");
  emitter.on("a", hear, { signal })();
  expect(removed).toHaveBeenCalledOnce();
});

test("a listener taken off by another hears nothing more; one put on hears the next event", () => {
  const { emitter, heard, hear } = recorded();
  let undo = () => {};
  emitter.on("a", () => {
    undo();
    emitter.on("a", (n) => heard.push(`late ${n}`));
  });
  undo = emitter.on("a", hear);
  emitter.emit("a", 1);
  expect(heard).toEqual([]);
  emitter.emit("a", 2);
  expect(heard).toEqual(["late 2"]);
});

test("an exception is reported, and the others hear the event all the same", () => {
  const report = vi.fn();
  vi.stubGlobal("reportError", report);
  const { emitter, heard, hear } = recorded();
  const error = new Error("the app's");
  emitter.on("a", () => {
    throw error;
  });
  emitter.on("a", hear);
  emitter.emit("a", 1);
  expect(heard).toEqual([1]);
  expect(report).toHaveBeenCalledExactlyOnceWith(error);
});

test("any string is a name", () => {
  const emitter = new Emitter<{ [name: string]: number }>();
  const heard: number[] = [];
  emitter.on("__proto__", (n) => heard.push(n));
  emitter.emit("constructor", 1);
  emitter.emit("__proto__", 2);
  expect(heard).toEqual([2]);
});
