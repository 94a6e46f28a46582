import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "@playwright/test";

/** Debian's package for each program that the lab runs. */
const programs: Readonly<Record<string, string>> = {
  ip: "iproute2",
  ss: "iproute2",
  nft: "nftables",
  python3: "python3",
  turnserver: "coturn",
};

/** Where administrators' programs are, which is not on everybody's path. */
const SYSTEM_DIRECTORIES = ["/usr/sbin", "/sbin"];

function isInstalled(program: string): boolean {
  const path = [...(process.env["PATH"] ?? "").split(delimiter), ...SYSTEM_DIRECTORIES];
  return path.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why the lab cannot run on this machine, and what to do; `undefined` when it can. */
export function whyNot(): string | undefined {
  if (process.platform !== "linux") return "it is made of Linux network namespaces.";
  if (process.getuid?.() !== 0)
    return "network namespaces need root. Run it as root, or with sudo.";
  const missing = Object.keys(programs).filter((program) => !isInstalled(program));
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map((program) => programs[program]))];
  return `${missing.join(", ")} missing. Run \`apt-get install ${packages.join(" ")}\`.`;
}

/**
 * Called at the top of a file of tests: skips them, with the reason, where the lab cannot run. In
 * CI it never does: there the tests fail and say by themselves what is missing.
 */
export function skipWithoutLab(): void {
  const reason = process.env["CI"] ? undefined : whyNot();
  test.skip(reason !== undefined, `The network lab cannot run here: ${reason}`);
}
