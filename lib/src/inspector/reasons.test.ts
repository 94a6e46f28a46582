import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { REASONS } from "./reasons.ts";

const page = readFileSync(new URL("../../../docs/troubleshooting.md", import.meta.url), "utf8");

/** Without marks and links, as words on a screen. */
const plain = page.replaceAll("`", "").replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1");

test.each(Object.entries(REASONS))(
  "%s is explained as on the troubleshooting page",
  (reason, said) => {
    expect(plain).toContain(`| ${reason} | ${said.meaning} | ${said.advice} |`);
  },
);
