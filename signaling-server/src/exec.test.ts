import { expect, test } from "vitest";
import { serverUrl } from "./exec.ts";

test("where to connect to is not always where the server listens", () => {
  expect(serverUrl("http://127.0.0.1:4600")).toBe("http://127.0.0.1:4600");
  expect(serverUrl("http://0.0.0.0:4600")).toBe("http://127.0.0.1:4600");
  expect(serverUrl("http://[::]:4600")).toBe("http://[::1]:4600");
});

test("a path before /skein is part of it", () => {
  expect(serverUrl("http://127.0.0.1:4600", "/skein")).toBe("http://127.0.0.1:4600");
  expect(serverUrl("http://127.0.0.1:4600", "/live/skein")).toBe("http://127.0.0.1:4600/live");
});
