import type { RefusalCode } from "../../lib/src/signaling/events.ts";
import type { LimitName } from "./limits/limits.ts";

/** Names of the classes of frames, by the first byte of a frame's type. */
export const CLASS_NAMES = [
  "other",
  "control",
  "message",
  "presence",
  "cursor",
  "latest",
  "bulk",
] as const;

/** The bit of sealed frames: what is sealed has a class all the same. */
const SEALED = 0x80;

export interface Count {
  frames: number;
  bytes: number;
}

/** What a server has counted since it was made. */
export interface ServerStats {
  /** Sockets admitted to a room now. */
  sockets: number;
  /** Upgrades that asked for another transport or protocol revision. */
  badUpgrades: number;
  /** Connections that ended without a CONNECT. */
  abandoned: number;
  /** Binary messages taken from clients, and their bytes. */
  framesIn: number;
  bytesIn: number;
  /** Deliveries to clients: one upload to ten members counts ten. */
  framesOut: number;
  bytesOut: number;
  /** The same by class of frame, in the order of CLASS_NAMES, each with its route or sender. */
  classes: { in: Count[]; out: Count[] };
  /** Not sent to slow sockets: lossy frames shed, presence replaced by newer before it went out. */
  shedCursor: number;
  shedLatest: number;
  shedPresence: number;
  coalescedPresence: number;
  /** Dropped because their sender was over its rate: cursors, latest values, presence frames. */
  overRateCursor: number;
  overRateLatest: number;
  overRatePresence: number;
  /** How often a client was given no credit for a while, because it was over its rate. */
  creditsHeld: number;
  /** How often somebody ran into a limit, by its name. */
  limited: { [Limit in LimitName]?: number };
  /** Cursor frames not sent to members whose interest leaves them out. */
  unwantedCursor: number;
  /** Not sent to anybody because the same sender's newer ones waited for the same tick. */
  coalescedCursor: number;
  coalescedLatest: number;
  /** Times that a room sent out at once what had come in the meantime. */
  ticks: number;
  /** Sockets cut because they did not take what was sent to them. */
  overflowed: number;
  /** Messages of no protocol at all (the connection is closed), unknown or malformed ones (dropped). */
  unparsable: number;
  unknownEvents: number;
  malformedEvents: number;
  malformedFrames: number;
  /** Handles in routes that nobody in the room has: their member has just left, or a guess. */
  unknownHandles: number;
  /** Signals to ids that are not in the room. */
  strangerSignals: number;
  /** Goodbyes of an older generation. */
  staleGoodbyes: number;
  /** What clients knew otherwise than this server, by kind; and their questions not answered. */
  auditGhost: number;
  auditMissing: number;
  auditStale: number;
  resyncsLimited: number;
  knocks: number;
  knocksLimited: number;
  /** Answers to a knock that came before the newcomer was admitted. */
  knockFramesHeld: number;
  knockFramesDropped: number;
  /** Clients refused, by reason. */
  refused: { [Code in RefusalCode]?: number };
  /** Rights that a member used without having them: frames and presence dropped, entries withheld. */
  forbidden: number;
  /** `authenticate` answered too late, failed other than by an AccessError, or was busy enough. */
  authenticationsLate: number;
  authenticationErrors: number;
  authenticationsLimited: number;
  /** Tokens shown over an open socket: taken, and not taken. */
  renewed: number;
  notRenewed: number;
  /** Messages of the back end given up because their receiver took too many at once or never said so. */
  mailDropped: number;
  /** Errors of the server's own, each also in its log. A socket that ran into one is closed. */
  errors: number;
}

const noneYet = (): Count => ({ frames: 0, bytes: 0 });

/** `frameClass`: the first byte of the frame's type. */
export function countFrame(
  counts: readonly Count[],
  frameClass: number,
  bytes: number,
  frames = 1,
): void {
  const count = counts[frameClass & ~SEALED] ?? counts[0];
  if (!count) return;
  count.frames += frames;
  count.bytes += bytes;
}

export function createStats(): ServerStats {
  return {
    sockets: 0,
    badUpgrades: 0,
    abandoned: 0,
    framesIn: 0,
    bytesIn: 0,
    framesOut: 0,
    bytesOut: 0,
    classes: { in: CLASS_NAMES.map(noneYet), out: CLASS_NAMES.map(noneYet) },
    shedCursor: 0,
    shedLatest: 0,
    shedPresence: 0,
    coalescedPresence: 0,
    overRateCursor: 0,
    overRateLatest: 0,
    overRatePresence: 0,
    creditsHeld: 0,
    limited: {},
    unwantedCursor: 0,
    coalescedCursor: 0,
    coalescedLatest: 0,
    ticks: 0,
    overflowed: 0,
    unparsable: 0,
    unknownEvents: 0,
    malformedEvents: 0,
    malformedFrames: 0,
    unknownHandles: 0,
    strangerSignals: 0,
    staleGoodbyes: 0,
    auditGhost: 0,
    auditMissing: 0,
    auditStale: 0,
    resyncsLimited: 0,
    knocks: 0,
    knocksLimited: 0,
    knockFramesHeld: 0,
    knockFramesDropped: 0,
    refused: {},
    forbidden: 0,
    authenticationsLate: 0,
    authenticationErrors: 0,
    authenticationsLimited: 0,
    renewed: 0,
    notRenewed: 0,
    mailDropped: 0,
    errors: 0,
  };
}

export function countRefusal(stats: ServerStats, code: RefusalCode): void {
  stats.refused[code] = (stats.refused[code] ?? 0) + 1;
}

export function countLimit(stats: ServerStats, limit: LimitName): void {
  stats.limited[limit] = (stats.limited[limit] ?? 0) + 1;
}
