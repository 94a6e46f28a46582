/** The command's log: pino's JSON lines for machines, or the same as text for a person. */
import { pino } from "pino";
import { describeFields, type Log } from "./log.ts";

/** Names of pino's levels by their numbers. */
const LEVELS: { readonly [level: number]: string } = pino.levels.labels;

export interface PinoLogOptions {
  readonly level: string;
  readonly format: "json" | "text";
  /** Takes whole lines. */
  readonly write: (line: string) => void;
}

export function pinoLog({ level, format, write }: PinoLogOptions): Log {
  return pino(
    {
      level,
      // The process and the host are known to whoever collects the lines.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Belt and braces: nobody should log these in the first place.
      redact: ["token", "key", "secret", "authorization", "cookie"],
    },
    { write: format === "json" ? write : (line) => write(readable(line)) },
  );
}

/** `12:34:56 INFO listening … key=value`. */
function readable(line: string): string {
  const { level, time, msg, stack, ...fields } = JSON.parse(line) as {
    level: number;
    time: string;
    msg: string;
    stack?: string;
  };
  const head = `${time.slice(11, 19)} ${(LEVELS[level] ?? "").toUpperCase().padEnd(5)} ${msg}`;
  return `${head}${describeFields(fields)}${stack === undefined ? "" : `\n${stack}`}\n`;
}
