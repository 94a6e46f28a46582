import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BEADS, Places } from "./places.ts";

describe("Places", () => {
  it("agree, in whatever order moves arrive and however often", () => {
    const move = fc.record({
      bead: fc.nat(BEADS.length - 1),
      x: fc.integer({ min: -500, max: 500 }),
      y: fc.integer({ min: -500, max: 500 }),
      version: fc.integer({ min: 1, max: 6 }),
      by: fc.constantFrom("ada", "bob", "eve"),
    });
    // One mover never gives two moves the same version.
    const moves = fc.uniqueArray(move, {
      selector: ({ bead, version, by }) => `${bead} ${version} ${by}`,
    });
    fc.assert(
      fc.property(
        moves.chain((all) =>
          fc.tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.constant(all)),
        ),
        ([shuffled, all]) => {
          const [one, other] = [new Places(), new Places()];
          for (const { bead, ...place } of all) one.take(bead, place);
          for (const { bead, ...place } of [...shuffled, ...all]) other.take(bead, place);
          expect(other.moved()).toEqual(one.moved());
        },
      ),
    );
  });

  it("let a move made after seeing another win", () => {
    const [ada, bob] = [new Places(), new Places()];
    const first = ada.move(0, { x: 1, y: 1 }, "zoe");
    bob.take(0, first);
    const second = bob.move(0, { x: 2, y: 2 }, "ada");
    expect(ada.take(0, second)).toBe(true);
    expect(bob.take(0, first)).toBe(false);
    expect(ada.at(0)).toEqual(bob.at(0));
  });

  it("bring a newcomer up to date", () => {
    const [old, young] = [new Places(), new Places()];
    old.move(3, { x: 700, y: -20 }, "ada");
    for (const [bead, place] of Object.entries(old.moved())) young.take(Number(bead), place);
    expect(young.at(3)).toMatchObject({ x: 700, y: -20 });
    expect(young.at(0)).toEqual(new Places().at(0));
  });

  it.each([[1e9], [0x7f_ff_ff_ff], [0xff_ff_ff_ff]])(
    "let nobody claim to be the last, with version %i",
    (version) => {
      const [ada, bob] = [new Places(), new Places()];
      for (const places of [ada, bob]) places.take(0, { x: 9, y: 9, version, by: "zzz" });
      const move = bob.move(0, { x: 2, y: 2 }, "bob");
      expect(ada.take(0, move)).toBe(true);
      expect(ada.at(0)).toEqual(bob.at(0));
    },
  );

  it.each([
    [0, null],
    [0, { x: 1, y: 2, version: 1 }],
    [0, { x: Number.NaN, y: 2, version: 1, by: "" }],
    [0, { x: 1, y: 2, version: 1e12, by: "" }],
    [99, { x: 1, y: 2, version: 1, by: "ada" }],
    [0.5, { x: 1, y: 2, version: 1, by: "ada" }],
  ])("refuse what is no move of theirs: %j %j", (bead, data) => {
    expect(new Places().take(bead, data)).toBe(false);
  });
});
