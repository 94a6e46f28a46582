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
    const { in: taken } = server.stats().classes;
    const [, control] = taken;
    // Single ones would be one for each message and receiver, or half of that where some come together.
    expect(report.messages.deliverable).toBeGreaterThan(500);
    expect(control?.frames).toBeLessThan(report.messages.deliverable / 2);
    expect(server.stats().malformedFrames).toBe(0);
  }));
