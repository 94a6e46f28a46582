/**
 * What the server says to its operator: a sentence and a few fields. Never payloads, tokens or room
 * contents; network addresses only when asked for.
 */

export type Fields = { readonly [key: string]: string | number | boolean | null | undefined };

/** What of pino's logger is used; Fastify's `app.log` and others have the same four methods. */
export interface Logger {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
}

export type Log = Logger;

/** One line for each record, for embedders that only want to print; debug records are left out. */
export function lineLog(write: (line: string) => void): Log {
  const say = (fields: Fields, message: string) =>
    write(`skein-server: ${message}${describeFields(fields)}`);
  return { debug: () => {}, info: say, warn: say, error: say };
}

/** ` key=value …`, in one line whatever the values. */
export function describeFields(fields: object): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}=${/^[\w.:/@+-]+$/.test(String(value)) ? value : JSON.stringify(value)}`,
    )
    .join("");
}
