import { expect, test } from "vitest";
import { load } from "./load/load.ts";
import { urlOf, withServer } from "./test-client.ts";

test("above the mesh limit what all say is acknowledged to all, in few uploads", () =>
  withServer({ meshLimit: 4 }, async (server) => {
    const members = 12;
    const options = { rooms: 1, members, moving: members, seconds: 2, rate: 1, messages: 20 };
    const report = await load({ ...options, server: urlOf(server) });
    expect(report.messages).toMatchObject({ lost: 0, doubled: 0 });
    expect(report.leaves).toBe(0);
    expect(report.messages.sent).toBeGreaterThan(members * 20);
    const { in: taken } = server.stats().classes;
    const [, control] = taken;
    // Each hello once, and some seconds of vectors; single ones would be one a message and receiver.
    expect(control?.frames).toBeLessThan(members * members + members * 30);
    expect(server.stats().malformedFrames).toBe(0);
  }));
