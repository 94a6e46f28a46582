/**
 * The room as a picture, for developers. It uses what any app could use: snapshots, events, `stats()`,
 * and messages of its own by which members tell each other about their links while somebody looks.
 */
import { nameOf } from "../cursor/name.ts";
import { withOwnTypes } from "../cursor/own-types.ts";
import type { Peer, Room, RoomTypes } from "../room/types.ts";
import type { ToldLink } from "./link-table.ts";
import { type Mesh, meshOf } from "./mesh.ts";
import { type CheckedOptions, checkOptions, type InspectorOptions } from "./options.ts";
import { Record } from "./record.ts";
import { reportOf } from "./report.ts";
import { shareLinks } from "./share.ts";
import { ToldLinks } from "./told.ts";
import { Elements } from "./view/elements.ts";
import { Frame } from "./view/frame.ts";
import { RoomView } from "./view/room-view.ts";
import { verdict } from "./words.ts";

/** The picture follows what happens so often at most, in milliseconds: an eye is not quicker. */
const DRAW_MS = 250;
/** A closed one changes its words so often at most, in milliseconds. */
const SUMMARY_MS = 1_000;
/** Every so many drawings the figures are read. */
const DRAWS_PER_READING = 4;

/** An inspector on a page. Called, or disposed of, it goes. */
export interface AttachedInspector {
  (): void;
  readonly isOpen: boolean;
  open(): void;
  close(): void;
  /** The room as text for a bug report: no names, ids, addresses, presence or room name in it. */
  report(): string;
  [Symbol.dispose](): void;
}

/**
 * Shows a room to a developer: who is linked with whom, by which path and why, with round-trip times,
 * rates and hand-overs. Others' links are seen as far as they tell them: where an inspector is attached,
 * open or not, or {@link shareLinks} was called.
 *
 * @param options an element to draw it in, or options; without an element it floats above the page
 * @throws SkeinError `not-supported` for an option that does not exist, `bad-argument` for a bad one
 */
export function attachInspector<T extends RoomTypes>(
  room: Room<T>,
  options: HTMLElement | InspectorOptions = {},
): AttachedInspector {
  const inspection = new Inspection(withOwnTypes(room), checkOptions(options));
  const detach = () => inspection.detach();
  return Object.defineProperties(
    Object.assign(detach, {
      open: () => inspection.setOpen(true),
      close: () => inspection.setOpen(false),
      report: () => inspection.report(),
      [Symbol.dispose]: detach,
    }) as unknown as AttachedInspector,
    {
      isOpen: { get: () => inspection.isOpen },
    },
  );
}

class Inspection {
  readonly #room: Room<RoomTypes>;
  readonly #options: CheckedOptions;
  readonly #elements: Elements;
  readonly #document: Document;
  readonly #frame: Frame;
  readonly #record = new Record();
  readonly #told: ToldLinks;
  readonly #stop = new AbortController();
  readonly #unshare: () => void;
  #view: RoomView | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #summaryTimer: ReturnType<typeof setTimeout> | undefined;
  #draws = 0;
  #isDirty = true;
  #isListDue = false;
  #isOpen = false;

