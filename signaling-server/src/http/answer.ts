/** Answers over HTTP, and the bounded reading of what is asked. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Most bytes of a request's body; messages of back ends have at most 64 KiB. */
const MAX_BODY_BYTES = 256 * 1024;
/** A body that takes longer is not waited for, in milliseconds. */
const BODY_MS = 10_000;

export type ErrorCode =
  | "unauthorized"
  | "not-found"
  | "method-not-allowed"
  | "bad-request"
  | "body-too-large"
  | "unavailable"
  | "internal-error";

const STATUS: { readonly [code in ErrorCode]: number } = {
  unauthorized: 401,
  "not-found": 404,
  "method-not-allowed": 405,
  "bad-request": 400,
  "body-too-large": 413,
  unavailable: 503,
  "internal-error": 500,
};

/** What a request is refused with: a code for programs and a sentence for people. */
export class HttpError extends Error {
  readonly code: ErrorCode;
  readonly headers: { readonly [name: string]: string };

  constructor(code: ErrorCode, message: string, headers: { readonly [name: string]: string } = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): void {
  answer(response, status, "application/json", `${JSON.stringify(body)}\n`, headers);
}

export function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: { readonly [name: string]: string } = {},
): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    // What was true a moment ago is no news.
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

export function answerError(response: ServerResponse, error: HttpError): void {
  // Whatever of a body was not read must not be taken for the next request.
  const headers = response.req.complete ? {} : { connection: "close" };
  const { code, message } = error;
  answerJson(
    response,
    STATUS[code],
    { error: { code, message } },
    { ...headers, ...error.headers },
  );
}

/** The body as JSON. Throws an HttpError. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const tooLarge = () =>
    new HttpError("body-too-large", `A body has at most ${MAX_BODY_BYTES} bytes.`);
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const parts: Buffer[] = [];
  let bytes = 0;
  const slow = setTimeout(() => request.destroy(), BODY_MS);
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > MAX_BODY_BYTES) throw tooLarge();
      parts.push(part);
    }
  } finally {
    clearTimeout(slow);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8")) as unknown;
  } catch {
    throw new HttpError("bad-request", "The body must be JSON.");
  }
}
