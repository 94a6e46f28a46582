import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { REASONS } from "./reasons.ts";

const page = readFileSync(new URL("../../../docs/troubleshooting.md", import.meta.url), "utf8");

test.each(Object.entries(REASONS))(
  "%s is explained as on the troubleshooting page",
  (reason, said) => {
    expect(page.replaceAll("`", "")).toContain(`| ${reason} | ${said.meaning} | ${said.advice} |`);
  },
);
