import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium, firefox } from "@playwright/test";
import { browsers as findBrowsers } from "../../scripts/browsers.mjs";
import type { Lab } from "./lab.ts";
import type { Host } from "./topology.ts";

export const browserKinds = ["chromium", "firefox"] as const;
export type BrowserKind = (typeof browserKinds)[number];

// mDNS names cannot be resolved from another namespace; on a real network multicast carries them.
const SHOW_ADDRESSES = "--disable-features=WebRtcHideLocalIpsWithMdns";

const firefoxPreferences = {
  // The same for Firefox.
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  // None of these services exist on the lab's internet.
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "dom.security.https_first": false,
};

/** Single quotes for a POSIX shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Starts a real browser on a host of the lab. It is driven from outside: Chromium through a pipe,
 * Firefox through a WebSocket that loopbackRelay.py makes reachable.
 */
export async function launchBrowser(lab: Lab, host: Host, kind: BrowserKind): Promise<Browser> {
  const found = (await findBrowsers())[kind];
  const relay = join(import.meta.dirname, "loopbackRelay.py");
  // A stock Firefox listens for its driver; everything else is driven through a pipe.
  const enter =
    found.channel === undefined
      ? ["ip", "netns", "exec", host.namespace.name, found.executablePath]
      : ["python3", relay, host.namespace.name, found.executablePath];
  const executablePath = join(lab.directory, `${kind}-on-${host.name}`);
  await writeFile(executablePath, `#!/bin/sh\nexec ${enter.map(quoted).join(" ")} "$@"\n`);
  await chmod(executablePath, 0o755);
  if (kind === "chromium")
    return chromium.launch({ executablePath, args: [...(found.args ?? []), SHOW_ADDRESSES] });
  return firefox.launch({
    executablePath,
    firefoxUserPrefs: firefoxPreferences,
    ...(found.channel === undefined ? {} : { channel: found.channel }),
  });
}

/** The lab's browsers, started when first asked for and kept, because starting takes a second. */
export class BrowserPool {
  readonly #lab: Lab;
  readonly #browsers = new Map<string, Promise<Browser>>();

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** The one browser of this kind on this host. Use a new context for each test. */
  get(host: Host, kind: BrowserKind): Promise<Browser> {
    const key = `${kind} ${host.name}`;
    let browser = this.#browsers.get(key);
    if (browser === undefined) {
      browser = launchBrowser(this.#lab, host, kind);
      this.#browsers.set(key, browser);
    }
    return browser;
  }

  async close(): Promise<void> {
    const browsers = await Promise.allSettled(this.#browsers.values());
    this.#browsers.clear();
    await Promise.all(
      browsers.map((started) => started.status === "fulfilled" && started.value.close()),
    );
  }
}
