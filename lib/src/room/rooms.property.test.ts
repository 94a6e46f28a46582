/** Whole rooms on a network that does its worst: what was sent arrives, once and in order. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createFaults, createTestHub } from "../testing/index.ts";
import type { Room } from "./types.ts";

interface Types {
  presence: { name: string; n: number };
  messages: { n: number };
}
type Step =
  | { readonly kind: "send" | "presence" | "socket" | "webrtc" | "mend"; readonly who: number }
  | { readonly kind: "partition"; readonly sides: readonly number[] }
  | { readonly kind: "heal" }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "network"; readonly delay: number; readonly loss: number };

const NAMES = ["Ada", "Bob", "Cleo"];
/** Shorter, all of them, than the half minute after which somebody who is away has left. */
const LONGEST_WAIT_MS = 3_000;
const MOST_STEPS = 9;
/** Runs in CI; `ROOM_RUNS` asks for others. */
const RUNS = Number(process.env["ROOM_RUNS"] ?? 100);

const who = fc.nat(NAMES.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("send" as const, "presence" as const), who }),
  },
  fc.record({ kind: fc.constantFrom("socket" as const, "webrtc" as const, "mend" as const), who }),
  fc.record({
    kind: fc.constant("partition" as const),
    sides: fc.array(fc.nat(1), { minLength: NAMES.length, maxLength: NAMES.length }),
  }),
  fc.record({ kind: fc.constant("heal" as const) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(LONGEST_WAIT_MS) }),
  fc.record({
    kind: fc.constant("network" as const),
    delay: fc.nat(300),
    loss: fc.double({ min: 0, max: 0.4, noNaN: true }),
  }),
);

test("exactly once and in order, and everybody's newest presence, whatever happens in between", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.array(step, { minLength: 1, maxLength: MOST_STEPS }),
      async (seed, steps) => {
        await using hub = createTestHub({ seed });
        const rooms = NAMES.map((name) =>
          hub.join<Types>(name, { presence: { name, n: 0 } }),
        ) as Room<Types>[];
        await hub.settle();
        const told = rooms.map((room) => {
          const told: string[] = [];
          room.onMessage("n", ({ data, peer }) => told.push(`${peer.presence.name} ${data}`));
          room.on("leave", ({ peer }) => told.push(`${peer.presence.name} left`));
          return told;
        });
        const sent = rooms.map(() => 0);
        const at = (index: number) => rooms[index] as Room<Types>;
        for (const each of steps) {
          if (each.kind === "send") {
            const number = (sent[each.who] ?? 0) + 1;
            sent[each.who] = number;
            void at(each.who).send("n", number);
          } else if (each.kind === "presence") at(each.who).setPresence(({ n }) => ({ n: n + 1 }));
          else if (each.kind === "mend") createFaults(at(each.who)).mend();
          else if (each.kind === "heal") hub.heal();
          else if (each.kind === "wait") await hub.advance(each.ms);
          else if (each.kind === "network") {
            hub.delay(each.delay);
            hub.drop(each.loss);
          } else if (each.kind === "partition") {
            const side = (n: number) => rooms.filter((_, index) => each.sides[index] === n);
            hub.partition(side(0), side(1));
          } else createFaults(at(each.who)).cut(each.kind);
        }
        hub.heal();
        hub.delay(0);
        hub.drop(0);
        for (const room of rooms) createFaults(room).mend();
        await hub.settle();
        rooms.forEach((room, index) => {
          const { status, peers } = room.getSnapshot();
          expect(status).toBe("connected");
          for (const peer of peers) {
            const sender = NAMES.indexOf(peer.presence.name);
            expect(peer.presence).toEqual(at(sender).getSnapshot().self?.presence);
            const heard = told[index]?.filter((line) => line.startsWith(peer.presence.name));
            expect(heard).toEqual(
              Array.from({ length: sent[sender] ?? 0 }, (_, n) => `${peer.presence.name} ${n + 1}`),
            );
          }
          expect(peers).toHaveLength(NAMES.length - 1);
        });
      },
    ),
    { numRuns: RUNS },
  );
}, 600_000);
