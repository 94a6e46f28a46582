import { SkeinError } from "../room/errors.ts";
import type { Room, RoomTypes } from "../room/types.ts";
import { type SharedRoom, sharedRoom } from "../shared-room/shared-room.ts";
import { forgetNames, giveName } from "./names.ts";
import { tellError } from "./tell-error.ts";

/** In Node, where pages are rendered, there are no elements. */
const Base: typeof HTMLElement =
  globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

/** What tells an element which room it is in. */
export const ROOM_ATTRIBUTES = ["server", "room", "name"] as const;

/** Something that is in a room, or attached there, and how to end it. */
interface Joined {
  readonly place: Place;
  readonly shared: SharedRoom;
  readonly leave: () => void;
}
interface Attached {
  readonly look: Look;
  /** Null: it could not be attached. */
  readonly detach: (() => void) | null;
}

/** Whatever makes an element show something else when it changes. */
export type Look = readonly unknown[];

/**
 * An element that is in a room while it is on the page. What changes in one task is one change.
 * Elements of the same server and room are one peer, there as long as one of them is.
 */
export abstract class RoomElement extends Base {
  #joined: Joined | null = null;
  #attached: Attached | null = null;
  /** What its look could not be told for; told once. */
  #problem: string | null = null;
  #queued = false;

  /** The room that it is in, for scripts; null while it is in none. */
  getRoom(): Room<RoomTypes> | null {
    return this.#joined?.shared.room ?? null;
  }

  connectedCallback(): void {
    this.settleSoon();
  }
  disconnectedCallback(): void {
    this.settleSoon();
  }
  attributeChangedCallback(): void {
    this.#problem = null;
    this.settleSoon();
  }

  /** Where it belongs; null: nowhere, for now. */
  protected abstract get place(): Place | null;
  /** Whatever makes {@link attach} begin anew when it changes. It may throw a SkeinError. */
  protected abstract get look(): Look;
  /** It came into a room, or what it shows is to be another; undoes all of it when it is over. */
  protected abstract attach(room: Room<RoomTypes>, look: Look): () => void;

  /** Does what the attributes and the page say, once they are all there. */
  protected settleSoon(): void {
    if (this.#queued) return;
    this.#queued = true;
    const settle = () => {
      this.#queued = false;
      this.#settle();
    };
    // A script in the head meets elements whose content is not there yet.
    const document = this.ownerDocument;
    if (document.readyState === "loading") {
      document.addEventListener("DOMContentLoaded", settle, { once: true });
    } else queueMicrotask(settle);
  }

  #settle(): void {
    try {
      const place = this.isConnected ? this.place : null;
      if (place === null) {
        this.#leave();
        return;
      }
      const { server, room } = this.#joined?.place ?? {};
      if (server !== place.server || room !== place.room) {
        this.#leave();
        this.#join(place);
      }
    } catch (error) {
      this.#leave();
      this.#tell(error);
      return;
    }
    this.#show();
  }

  #join(place: Place): void {
    const { server, room, name } = place;
    const shared = sharedRoom(room, {
      ...(server !== null && { server }),
      ...(name !== null && { presence: { name } }),
    });
    const release = shared.hold();
    const unhear = shared.room.on("error", ({ error }) => tellError(this, error));
    const leave = () => {
      unhear();
      forgetNames(shared, this);
      release();
    };
    this.#joined = { place, shared, leave };
  }

  /** In its room: with its name, and with what it shows. */
  #show(): void {
    const { shared } = this.#joined ?? {};
    if (shared === undefined) return;
    let look: Look | null = null;
    try {
      giveName(shared, this, this.place?.name ?? null);
      look = this.look;
      if (this.#attached !== null && isSame(look, this.#attached.look)) return;
      this.#detach();
      this.#attached = { look, detach: this.attach(shared.room, look) };
      this.#problem = null;
    } catch (error) {
      this.#detach();
      // The same again would fail again.
      if (look !== null) this.#attached = { look, detach: null };
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    if (!(error instanceof SkeinError)) throw error;
    if (error.message === this.#problem) return;
    this.#problem = error.message;
    tellError(this, error);
  }

  #detach(): void {
    const { detach } = this.#attached ?? {};
    this.#attached = null;
    detach?.();
  }

  #leave(): void {
    this.#detach();
    this.#joined?.leave();
    this.#joined = null;
  }
}

const isSame = (a: Look, b: Look): boolean =>
  a.length === b.length && a.every((part, i) => Object.is(part, b[i]));

/** A room, and who one is in it. */
export interface Place {
  /** Null: the page's own origin. */
  readonly server: string | null;
  readonly room: string;
  readonly name: string | null;
}

/** Where an element's own attributes put it. */
export function placeOf(element: HTMLElement): Place | null {
  const [server, room, name] = ROOM_ATTRIBUTES.map((attribute) => element.getAttribute(attribute));
  if (room === null || room === undefined) return null;
  return { server: server || null, room, name: name ?? null };
}

/** An element that is told where it belongs must be told all of it. */
export const needsRoom = (element: HTMLElement): SkeinError =>
  new SkeinError(
    "bad-argument",
    `Say which room: <${element.localName} room="…">. Whoever names the same meets there.`,
  );
