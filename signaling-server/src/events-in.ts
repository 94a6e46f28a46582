/**
 * Checks of the events that clients send. Each returns a fresh value with the known fields only, or
 * undefined when it is malformed.
 */
import {
  type CandidateInit,
  type Interest,
  type Json,
  type LinkReport,
  MAX_INTEREST_PEERS,
  MAX_INTEREST_SURFACES,
  MAX_PRESENCE_BYTES,
  MAX_SIGNAL_BYTES,
  type Signal,
  type SignalData,
  type VersionedPresence,
} from "../../lib/src/signaling/events.ts";
import type { Differences } from "../../lib/src/signaling/roll.ts";
import { MAX_CURSOR_FRAME_BYTES } from "../../lib/src/wire/codes.ts";
import { isCount, isRecord, jsonBytes } from "./checks.ts";
import { isPeerId } from "./identity.ts";
import { rememberSize } from "./limits/presence-size.ts";

/** Longest id of a media section or username fragment in a candidate, in characters. */
const MAX_CANDIDATE_FIELD = 256;

/** `most`: bytes as JSON; what would do otherwise but is larger is "too-large". */
export function parsePresence(
  value: unknown,
  most = MAX_PRESENCE_BYTES,
): VersionedPresence | "too-large" | undefined {
  if (!isRecord(value)) return undefined;
  const { version, state } = value;
  if (!isCount(version) || !isRecord(state)) return undefined;
  const bytes = jsonBytes(state);
  if (!Number.isFinite(bytes)) return undefined;
  if (bytes > most) return "too-large";
  const presence = { version, state: state as { readonly [key: string]: Json } };
  rememberSize(presence, bytes);
  return presence;
}

export function parseSignal(value: unknown): ({ to: string } & Signal) | undefined {
  if (!isRecord(value)) return undefined;
  const { to, attempt, index, data: stranger } = value;
  if (!isPeerId(to) || !isCount(attempt) || !isCount(index)) return undefined;
  const data = parseSignalData(stranger);
  if (!data || jsonBytes(data) > MAX_SIGNAL_BYTES) return undefined;
  return { to, attempt, index, data };
}

function parseSignalData(value: unknown): SignalData | undefined {
  if (!isRecord(value)) return undefined;
  const { type, sdp, candidate } = value;
  switch (type) {
    case "offer":
    case "answer":
      return typeof sdp === "string" ? { type, sdp } : undefined;
    case "candidate": {
      const parsed = parseCandidate(candidate);
      return parsed && { type, candidate: parsed };
    }
    case "renegotiate":
    case "retry":
      return { type };
    default:
      return undefined;
  }
}

function parseCandidate(value: unknown): CandidateInit | undefined {
  if (!isRecord(value)) return undefined;
  const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = value;
  if (typeof candidate !== "string") return undefined;
  if (!isShortOrNull(sdpMid)) return undefined;
  if (sdpMLineIndex !== null && !(isCount(sdpMLineIndex) && sdpMLineIndex <= 0xffff))
    return undefined;
  if (usernameFragment === undefined) return { candidate, sdpMid, sdpMLineIndex };
  if (!isShortOrNull(usernameFragment)) return undefined;
  return { candidate, sdpMid, sdpMLineIndex, usernameFragment };
}

function isShortOrNull(value: unknown): value is string | null {
  return value === null || (typeof value === "string" && value.length <= MAX_CANDIDATE_FIELD);
}

export function parseGoodbye(value: unknown): { generation: number } | undefined {
  if (!isRecord(value)) return undefined;
  const { generation } = value;
  return isCount(generation) ? { generation } : undefined;
}

/** Differences of one audit at most: more than a room has members. */
const MAX_DIFFERENCES = 10_000;

export function parseDifferences(value: unknown): Differences | undefined {
  if (!isRecord(value)) return undefined;
  const { ghost, missing, stale } = value;
  if (!isUpTo(MAX_DIFFERENCES, ghost) || !isUpTo(MAX_DIFFERENCES, missing)) return undefined;
  return isUpTo(MAX_DIFFERENCES, stale) ? { ghost, missing, stale } : undefined;
}

/** Links of one client at most, and the longest time to a direct path that is believed. */
const MAX_REPORTED_LINKS = 10_000;
const MAX_DIRECT_MS = 3_600_000;

export function parseReport(value: unknown): LinkReport | undefined {
  if (!isRecord(value) || !isRecord(value["links"])) return undefined;
  const { direct, relay, server } = value["links"];
  const { directMs } = value;
  if (!isLinkCount(direct) || !isLinkCount(relay) || !isLinkCount(server)) return undefined;
  const links = { direct, relay, server };
  if (directMs === undefined) return { links };
  return isCount(directMs) && directMs <= MAX_DIRECT_MS ? { links, directMs } : undefined;
}

export function parseInterest(value: unknown): Interest | null | undefined {
  if (value === null) return null;
  if (!isRecord(value)) return undefined;
  const { surfaces, peers } = value;
  if (surfaces !== undefined && !isListOf(MAX_INTEREST_SURFACES, isSurface, surfaces)) {
    return undefined;
  }
  if (peers !== undefined && !isListOf(MAX_INTEREST_PEERS, isPeerId, peers)) return undefined;
  return { ...(surfaces ? { surfaces } : {}), ...(peers ? { peers } : {}) };
}

function isListOf<T>(
  most: number,
  is: (value: unknown) => value is T,
  value: unknown,
): value is readonly T[] {
  return Array.isArray(value) && value.length <= most && value.every(is);
}

function isSurface(value: unknown): value is string {
  return typeof value === "string" && Buffer.byteLength(value) <= MAX_CURSOR_FRAME_BYTES;
}

function isUpTo(most: number, value: unknown): value is number {
  return isCount(value) && value <= most;
}

function isLinkCount(value: unknown): value is number {
  return isCount(value) && value <= MAX_REPORTED_LINKS;
}
