import { test as base, expect } from "@playwright/test";
import { expectedReasons } from "./expectedPath.ts";
import { MatrixLab, shortCells } from "./matrix.ts";
import { skipWithoutLab } from "./requirements.ts";
import { SkeinDriver } from "./skeinDriver.ts";

/** The lab of the matrix, for all cells of this file. */
const test = base.extend<object, { readonly matrix: MatrixLab }>({
  matrix: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it
    async ({}, use) => {
      const matrix = await MatrixLab.create(new SkeinDriver());
      await use(matrix);
      await matrix.close();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

skipWithoutLab();

/** Four times what joining, a cursor and a message take on a busy machine: some 0.5 s. */
const FIRST_WITHIN_MS = 2_000;

test.describe("where a link settles, working from its first round trips", () => {
  for (const cell of shortCells) {
    test(`${cell.name}: ${cell.expected}`, async ({ matrix }) => {
      const settled = await matrix.run(cell);
      expect(settled.path, settled.detail).toBe(cell.expected);
      expect(settled.reasons, settled.detail).toEqual(expectedReasons(...cell.networks));
      // They work long before they settle, on whatever path there is.
      expect(settled.firstMessageMs).toBeLessThan(FIRST_WITHIN_MS);
      expect(settled.firstCursorMs).toBeLessThan(FIRST_WITHIN_MS);
    });
  }
});
