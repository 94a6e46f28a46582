/**
 * Which cursors the app draws, told to whoever sends them: the server, for all that comes over it, and
 * the peers at the other ends of data channels.
 */
import type { Link } from "../link/link.ts";
import { FEATURE_INTEREST, type Interest } from "../signaling/events.ts";
import { encodeEntry } from "../wire/index.ts";
import { checkInterest } from "./check-interest.ts";
import type { Member } from "./member.ts";
import type { RoomParts } from "./parts.ts";
import type { CursorListenOptions } from "./types.ts";

/** An interest that changes all the time, while a board is panned, say, is told so often. Milliseconds. */
const TELL_EVERY_MS = 100;

const EVERYTHING = JSON.stringify(null);

export class Interests {
  readonly #room: RoomParts;
  /** The app's own; null: what its listeners say. */
  #own: Interest | null = null;
  /** The surface that each listener hears of; undefined: all. */
  readonly #listeners = new Map<object, string | undefined>();
  /** What the present socket was told, and each link that has a data channel, as JSON. */
  #told = EVERYTHING;
  readonly #toldLinks = new WeakMap<Link, string>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(room: RoomParts) {
    this.#room = room;
  }

  /** @throws SkeinError `bad-argument` */
  set(interest: unknown): void {
    this.#own = checkInterest(interest);
    this.#changed();
  }

  /** Somebody listens to cursors; returns the undo. */
  listen({ surface, signal }: CursorListenOptions = {}): () => void {
    if (signal?.aborted) return () => {};
    const listener = {};
    this.#listeners.set(listener, surface);
    const undo = () => {
      signal?.removeEventListener("abort", undo);
      this.#listeners.delete(listener);
      this.#changed();
    };
    signal?.addEventListener("abort", undo);
    this.#changed();
    return undo;
  }

  /** A new socket, whose server knows nothing of it. */
  welcomed(): void {
    this.#told = EVERYTHING;
    this.#tell();
  }

  /** This one may have a data channel from now on. `again`: it has forgotten what it was told. */
  greet(member: Member, again = false): void {
    if (again) this.#toldLinks.delete(member.link);
    this.#tellPeer(member, this.#wanted);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  get #wanted(): Interest | null {
    if (this.#own !== null) return this.#own;
    const surfaces = [...new Set(this.#listeners.values())].filter((each) => each !== undefined);
    // Without listeners the app may still ask where cursors are; one that hears all wants all.
    const isAll = surfaces.length === 0 || [...this.#listeners.values()].includes(undefined);
    return isAll ? null : { surfaces };
  }

  /** Soon: several listeners often come and go together. */
  #changed(): void {
    const { clock } = this.#room;
    const wait = Math.max(0, this.#toldAt + TELL_EVERY_MS - clock.now());
    this.#cancel ??= clock.after(wait, () => {
      this.#cancel = null;
      this.#tell();
    });
  }

  #tell(): void {
    const { clock, members, self, signaling } = this.#room;
    this.#toldAt = clock.now();
    const wanted = this.#wanted;
    const text = JSON.stringify(wanted);
    const understands = (self.serverFeatures & FEATURE_INTEREST) !== 0;
    if (understands && text !== this.#told && signaling.say("interest", wanted)) this.#told = text;
    for (const member of members) this.#tellPeer(member, wanted);
  }

  #tellPeer({ id, info, isBlocked, link }: Member, wanted: Interest | null): void {
    if (link.path === "server" || isBlocked || (info.features & FEATURE_INTEREST) === 0) return;
    const isWanted = wanted?.peers?.includes(id) ?? true;
    const surfaces = isWanted ? (wanted?.surfaces ?? null) : [];
    const text = JSON.stringify(surfaces);
    if ((this.#toldLinks.get(link) ?? EVERYTHING) === text) return;
    this.#toldLinks.set(link, text);
    this.#room.outlet.fanout.to([encodeEntry({ kind: "interest", surfaces })], [link], () => {});
  }
}
