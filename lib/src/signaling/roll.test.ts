import fc from "fast-check";
import { expect, test } from "vitest";
import type { MemberInfo } from "./events.ts";
import { hashOf, Roll, toldOf, wrap } from "./roll.ts";

const member = (id: string, over: Partial<MemberInfo> = {}): MemberInfo => ({
  ...{ id, handle: 1, join: 1, features: 0, webrtc: true, seat: false, away: false },
  presence: { version: 1, state: {} },
  ...over,
});
const sum = (members: readonly MemberInfo[]) =>
  members.reduce((total, each) => wrap(total + hashOf(toldOf(each))), 0);

function rollOf(...members: MemberInfo[]): Roll {
  const roll = new Roll();
  roll.hear("welcome", { self: member("self"), members });
  return roll;
}

test("the hash is FNV-1a, the same on both sides and in every version", () => {
  expect(hashOf(toldOf(member("a", { handle: 7, join: 1_700_000_000_000, seat: true })))).toBe(
    970_932_529,
  );
});

test("whatever is told, both have the same number as long as nothing is lost", () => {
  const ids = ["a", "b", "c"];
  const event = fc.record({
    id: fc.constantFrom(...ids),
    what: fc.constantFrom("joined", "left", "away", "back", "seat", "unseat", "presence"),
    n: fc.integer({ min: 1, max: 9 }),
    lost: fc.integer({ min: 0, max: 19 }),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const server = new Map<string, MemberInfo>([["a", member("a")]]);
      const roll = rollOf(member("a"));
      let lost = false;
      for (const { id, what, n, lost: dice } of events) {
        const known = server.get(id);
        let name: Parameters<Roll["hear"]>[0] = "seat";
        let payload: object = { id };
        if (what === "joined") {
          if (known) continue;
          server.set(id, member(id, { handle: n }));
          name = "joined";
          payload = member(id, { handle: n });
        } else if (!known) continue;
        else if (what === "left") {
          server.delete(id);
          name = "left";
        } else if (what === "away" || what === "back") {
          server.set(id, { ...known, away: what === "away", handle: n });
          name = what === "away" ? "away" : "back";
          payload = what === "away" ? { id } : { id, handle: n };
          if (what === "away") server.set(id, { ...known, away: true });
        } else if (what === "presence") {
          const version = known.presence.version + n;
          server.set(id, { ...known, presence: { version, state: {} } });
          name = "presence";
          payload = { id, version, state: {} };
        } else {
          server.set(id, { ...known, seat: what === "seat" });
          payload = { id, seat: what === "seat" };
        }
        if (dice === 0) lost = true;
        else roll.hear(name, payload);
      }
      const members = [...server.values()];
      const { left, changed, differences } = roll.compare([...members, member("self")]);
      const same = differences.ghost + differences.missing + differences.stale === 0;
      expect(roll.matches(1, sum(members))).toBe(same);
      if (!lost) expect(same).toBe(true);
      // What is said then makes it the same.
      for (const id of left) roll.hear("left", { id });
      for (const info of changed) roll.hear("joined", info);
      expect(roll.matches(2, sum(members))).toBe(true);
    }),
  );
});

test("what differs is counted by kind", () => {
  const roll = rollOf(member("ghost"), member("stale"), member("same"));
  const now = [member("stale", { away: true }), member("same"), member("missing")];
  expect(roll.matches(1, sum(now))).toBe(false);
  expect(roll.compare(now)).toEqual({
    left: ["ghost"],
    changed: [member("stale", { away: true }), member("missing")],
    differences: { ghost: 1, missing: 1, stale: 1 },
  });
});

test("what matched at a version is not summed again at the same one", () => {
  const roll = rollOf(member("a"));
  expect(roll.matches(3, sum([member("a")]))).toBe(true);
  expect(roll.matches(3, 0)).toBe(true);
  expect(roll.matches(4, 0)).toBe(false);
});
