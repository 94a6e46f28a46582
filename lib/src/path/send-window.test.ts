import { expect, test } from "vitest";
import { SendWindow } from "./send-window.ts";

const open = () => new SendWindow({ first: 100, least: 10, most: 400 });

test("grows while what is sent is confirmed soon, up to the most", () => {
  const window = open();
  expect(window.bytes).toBe(100);
  const sizes = [1, 2, 3].map(() => {
    window.confirmed(window.bytes, 50);
    return window.bytes;
  });
  expect(sizes).toEqual([200, 400, 400]);
});

test("is not made larger by those who do not use it", () => {
  const window = open();
  window.confirmed(20, 50);
  expect(window.bytes).toBe(100);
});

test("comes to what the way carries in a second, and never below the least", () => {
  const window = open();
  window.confirmed(100, 2_000);
  expect(window.bytes).toBe(50);
  window.confirmed(50, 750);
  expect(window.bytes).toBe(50);
  window.confirmed(50, 60_000);
  expect(window.bytes).toBe(10);
});

test("begins small again after a standstill", () => {
  const window = open();
  window.stalled(1);
  expect(window.bytes).toBe(10);
  window.confirmed(10, 50);
  expect(window.bytes).toBe(20);
  const sizes = [1, 2, 3, 4].map((times) => {
    window.stalled(times);
    return window.bytes;
  });
  expect(sizes).toEqual([10, 40, 160, 400]);
});
