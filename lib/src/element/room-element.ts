import { SkeinError } from "../room/errors.ts";
import type { Room, RoomTypes } from "../room/types.ts";
import { type SharedRoom, sharedRoom } from "../shared-room/shared-room.ts";
import { tellError } from "./tell-error.ts";

/** In Node, where pages are rendered, there are no elements. */
const Base: typeof HTMLElement =
  globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

/** What tells an element which room it is in. */
export const ROOM_ATTRIBUTES = ["server", "room", "name"] as const;

/**
 * An element that is in a room while it is on the page. What changes in one task is one change.
 * Elements of the same server and room are one peer, there as long as one of them is.
 */
export abstract class RoomElement extends Base {
  #shared: SharedRoom | null = null;
  #letGo: (() => void) | null = null;
  #joined: Pick<Place, "server" | "room"> | null = null;
  #name: string | null = null;
  #queued = false;

  /** The room that it is in, for scripts; null while it is in none. */
  getRoom(): Room<RoomTypes> | null {
    return this.#shared?.room ?? null;
  }

  connectedCallback(): void {
    this.settleSoon();
  }
  disconnectedCallback(): void {
    this.settleSoon();
  }
  attributeChangedCallback(): void {
    this.settleSoon();
  }

  /** Where it belongs; null: nowhere, for now. */
  protected abstract get place(): Place | null;
  /** It came into a room, or what it shows is to be another; undoes all of it when it is over. */
  protected abstract attach(room: Room<RoomTypes>): () => void;
  /** Whatever makes {@link attach} begin anew when it changes. */
  protected abstract get look(): string;

  #detach: (() => void) | null = null;
  #look: string | null = null;

  /** Does what the attributes say, once they are all there. */
  settleSoon(): void {
    if (this.#queued) return;
    this.#queued = true;
    const settle = () => {
      this.#queued = false;
      try {
        this.#settle();
      } catch (error) {
        this.#leave();
        tellError(this, error instanceof Error ? error : new Error(String(error)));
      }
    };
    // A script in the head meets elements whose content is not there yet.
    const document = this.ownerDocument;
    if (document.readyState === "loading") {
      document.addEventListener("DOMContentLoaded", settle, { once: true });
    } else queueMicrotask(settle);
  }

  #settle(): void {
    const place = this.isConnected ? this.place : null;
    if (place === null) {
      this.#leave();
      return;
    }
    const { server, room, name } = place;
    if (this.#joined?.server !== server || this.#joined.room !== room) {
      this.#leave();
      this.#join(place);
    } else if (name !== this.#name && name !== null) {
      this.#shared?.room.setPresence({ name });
    }
    this.#name = name;
    const shared = this.#shared;
    if (shared === null || (this.#detach !== null && this.#look === this.look)) return;
    this.#detach?.();
    this.#detach = null;
    this.#look = this.look;
    this.#detach = this.attach(shared.room);
  }

  #join({ server, room, name }: Place): void {
    // Remembered also when it fails: the same again would fail again.
    this.#joined = { server, room };
    const shared = sharedRoom(room, {
      ...(server !== null && { server }),
      ...(name !== null && { presence: { name } }),
    });
    const stop = new AbortController();
    shared.room.on("error", ({ error }) => tellError(this, error), { signal: stop.signal });
    const release = shared.hold();
    this.#letGo = () => {
      stop.abort();
      release();
    };
    this.#shared = shared;
  }

  #leave(): void {
    this.#detach?.();
    this.#letGo?.();
    this.#detach = this.#letGo = this.#shared = this.#joined = null;
  }
}

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
