/**
 * What is answered over plain HTTP: `/health`, `/ready`, `/metrics` and `/admin/…`, on the server's own
 * port, on one beside it, or inside somebody else's server.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "../log.ts";
import { AdminApi, type AdminTarget } from "./admin.ts";
import { answer, answerError, answerJson, HttpError } from "./answer.ts";
import type { Metrics } from "./metrics.ts";

export interface EndpointsOptions {
  readonly target: AdminTarget;
  readonly metrics: Metrics;
  /** Why no new clients are taken; undefined when they are. */
  readonly notReady: () => string | undefined;
  /** Undefined: there is no admin API. */
  readonly token: string | undefined;
  /** Metrics and admin API have a port of their own: only there they are answered. */
  readonly apart: boolean;
  readonly log: Log;
}

const READING: readonly string[] = ["GET", "HEAD"];

export class Endpoints {
  readonly #options: EndpointsOptions;
  readonly #admin: AdminApi | undefined;

  constructor(options: EndpointsOptions) {
    this.#options = options;
    const { target, token, log } = options;
    this.#admin = token === undefined ? undefined : new AdminApi(target, token, log);
  }

  /**
   * Answers a request for one of them; false, and nothing is done, for any other.
   *
   * @param base what comes before their paths, such as "/skein"
   * @param inner whether it came by the port that is for operators only
   */
  handle(request: IncomingMessage, response: ServerResponse, base = "", inner = false): boolean {
    const { url = "" } = request;
    if (!url.startsWith(`${base}/`)) return false;
    const path = url.slice(base.length);
    const run = this.#find(request, response, path, inner);
    if (!run) return false;
    Promise.resolve()
      .then(run)
      .catch((error: unknown) => this.#fail(response, error));
    return true;
  }

  #find(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    inner: boolean,
  ): (() => void | Promise<void>) | undefined {
    const operators = inner || !this.#options.apart;
    const [bare = ""] = path.split("?", 1);
    if (bare === "/admin" || bare.startsWith("/admin/")) {
      const admin = this.#admin;
      if (!operators || !admin) return undefined;
      return () => admin.answer(request, response, path.slice("/admin".length));
    }
    const read = {
      "/health": () => answerJson(response, 200, { status: "ok" }),
      "/ready": () => this.#ready(response),
      "/metrics": operators ? () => this.#metrics(request, response, inner) : undefined,
    }[bare];
    if (!read) return undefined;
    return () => {
      if (READING.includes(request.method ?? "")) return read();
      const allow = READING.join(", ");
      throw new HttpError("method-not-allowed", `Here one may ${allow}.`, { allow });
    };
  }

  #ready(response: ServerResponse): void {
    const reason = this.#options.notReady();
    if (reason === undefined) answerJson(response, 200, { status: "ready" });
    else answerJson(response, 503, { status: "unready", reason });
  }

  /** Where strangers can ask, the token is asked for too, if there is one. */
  async #metrics(
    request: IncomingMessage,
    response: ServerResponse,
    inner: boolean,
  ): Promise<void> {
    if (!inner) this.#admin?.checkToken(request);
    const { metrics } = this.#options;
    answer(response, 200, metrics.registry.contentType, await metrics.text());
  }

  #fail(response: ServerResponse, error: unknown): void {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    if (error instanceof HttpError) {
      answerError(response, error);
      return;
    }
    this.#options.log.error({ stack: (error as Error).stack }, "an HTTP request failed");
    answerError(response, new HttpError("internal-error", "The server's log says more."));
  }
}
