/** Why a room is read (again). */
export type ReadReason = "first" | "returned" | "gap" | "behind" | "stranger" | "refused";

/** What one node counted of its dealings with the others. */
export interface ClusterStats {
  /** Messages sent to other nodes, and those that were not, since too much waits or Redis is away. */
  sent: number;
  notSent: number;
  /** Frames of members of other nodes. */
  framesIn: number;
  /** Messages that no version of this one would send. */
  malformed: number;
  /** Messages for rooms that this node does not hold (any more). */
  stray: number;
  /** Frames and signals of members that nobody told this node of. */
  strangers: number;
  /** How often a room was read, by why: at first, since Redis came back, or since something is amiss. */
  reads: { [Reason in ReadReason]: number };
  /** Records that were refused: a newer one was there. */
  refused: number;
  /** Members of silent nodes that were taken for lost, and those that Redis had lost. */
  buried: number;
  forgotten: number;
  /** How often Redis was lost. */
  outages: number;
  /** How often Redis had forgotten this node. */
  flushed: number;
}

export function createClusterStats(): ClusterStats {
  return {
    sent: 0,
    notSent: 0,
    framesIn: 0,
    malformed: 0,
    stray: 0,
    strangers: 0,
    reads: { first: 0, returned: 0, gap: 0, behind: 0, stranger: 0, refused: 0 },
    refused: 0,
    buried: 0,
    forgotten: 0,
    outages: 0,
    flushed: 0,
  };
}
