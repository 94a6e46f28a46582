import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium, firefox } from "@playwright/test";
import type { Lab } from "./lab.ts";
import type { Host } from "./topology.ts";

export const browserKinds = ["chromium", "firefox"] as const;
export type BrowserKind = (typeof browserKinds)[number];

/** Where the browsers are. Stock ones: no build of Playwright's own is needed. */
const executables = {
  chromium: process.env["SKEIN_CHROMIUM"] ?? "/usr/bin/chromium",
  firefox: process.env["SKEIN_FIREFOX"] ?? "/usr/bin/firefox-esr",
};

const chromiumArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  // mDNS names cannot be resolved from another namespace; on a real network multicast carries them.
  "--disable-features=WebRtcHideLocalIpsWithMdns",
];

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
  const enter =
    kind === "chromium"
      ? ["ip", "netns", "exec", host.namespace.name, executables.chromium]
      : [
          "python3",
          join(import.meta.dirname, "loopbackRelay.py"),
          host.namespace.name,
          executables.firefox,
        ];
  const wrapper = join(lab.directory, `${kind}-on-${host.name}`);
  await writeFile(wrapper, `#!/bin/sh\nexec ${enter.map(quoted).join(" ")} "$@"\n`);
  await chmod(wrapper, 0o755);
  if (kind === "chromium")
    return chromium.launch({ executablePath: wrapper, args: chromiumArguments });
  return firefox.launch({
    channel: "moz-firefox",
    executablePath: wrapper,
    firefoxUserPrefs: firefoxPreferences,
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
