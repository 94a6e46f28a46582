import { afterEach, expect, test, vi } from "vitest";
import { watchPage } from "./page.ts";

afterEach(() => vi.unstubAllGlobals());

function page() {
  const window = new EventTarget();
  const connection = new EventTarget();
  vi.stubGlobal("window", window);
  vi.stubGlobal("navigator", { connection });
  const told: string[] = [];
  const undo = watchPage({
    hide: () => told.push("hide"),
    show: () => told.push("show"),
    networkChanged: () => told.push("network"),
  });
  const happen = (type: string) => window.dispatchEvent(new Event(type));
  return { happen, connection, told, undo };
}

test("the first pageshow is the page's beginning, the one after a pagehide its return", () => {
  const { happen, told } = page();
  happen("pageshow");
  happen("pagehide");
  happen("pageshow");
  happen("pageshow");
  expect(told).toEqual(["hide", "show"]);
});

test("the network changed when the page is online again or its connection is another", () => {
  const { happen, connection, told } = page();
  happen("online");
  connection.dispatchEvent(new Event("change"));
  expect(told).toEqual(["network", "network"]);
});

test("the undo leaves no listener", () => {
  const { happen, connection, told, undo } = page();
  undo();
  for (const type of ["pagehide", "pageshow", "online"]) happen(type);
  connection.dispatchEvent(new Event("change"));
  expect(told).toEqual([]);
});

test("without a page, or without network information, nothing is amiss", () => {
  const nothing = { hide() {}, show() {}, networkChanged() {} };
  vi.stubGlobal("window", undefined);
  expect(() => watchPage(nothing)()).not.toThrow();
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("navigator", {});
  expect(() => watchPage(nothing)()).not.toThrow();
});
