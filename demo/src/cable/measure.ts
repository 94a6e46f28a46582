import { find, svg } from "../page.ts";
import { milliseconds } from "../people/people.ts";
import { type DemoRoom, nameOf } from "../room/presence.ts";
import { isBeat } from "./heartbeat.ts";
import { Tally } from "./tally.ts";

/** One bar of the strip, in milliseconds. */
const BAR_MS = 250;
const BARS = 80;

/** A full bar, in milliseconds. Heights are logarithmic: a single missed heartbeat is to be seen too. */
const FULL_MS = 2_000;

/** A gap that an eye notices, in milliseconds. */
const NOTICED_MS = 250;

const HEIGHT = 30;
const SLOT = 4;

interface Bar {
  readonly gap: number;
  readonly lost: boolean;
  /** Something was cut or mended here. */
  readonly mark: boolean;
}

/** The strip: the longest gap and the messages lost, as this tab measures them on all its links. */
export class Measure {
  readonly #room: DemoRoom;
  readonly #tallies = new Map<string, Tally>();
  readonly #bars: Bar[] = [];
  readonly #rects: SVGRectElement[];
  #gap = 0;
  #lostBefore = 0;
  #mark = false;
  #since = "since you came";

  constructor(room: DemoRoom) {
    this.#room = room;
    this.#rects = Array.from({ length: BARS }, (_, index) =>
      svg("rect", { x: index * SLOT, y: HEIGHT - 1, width: SLOT - 1.5, height: 1, rx: 0.75 }),
    );
    find("#strip", SVGSVGElement).append(...this.#rects);
    room.onLatest("beat", ({ data, peer }) => {
      if (document.hidden || !isBeat(data)) return;
      const gap = this.#tallyOf(peer.id).beat(data, performance.now());
      this.#gap = Math.max(this.#gap, gap ?? 0);
    });
    room.onMessage("count", ({ data, peer }) => {
      const { from, number } = (data ?? {}) as { from?: unknown; number?: unknown };
      if (Number.isSafeInteger(from)) this.#tallyOf(peer.id).expect(from as number);
      if (Number.isSafeInteger(number)) this.#tallyOf(peer.id).count(number as number);
    });
    room.on("leave", ({ peer }) => this.#tallies.delete(peer.id));
    // A hidden tab neither draws nor measures.
    document.addEventListener("visibilitychange", () => {
      for (const tally of this.#tallies.values()) tally.forgetBeat();
    });
    setInterval(() => this.#read(), BAR_MS);
  }

  /** A new measurement begins. `since`: "since …". */
  restart(since: string): void {
    this.#since = since;
    this.#mark = true;
    this.#lostBefore = 0;
    for (const tally of this.#tallies.values()) tally.restart();
  }

  #tallyOf(id: string): Tally {
    const known = this.#tallies.get(id);
    if (known !== undefined) return known;
    const tally = new Tally();
    this.#tallies.set(id, tally);
    return tally;
  }

  #read(): void {
    if (document.hidden) return;
    const now = performance.now();
    const sum = { gap: 0, received: 0, lost: 0, doubled: 0, disordered: 0 };
    let gap = this.#gap;
    let worst: { readonly id: string; readonly lost: number } | null = null;
    for (const [id, tally] of this.#tallies) {
      sum.received += tally.received;
      sum.lost += tally.lost;
      if (tally.lost > (worst?.lost ?? 0)) worst = { id, lost: tally.lost };
      sum.doubled += tally.doubled;
      sum.disordered += tally.disordered;
      sum.gap = Math.max(sum.gap, tally.longestGap);
      const peer = this.#room.getSnapshot().peers.find((each) => each.id === id);
      // A silence that lasts is seen while it lasts; whether it was the sender's is known afterwards.
      if (peer !== undefined && peer.activity !== "away") gap = Math.max(gap, tally.silence(now));
    }
    this.#show(sum, worst?.id ?? null);
    this.#bars.push({ gap, lost: sum.lost > this.#lostBefore, mark: this.#mark });
    if (this.#bars.length > BARS) this.#bars.shift();
    this.#gap = 0;
    this.#mark = false;
    this.#lostBefore = sum.lost;
    this.#draw();
  }

  /** @param worst whose messages most were lost of: by the numbers that this peer itself gives them. */
  #show(
    { gap, received, lost, doubled, disordered }: Record<Counted, number>,
    worst: string | null,
  ): void {
    find("#gap", HTMLElement).textContent = gap === 0 ? "–" : milliseconds(gap);
    const line = find("#lost", HTMLElement);
    line.textContent = `${lost} of ${received + lost}`;
    line.toggleAttribute("data-bad", lost > 0);
    const peer = this.#room.getSnapshot().peers.find(({ id }) => id === worst);
    const odd = [
      ...(peer === undefined ? [] : [`most from ${nameOf(peer)}`]),
      ...(doubled > 0 ? [`${doubled} came twice`] : []),
      ...(disordered > 0 ? [`${disordered} out of order`] : []),
    ];
    find("#since", HTMLElement).textContent = [this.#since, ...odd].join(", ");
  }

  #draw(): void {
    const first = BARS - this.#bars.length;
    for (const [index, { gap, lost, mark }] of this.#bars.entries()) {
      const rect = this.#rects[first + index];
      if (rect === undefined) continue;
      const share = Math.min(1, Math.log1p(gap) / Math.log1p(FULL_MS));
      const height = Math.max(1, share * HEIGHT);
      rect.setAttribute("y", (HEIGHT - height).toFixed(1));
      rect.setAttribute("height", height.toFixed(1));
      rect.setAttribute("data-kind", kindOf(gap, lost));
      rect.toggleAttribute("data-mark", mark);
    }
  }
}

type Counted = "gap" | "received" | "lost" | "doubled" | "disordered";

function kindOf(gap: number, lost: boolean): string {
  if (lost) return "lost";
  if (gap === 0) return "none";
  return gap > NOTICED_MS ? "long" : "short";
}
