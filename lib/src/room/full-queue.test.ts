import { expect, test } from "vitest";
import { createTestHub } from "../testing/index.ts";

const KIB_64 = new Uint8Array(64 * 1024);

test("more than the only receiver can take is an error at the call, and whatever was taken arrives", async () => {
  await using hub = createTestHub();
  const [ada, bob] = [hub.join("Ada"), hub.join("Bob")];
  await hub.settle();
  let received = 0;
  bob.onMessage("much", () => {
    received += 1;
  });
  let sent = 0;
  expect(() => {
    for (; sent < 1_000; sent++) void ada.send("much", KIB_64);
  }).toThrow(expect.objectContaining({ code: "queue-full" }));
  await hub.settle();
  expect(received).toBe(sent);
  expect(await ada.send("much", "again")).toEqual({ missed: [] });
});
