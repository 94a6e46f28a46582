/** How the inspector says things: short, and the same everywhere. */
import type { PathKind } from "../path/path.ts";
import type { Status } from "../room/types.ts";
import type { Condition, MeshLink } from "./mesh.ts";

export const PATH_WORDS: Readonly<Record<PathKind, string>> = {
  direct: "Straight from browser to browser.",
  relay: "From browser to browser, by way of a TURN server.",
  server: "By way of the signaling server.",
};

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  idle: "Not connected",
  connecting: "Connecting",
  connected: "Connected",
  reconnecting: "Reconnecting",
  closed: "Closed",
};

export function milliseconds(value: number | null): string {
  if (value === null) return "–";
  if (value < 1) return "<1 ms";
  return value < 9.95 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

/** With three digits at most. */
export function bytes(value: number): string {
  if (value < 1_000) return `${Math.round(value)} B`;
  const [amount, unit] = value < 1_000_000 ? [value / 1_000, "kB"] : [value / 1_000_000, "MB"];
  return `${amount < 99.95 ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
}

export const rate = (bytesPerSecond: number): string => `${bytes(bytesPerSecond)}/s`;

/** A line's look by a word: its path, unless something is to be said about it. */
export function lineOf({ path, condition }: Pick<MeshLink, "path" | "condition">): string {
  return condition === "broken" || condition === "trying" ? condition : path;
}

export const LINES = ["direct", "relay", "server", "trying", "broken"] as const;

export function between({ a, b }: MeshLink): string {
  return a.isSelf ? `You – ${b.name}` : `${a.name} – ${b.name}`;
}

export function shortly(link: MeshLink): string {
  const { path, reason, rtt, condition } = link;
  const how = condition === "broken" ? `broken, ${reason ?? "no reason given"}` : path;
  return `${between(link)}: ${how}${rtt === null ? "" : `, ${milliseconds(rtt)}`}`;
}

const COUNTED: Readonly<Record<Condition, string>> = {
  broken: "broken",
  trying: "opening",
  settled: "by server",
  good: "over WebRTC",
};
export const conditionWord = (condition: Condition): string => COUNTED[condition];

/** The room in one sentence. */
export function verdict(links: readonly MeshLink[], broken: readonly MeshLink[]): string {
  if (links.length === 0) return "Nobody else is here.";
  const [first] = broken;
  const all = links.length === 1 ? "the one link" : `${links.length} links`;
  if (first !== undefined) {
    return broken.length === 1 ? `1 of ${all} is broken` : `${broken.length} of ${all} are broken`;
  }
  const trying = links.filter(({ condition }) => condition === "trying").length;
  if (trying > 0) return `${trying} of ${all} ${trying === 1 ? "is" : "are"} still opening`;
  return links.length === 1 ? "The one link is well" : `All ${links.length} links are well`;
}
