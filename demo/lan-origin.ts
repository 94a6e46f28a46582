import type { Plugin } from "vite";

/**
 * Tells the page where the local network reaches it, so that the code to scan works on a phone when
 * the page itself was opened as `localhost`. Known only once the server listens, hence not a constant.
 */
export function lanOrigin(): Plugin {
  return {
    name: "skein-demo:lan-origin",
    apply: "serve",
    transformIndexHtml(_, { server }) {
      const address = server?.resolvedUrls?.network[0];
      if (address === undefined) return [];
      const content = new URL(address).origin;
      return [{ tag: "meta", attrs: { name: "skein-lan-origin", content }, injectTo: "head" }];
    },
  };
}
