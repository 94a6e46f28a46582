import { test as base, expect } from "@playwright/test";
import { RawDriver } from "./drivers.ts";
import { MatrixLab, shortCells } from "./matrix.ts";
import { skipWithoutLab } from "./requirements.ts";

/** The lab of the matrix, for all cells of this file. */
const test = base.extend<object, { readonly matrix: MatrixLab }>({
  matrix: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it
    async ({}, use) => {
      const matrix = await MatrixLab.create(new RawDriver());
      await use(matrix);
      await matrix.close();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

skipWithoutLab();

test.describe("where the browsers' own connections settle", () => {
  for (const cell of shortCells) {
    test(`${cell.name}: ${cell.expected}`, async ({ matrix }) => {
      const settled = await matrix.run(cell);
      expect(settled.path, settled.detail).toBe(cell.expected);
      expect(settled.firstMessageMs).toBeLessThan(Number.POSITIVE_INFINITY);
    });
  }
});
