import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { loaded } from "../library.ts";
import { pageFiles } from "../page-files.ts";
import { ports } from "./addresses.ts";
import type { Service } from "./command.ts";
import { Coturn } from "./coturn.ts";
import { type LinkDriver, origin, type Settled, type TurnAccess } from "./drivers.ts";
import type { Lab } from "./lab.ts";
import { type Met, meet } from "./meet.ts";
import { program } from "./program.ts";
import type { SkeinServerSetup } from "./skeinServer.ts";

/**
 * Starts the signaling server, with the test page or another, on the `signaling` host of a lab.
 * Without `turn` it hands out only STUN.
 */
export async function startSkeinServer(
  lab: Lab,
  turn: TurnAccess | null,
  files?: ReadonlyMap<string, string>,
): Promise<Service> {
  const page = join(lab.directory, "page.json");
  await writeFile(page, JSON.stringify([...(files ?? (await pageFiles()))]));
  const { stun, turn: urls } = Coturn.urls(lab);
  const iceServers = [{ urls: stun }];
  const setup: SkeinServerSetup = {
    host: lab.signaling.publicAddress,
    port: ports.signaling,
    page,
    server: turn === null ? { iceServers } : { iceServers, turn: { urls, ...turn } },
  };
  const args = [await program("skeinServer.ts"), JSON.stringify(setup)];
  return lab.signaling.namespace.start(process.execPath, args, /^listening$/);
}

/** Links of Skein's, from `joinRoom` to where they settle. */
export class SkeinDriver implements LinkDriver {
  serve(lab: Lab, turn: TurnAccess): Promise<Service> {
    return startSkeinServer(lab, turn);
  }

  async link(lab: Lab, a: Page, b: Page, room: string): Promise<Settled> {
    const pages = [a, b];
    await Promise.all(
      pages.map(async (page) => {
        await page.goto(origin(lab));
        await loaded(page);
      }),
    );
    const met = await Promise.all(pages.map((page) => page.evaluate(meet, room)));
    return summary(met);
  }
}

function summary(met: readonly Met[]): Settled {
  const [left, right] = met;
  if (left === undefined || right === undefined) throw new Error("a link has two ends");
  if (met.some(({ secureContext }) => secureContext)) {
    throw new Error("the lab's pages are on plain http, and must not be secure contexts");
  }
  if (left.path !== right.path) {
    throw new Error(`the ends settled on different paths: ${left.detail} | ${right.detail}`);
  }
  const latest = (times: readonly number[]) => Math.max(...times);
  return {
    path: left.path,
    reasons: met.map(({ reason }) => reason),
    firstMessageMs: latest(met.map(({ firstMessageMs }) => firstMessageMs)),
    firstCursorMs: latest(met.map(({ firstCursorMs }) => firstCursorMs)),
    settledMs: latest(met.map(({ settledMs }) => settledMs)),
    detail: met.map(({ detail }) => detail).join(" | "),
  };
}
