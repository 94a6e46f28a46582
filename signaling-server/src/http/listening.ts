/** Where HTTP servers listen. */
import type { AddressInfo } from "node:net";
import type { UpgradeServer } from "../options.ts";

/** Rejects when the address cannot be had. */
export async function listening(http: UpgradeServer, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      resolve();
    });
  });
}

/** The URL of a server that listens at this address. */
export function urlAt(http: UpgradeServer, { family, address, port }: AddressInfo): string {
  const host = family === "IPv6" ? `[${address}]` : address;
  // http.Server has no certificates to set.
  const scheme = "setSecureContext" in http ? "https" : "http";
  return `${scheme}://${host}:${port}`;
}
