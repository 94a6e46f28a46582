/**
 * A page with a hundred remote cursors that never rest. The room is a stand-in: a hundred peers would
 * cost more than what is measured. What comes in does so as from a link with jitter and loss.
 */
import { attachCursors } from "skein/cursors";
import { aPeer, aSample, StandInRoom } from "../../lib/src/cursor/stand-in-room.ts";
import { randomFrom } from "../movement.ts";

const PEERS = 100;
/** Between a peer's batches, in milliseconds. */
const INTERVAL_MS = 16;
/** Of a batch on its way, at most, in milliseconds. */
const JITTER_MS = 40;
const LOSS = 0.05;

const random = randomFrom(1);
const stand = new StandInRoom();
const hands = Array.from({ length: PEERS }, (_, i) => ({
  peer: aPeer(`peer-${i}`, { presence: { name: `Person ${i}` } }),
  /** Radians a millisecond. */
  speed: 0.0005 + 0.002 * random(),
  phase: 2 * Math.PI * random(),
  newest: 0,
}));
stand.setPeers(...hands.map(({ peer }) => peer));
const board = document.querySelector("main") as HTMLElement;
attachCursors(stand.room, board, { coordinates: "fraction" });

setInterval(() => {
  const now = performance.now();
  for (const hand of hands) {
    const time = now - JITTER_MS * random();
    if (random() < LOSS || time <= hand.newest) continue;
    hand.newest = time;
    const angle = hand.phase + time * hand.speed;
    // Clear of the right and lower edge, where a name changes sides and is laid out once.
    const x = 0.42 + 0.38 * Math.cos(angle);
    const y = 0.45 + 0.4 * Math.sin(1.7 * angle);
    stand.cursor(hand.peer, aSample(x, y, { time, pressed: Math.sin(angle) > 0.9 }));
  }
}, INTERVAL_MS);
document.body.dataset["ready"] = "";
