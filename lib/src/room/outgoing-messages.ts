/** `send`: whom it goes to, what waits before the first welcome, and when each has it. */
import type { Fanout } from "../link/fanout.ts";
import type { Link } from "../link/link.ts";
import {
  encodeEntry,
  encodeValue,
  MAX_MESSAGE_BYTES,
  MAX_TYPE_BYTES,
  messageEntries,
  type Value,
} from "../wire/index.ts";
import { SkeinError } from "./errors.ts";
import { noGrant } from "./grants.ts";
import type { Members } from "./members.ts";
import type { SendResult } from "./types.ts";

/** What may wait before the first welcome. */
const MAX_WAITING = 1_000;
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

const utf8 = new TextEncoder();

interface Waiting {
  readonly type: string;
  readonly value: Value;
  readonly to: readonly string[] | null;
  readonly resolve: (result: SendResult) => void;
}

export class OutgoingMessages {
  readonly #members: Members;
  readonly #fanout: Fanout;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;

  constructor(members: Members, fanout: Fanout) {
    this.#members = members;
    this.#fanout = fanout;
  }

  /** `selfId`: null before the first welcome, when messages wait. `check` may throw. */
  send(
    type: string,
    data: unknown,
    to: string | readonly string[] | undefined,
    selfId: string | null,
    check: (value: Value) => void,
  ): Promise<SendResult> {
    const value = encodeMessage(type, data);
    check(value);
    const ids = checkIds(to);
    if (selfId === null) return this.#wait(type, value, ids);
    for (const id of ids ?? []) {
      if (this.#members.get(id) !== undefined || this.#members.hasLeft(id)) continue;
      throw new SkeinError(
        "unknown-peer",
        id === selfId
          ? "`to` names this very peer; a room sends no echo."
          : `No peer ${JSON.stringify(id)} is or was in this room. Take ids from snapshot.peers.`,
      );
    }
    let resolve: Waiting["resolve"] = () => {};
    const result = new Promise<SendResult>((settle) => {
      resolve = settle;
    });
    // Not within the promise's own function, which would make a throw a rejection.
    this.#dispatch({ type, value, to: ids, resolve });
    return result;
  }

  /** The first welcome: what waited goes to those present now, as far as it may. */
  flush(may: (type: string) => boolean = () => true): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const each of waiting) {
      try {
        if (!may(each.type)) throw noGrant("message", each.type);
        this.#dispatch(each);
      } catch {
        // For want of room or of a grant: it cannot be told at the call any more, so it counts as missed.
        each.resolve({ missed: each.to ?? this.#everybody() });
      }
    }
  }

  /** The room is left: what still waits reached nobody. */
  clear(): void {
    for (const { to, resolve } of this.#waiting) resolve({ missed: to ?? [] });
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #wait(type: string, value: Value, to: readonly string[] | null): Promise<SendResult> {
    const bytes = value.bytes.length;
    if (this.#waiting.length >= MAX_WAITING || this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      throw queueFull("Too many messages wait for the room; await room.ready first.");
    }
    this.#waitingBytes += bytes;
    return new Promise((resolve) => this.#waiting.push({ type, value, to, resolve }));
  }

  #everybody(): string[] {
    const others = [...this.#members].filter(({ isBlocked }) => !isBlocked);
    return others.map(({ id }) => id);
  }

  #dispatch({ type, value, to, resolve }: Waiting): void {
    const missed = new Set<string>();
    const links: Link[] = [];
    for (const id of to ?? this.#everybody()) {
      const member = this.#members.get(id);
      if (member === undefined || member.isBlocked) missed.add(id);
      else links.push(member.link);
    }
    if (!this.#fanout.makeRoom(links, value.bytes.length)) {
      throw queueFull(
        "More is being sent than the peers can take; await the promise of `send` now and then.",
      );
    }
    const entries = messageEntries(type, value).map(encodeEntry);
    let open = links.length * entries.length;
    const done = () => {
      if (open === 0) resolve({ missed: [...missed] });
    };
    const settle = (link: Link, wasMissed: boolean) => {
      open -= 1;
      if (wasMissed) missed.add(link.peerId);
      done();
    };
    if (to === null) this.#fanout.all(entries, links, settle);
    else this.#fanout.to(entries, links, settle);
    if (links.length === 0) done();
  }
}

/** Null: everybody. Throws `bad-argument`. */
function checkIds(to: unknown): readonly string[] | null {
  if (to === undefined) return null;
  const ids: readonly unknown[] = Array.isArray(to) ? to : [to];
  const strings = ids.filter((id): id is string => typeof id === "string");
  if (strings.length === ids.length) return [...new Set(strings)];
  throw new SkeinError("bad-argument", "`to` is the id of a peer, or a list of ids.");
}

function queueFull(message: string): SkeinError {
  return new SkeinError("queue-full", message);
}

/** A type name as the wire takes it. Throws `bad-argument`. */
export function checkType(type: unknown): asserts type is string {
  if (typeof type !== "string" || type === "" || utf8.encode(type).length > MAX_TYPE_BYTES) {
    throw new SkeinError(
      "bad-argument",
      `A type must be a string of 1 to ${MAX_TYPE_BYTES} bytes, not ${JSON.stringify(type)}.`,
    );
  }
}

/** An app's value as bytes. Throws `not-serializable` or `message-too-large`. */
export function encodeChecked(data: unknown, most: number): Value {
  const value = encodeValue(data);
  if (value === undefined) {
    throw new SkeinError(
      "not-serializable",
      "Data must be a string, a Uint8Array or what JSON can carry (no functions, cycles, BigInt or other typed arrays).",
    );
  }
  if (value.bytes.length > most) {
    throw new SkeinError(
      "message-too-large",
      `This has ${value.bytes.length} bytes; at most ${most} are allowed. Split it, or send a link to it.`,
    );
  }
  return value;
}

function encodeMessage(type: string, data: unknown): Value {
  checkType(type);
  return encodeChecked(data, MAX_MESSAGE_BYTES);
}
