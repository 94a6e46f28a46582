/** Where HTTP servers listen. */
import type { AddressInfo } from "node:net";
import type { UpgradeServer } from "../options.ts";

/** The options that say where a server listens. */
export interface ListenOptions {
  readonly port: "port" | "admin.port";
  readonly host: "host" | "admin.host";
}

export type ListenOption = ListenOptions[keyof ListenOptions];

/** An option that could be had, but not on this machine now: in the same words as one that could not. */
export class ListenError extends Error {
  readonly option: ListenOption;
  /** What is wrong with it, after its name. */
  readonly complaint: string;
  /** Node's. */
  readonly code: string;

  constructor(option: ListenOption, value: string | number, words: string, cause: Failure) {
    const complaint = `is ${JSON.stringify(value)}; allowed: ${words} (${cause.message})`;
    super(`${option} ${complaint}`, { cause });
    this.name = "ListenError";
    this.option = option;
    this.complaint = complaint;
    this.code = cause.code;
  }
}

type Failure = Error & { readonly code: string };

const PORT_WORDS: { readonly [code: string]: string } = {
  EADDRINUSE: "a port that nobody else listens on, or 0 for a free one",
  EACCES: "a port that this user may listen on, as a rule one above 1023, or 0 for a free one",
};

/** The name resolves to nothing, or to what is no address of this machine. */
const HOST_CODES: readonly unknown[] = [
  ...["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NONAME"],
  ...["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"],
];

const HOST_WORDS = "an address of this machine, or a name of one";

/** Rejects when the address cannot be had: with a ListenError where it is known which option is to blame. */
export async function listening(
  http: UpgradeServer,
  port: number,
  host: string,
  options: ListenOptions,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => reject(explained(error, port, host, options));
    http.once("error", fail);
    http.listen(port, host, () => {
      http.off("error", fail);
      resolve();
    });
  });
}

function explained(error: Error, port: number, host: string, options: ListenOptions): Error {
  if (!isFailure(error)) return error;
  const portWords = PORT_WORDS[error.code];
  if (portWords) return new ListenError(options.port, port, portWords, error);
  if (!HOST_CODES.includes(error.code)) return error;
  return new ListenError(options.host, host, HOST_WORDS, error);
}

function isFailure(error: Error): error is Failure {
  return "code" in error && typeof error.code === "string";
}

/** The URL of a server that listens at this address. */
export function urlAt(http: UpgradeServer, { family, address, port }: AddressInfo): string {
  const host = family === "IPv6" ? `[${address}]` : address;
  // http.Server has no certificates to set.
  const scheme = "setSecureContext" in http ? "https" : "http";
  return `${scheme}://${host}:${port}`;
}
