/** A Vite plugin: the signaling server on Vite's own server and port, beside its other sockets. */
import type { Plugin } from "vite";
import type { SignalingServerOptions, UpgradeServer } from "./options.ts";
import { createSignalingServer } from "./server.ts";

export type SkeinServerPluginOptions = Omit<
  SignalingServerOptions,
  "server" | "host" | "port" | "log" | "logger" | "admin"
>;

/** What the plugin needs of both of Vite's servers. */
interface ViteServer {
  readonly httpServer: UpgradeServer | null;
  readonly config: {
    readonly logger: { info(message: string): void; warn(message: string): void };
  };
}

/**
 * Runs a signaling server inside `vite` and `vite preview`. It ends with Vite's server, so that each
 * restart begins a new one; clients resume there by themselves. Unless `origins` says otherwise, only
 * pages that Vite itself serves may connect.
 */
export function skeinServer(options: SkeinServerPluginOptions = {}): Plugin {
  const attach = ({ httpServer, config: { logger } }: ViteServer): void => {
    if (!httpServer) {
      logger.warn(
        "skein-server: Vite runs in middleware mode and has no server; use createSignalingServer({ server }) with yours.",
      );
      return;
    }
    const signaling = createSignalingServer({
      origins: ["same-origin"],
      ...options,
      server: httpServer,
      log: (line) => logger.info(line),
    });
    // Vite resolves its address only when it listens.
    httpServer.once("listening", () => {
      signaling.listen().catch((error: Error) => logger.warn(`skein-server: ${error.message}`));
    });
  };
  return {
    name: "skein-server",
    configureServer: attach,
    configurePreviewServer: attach,
  };
}