  constructor(room: Room<RoomTypes>, options: CheckedOptions) {
    this.#room = room;
    this.#options = options;
    this.#document = options.element?.ownerDocument ?? document;
    this.#elements = new Elements(this.#document);
    this.#told = new ToldLinks(room, (id, before) => this.#toldOf(id, before));
    this.#frame = new Frame(this.#document, this.#elements, {
      element: options.element,
      button: options.button,
      scheme: options.scheme,
      setOpen: (open) => this.setOpen(open),
      recolor: () => this.#view?.recolor(),
    });
    this.#unshare = shareLinks(room);
    this.#listen();
    this.#frame.show(false);
    if (options.open) this.setOpen(true);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  setOpen(open: boolean): void {
    if (open === this.#isOpen || this.#stop.signal.aborted) return;
    this.#isOpen = open;
    this.#record.pause();
    if (open) {
      this.#view ??= new RoomView(this.#elements, this.#frame, this.#record, this.#options, () =>
        this.report(),
      );
      this.#told.start();
      this.#isDirty = true;
      this.#draws = 0;
      this.#draw();
      this.#view.drawList();
      this.#timer = setInterval(() => this.#draw(), DRAW_MS);
    } else {
      clearInterval(this.#timer);
      this.#told.stop();
      this.#summarize();
    }
    this.#frame.show(open);
  }

  report(): string {
    const snapshot = this.#room.getSnapshot();
    const stats = this.#room.stats();
    return reportOf({
      snapshot,
      stats,
      mesh: meshOf(snapshot, stats, (id) => this.#told.of(id)),
      happenings: this.#record.happenings,
      userAgent: this.#document.defaultView?.navigator.userAgent ?? "",
      now: Date.now(),
    });
  }

  detach(): void {
    if (this.#stop.signal.aborted) return;
    this.setOpen(false);
    this.#stop.abort();
    clearTimeout(this.#summaryTimer);
    this.#unshare();
    this.#frame.remove();
  }

  #listen(): void {
    const { signal } = this.#stop;
    const room = this.#room;
    room.watch(
      (snapshot) => snapshot,
      () => {
        this.#isDirty = true;
        this.#summarizeSoon();
      },
      { signal },
    );
    room.on(
      "path",
      ({ peer, path, previous }) =>
        this.#happened("path", [this.#self(), peer], previous, path, peer.pathReason),
      { signal },
    );
    room.on("join", ({ peer }) => this.#happened("join", [peer]), { signal });
    room.on("leave", ({ peer }) => this.#happened("leave", [peer]), { signal });
    room.on(
      "status",
      ({ status, previous }) => this.#happened("status", [this.#self()], previous, status),
      { signal },
    );
    this.#summarize();
  }

  #draw(): void {
    // A hidden tab draws nothing, and asks nobody.
    if (this.#document.hidden) {
      this.#record.pause();
      return;
    }
    const turn = this.#draws++ % DRAWS_PER_READING;
    const isReading = turn === 0;
    // Each part in a frame of its own: none takes long then.
    if (this.#isListDue) {
      this.#isListDue = false;
      this.#view?.drawList();
    }
    this.#view?.read(turn, DRAWS_PER_READING, Date.now());
    if (!this.#isDirty && !isReading) return;
    this.#isDirty = false;
    const snapshot = this.#room.getSnapshot();
    const stats = this.#room.stats();
    const mesh: Mesh = meshOf(snapshot, stats, (id) => this.#told.of(id));
    if (isReading) {
      this.#told.tick();
      this.#record.read(stats, performance.now());
    }
    this.#view?.draw(mesh, snapshot, stats);
    this.#isListDue = true;
  }

  /** What others do is seen by what they tell differently. */
  #toldOf(id: string, before: ReadonlyMap<string, ToldLink> | null): void {
    const { self, peers } = this.#room.getSnapshot();
    const now = this.#told.of(id);
    // Round-trip times alone wait for the next reading.
    if (now === undefined || before === null || !looksAlike(before, now)) this.#isDirty = true;
    const from = peers.find((peer) => peer.id === id);
    if (before === null || now === undefined || from === undefined) return;
    for (const [other, { path, reason }] of now) {
      const was = before.get(other)?.path;
      const peer = peers.find((each) => each.id === other);
      // One of the two is enough to tell it, and of one's own it is known first hand.
      const isToldTwice = id > other && this.#told.of(other)?.has(id) === true;
      if (was === undefined || was === path || other === self?.id || peer === undefined) continue;
      if (!isToldTwice) this.#happened("path", [from, peer], was, path, reason);
    }
  }

  #happened(
    kind: "path" | "status" | "join" | "leave",
    who: readonly (Peer<RoomTypes> | null)[],
    from = "",
    to = "",
    reason: ToldLink["reason"] = null,
  ): void {
    const present = who.filter((peer) => peer !== null);
    const names = who.map((peer) =>
      peer === null || peer.isSelf ? "You" : nameOf(peer) || `Peer ${peer.id.slice(0, 4)}`,
    );
    const ids = present.map(({ id }) => id);
    this.#record.happened({ time: Date.now(), kind, names, ids, from, to, reason });
    this.#isDirty = true;
  }

  #self(): Peer<RoomTypes> | null {
    return this.#room.getSnapshot().self;
  }

  #summarizeSoon(): void {
    if (this.#isOpen || !this.#options.button || this.#options.element !== null) return;
    this.#summaryTimer ??= setTimeout(() => {
      this.#summaryTimer = undefined;
      this.#summarize();
    }, SUMMARY_MS);
  }

  /** Closed, it says what it knows without asking: how one's own links are. */
  #summarize(): void {
    const snapshot = this.#room.getSnapshot();
    const stats = this.#room.stats();
    const { links, broken } = meshOf(snapshot, stats, () => undefined);
    const isConnected = snapshot.status === "connected";
    const text = isConnected ? verdict(links, broken) : `Room ${snapshot.status}`;
    this.#frame.summarize(text, broken.length > 0 || !isConnected);
  }
}

function looksAlike(
  before: ReadonlyMap<string, ToldLink>,
  now: ReadonlyMap<string, ToldLink>,
): boolean {
  if (before.size !== now.size) return false;
  for (const [id, { path, reason }] of now) {
    const was = before.get(id);
    if (was === undefined || was.path !== path || was.reason !== reason) return false;
  }
  return true;
}
