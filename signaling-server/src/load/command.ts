/** `skein-server load URL`: how a server bears many members, for people and, by --json, for programs. */
import { parseArgs } from "node:util";
import { type Allowed, wholeNumber } from "../allowed.ts";
import { type LoadOptions, type LoadReport, load, MAX_ROOM_OBJECTS } from "./load.ts";
import type { Percentiles } from "./tally.ts";
import { doShare } from "./threads.ts";

interface Flag {
  readonly allowed: Allowed<number>;
  readonly standard: number;
  readonly help: string;
}

const FLAGS = {
  rooms: { allowed: wholeNumber(1, 100_000), standard: 10, help: "rooms" },
  members: { allowed: wholeNumber(2, 10_000), standard: 10, help: "members of each" },
  moving: {
    allowed: wholeNumber(0, 10_000),
    standard: 2,
    help: "of those, how many move and talk",
  },
  seconds: { allowed: wholeNumber(1, 86_400), standard: 10, help: "how long" },
  rate: { allowed: wholeNumber(0, 120), standard: 30, help: "cursor samples a second of each" },
  messages: { allowed: wholeNumber(0, 100), standard: 1, help: "messages a second of each" },
  threads: {
    allowed: wholeNumber(1, 256),
    standard: 1,
    help: "of this program, which share the rooms",
  },
} as const satisfies { readonly [name: string]: Flag };

type FlagName = keyof typeof FLAGS;
const NAMES = Object.keys(FLAGS) as FlagName[];

/** From this share of the time on, what waits for a thread waits noticeably. */
const BUSY = 0.8;

const HELP = `Usage: skein-server load URL [options]

Joins rooms on the signaling server at URL (such as http://127.0.0.1:4600) with real sockets, moves
cursors and sends numbered messages through the server, and says what arrived, when, and what did
not. Deploy or break the server meanwhile to see what members notice of it. Where the server asks for
tokens, SKEIN_LOAD_TOKEN is one for the rooms "load-*".

${NAMES.map((name) => `  ${`--${name} COUNT`.padEnd(26)} ${FLAGS[name].help} (default ${FLAGS[name].standard})`).join("\n")}
  --json                     the report as JSON
  --help                     this text

In rooms of more than ${MAX_ROOM_OBJECTS} members only cursors are sent. The exit code is 0 when no message was
lost or doubled and nobody was seen to leave, else 1.`;

/** Runs it; resolves with the exit code. */
export async function runLoad(args: readonly string[]): Promise<0 | 1> {
  if (await doShare()) return 0;
  let asked: (LoadOptions & { readonly json: boolean }) | "help";
  try {
    asked = read(args);
  } catch (error) {
    console.error(`skein-server: ${(error as Error).message}`);
    return 1;
  }
  if (asked === "help") {
    console.log(HELP);
    return 0;
  }
  try {
    const report = await load({ ...asked, progress: (what) => console.error(what) });
    console.log(asked.json ? JSON.stringify(report) : inWords(report, asked));
    const { messages, leaves } = report;
    return messages.lost === 0 && messages.doubled === 0 && leaves === 0 ? 0 : 1;
  } catch (error) {
    console.error(`skein-server: ${(error as Error).message}`);
    return 1;
  }
}

function read(args: readonly string[]): (LoadOptions & { readonly json: boolean }) | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  const [server, ...more] = positionals;
  if (server === undefined || more.length > 0 || !/^https?:\/\//.test(server)) {
    throw new TypeError(
      "load needs the address of one signaling server, such as http://127.0.0.1:4600 (see load --help)",
    );
  }
  const number = (name: FlagName): number => {
    const { allowed, standard } = FLAGS[name];
    const text = (values as { readonly [name: string]: unknown })[name];
    if (typeof text !== "string") return standard;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (allowed.test(value)) return value;
    throw new TypeError(`--${name} is ${JSON.stringify(text)}; allowed: ${allowed.words}`);
  };
  const members = number("members");
  return {
    server,
    token: process.env["SKEIN_LOAD_TOKEN"],
    rooms: number("rooms"),
    members,
    moving: Math.min(number("moving"), members),
    seconds: number("seconds"),
    rate: number("rate"),
    messages: number("messages"),
    threads: { count: number("threads"), program: process.argv[1] ?? "" },
    json: values.json === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...Object.fromEntries(NAMES.map((name) => [name, { type: "string" as const }])),
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    const [sentence = ""] = (error as Error).message.split(/\.\s|\n/);
    throw new TypeError(`${sentence} (see load --help)`);
  }
}

/** For people. */
export function inWords(report: LoadReport, { members, moving, rooms }: LoadOptions): string {
  const { cursors, messages, reconnections, seconds } = report;
  const second = (count: number) => `${Math.round(count / seconds)}/s`;
  const share = (part: number, whole: number) =>
    whole === 0 ? "–" : `${((100 * part) / whole).toFixed(2)} %`;
  const lines = [
    `${report.members} members, ${members} in each of ${rooms} rooms, ${moving} of those moving, ${seconds.toFixed(1)} s`,
    `join        ${times(report.joinMs)}`,
    `cursors     ${second(cursors.sent)} sent, ${second(cursors.delivered)} delivered (${share(cursors.delivered, cursors.deliverable)}), ${cursors.perPairHz.toFixed(1)} Hz a pair`,
    `            ${times(cursors.latencyMs)}`,
    `messages    ${second(messages.sent)} sent, ${second(messages.delivered)} delivered, ${messages.lost} lost, ${messages.doubled} doubled`,
    `            ${times(messages.latencyMs)}`,
    `leaves      ${report.leaves} seen; ${report.interruptions} interruptions`,
    `reconnects  ${reconnections.count}${reconnections.count === 0 ? "" : ` over ${reconnections.seconds.toFixed(1)} s`}`,
    ...histogram(reconnections.bars, reconnections.seconds),
    ...Object.entries(report.notes).map(([what, count]) => `noted       ${count} × ${what}`),
    `this side   its busiest thread was at work for ${Math.round(100 * report.busy)} % of the time${report.busy > BUSY ? "; the times are partly its own: take more --threads" : ""}`,
  ];
  return lines.join("\n");
}

function times({ count, p50, p90, p99, max }: Percentiles): string {
  if (count === 0) return "nothing to measure";
  const ms = (value: number) => value.toFixed(1);
  return `${ms(p50)} ms median, ${ms(p90)} p90, ${ms(p99)} p99, ${ms(max)} at most`;
}

/** Characters of the longest bar. */
const WIDTH = 50;

/** A line for each bar, over so many seconds. */
export function histogram(bars: readonly number[], seconds: number): string[] {
  const most = Math.max(...bars);
  if (most === 0) return [];
  return bars.map((count, i) => {
    const from = ((i * seconds) / bars.length).toFixed(1).padStart(6);
    return `    ${from} s  ${"#".repeat(Math.round((WIDTH * count) / most))} ${count}`;
  });
}
