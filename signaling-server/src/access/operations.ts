/** What an operator and an app's back end can do in rooms, on whichever servers their members are. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../../../lib/src/clock.ts";
import type { Refusal } from "../../../lib/src/signaling/events.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { MemberRecord } from "../cluster/record.ts";
import { isBefore, type Member } from "../member.ts";
import { CLOSED, REMOVED } from "../refusals.ts";
import type { Room } from "../room.ts";
import type { Rooms } from "../rooms.ts";
import { addressed, checkMail } from "./mail.ts";
import {
  type MemberSummary,
  OthersUnreachableError,
  type ServerMessageOptions,
} from "./operator.ts";
import { type Done, type Order, parseOrder } from "./orders.ts";
import type { Removed } from "./removed.ts";

/** Another server that lives answers within this time, in milliseconds. */
const ANSWER_MS = 1_000;

export interface OperationsOptions {
  readonly clock: Clock;
  readonly rooms: Rooms;
  readonly removed: Removed;
  readonly cluster: Cluster | undefined;
}

/** Whom an order concerned on this server, by their peer ids, and in which rooms. */
interface Concerned {
  readonly ids: readonly string[];
  readonly rooms: readonly string[];
}

/** Answers of the others to one order. */
interface Awaited {
  readonly ids: Set<string>;
  answers: number;
  readonly expected: number;
  readonly resolve: () => void;
}

export class Operations {
  readonly #options: OperationsOptions;
  readonly #awaited = new Map<string, Awaited>();

  constructor(options: OperationsOptions) {
    this.#options = options;
  }

  /** As SignalingServer.members. */
  async members(name: string): Promise<MemberSummary[]> {
    const { rooms, cluster } = this.#options;
    const here = rooms.get(name)?.members ?? [];
    // Where somebody of a room is, the others in it are known.
    if (here.length > 0 || !cluster) return here.map(summaryOf);
    const records = await cluster.whoIsIn(name);
    if (!records) {
      throw new OthersUnreachableError(
        "Nobody is in the room on this server, and who is on others cannot be told. Ask again.",
      );
    }
    return records
      .filter(({ left }) => left === undefined)
      .sort((a, b) => (isBefore(a, b) ? -1 : 1))
      .map(summaryOfRecord);
  }

  /** As SignalingServer.removeUser. */
  removeUser(who: string, room?: string): Promise<number> {
    const number = randomUUID();
    return this.#everywhere({
      ...{ kind: "remove", number, who },
      ...(room === undefined ? {} : { room }),
    });
  }

  /** As SignalingServer.closeRoom. */
  closeRoom(room: string): Promise<number> {
    return this.#everywhere({ kind: "close", number: randomUUID(), room });
  }

  /** As SignalingServer.sendMessage. */
  async sendMessage(
    room: string,
    type: string,
    data: unknown,
    { to }: ServerMessageOptions,
  ): Promise<number> {
    const checked = checkMail(type, data);
    const order: Order = {
      ...{ kind: "message", number: randomUUID(), room, type },
      ...(checked === undefined ? {} : { data: checked }),
      ...(to === undefined ? {} : { to: [to].flat() }),
    };
    const { ids } = await this.#tell(order, this.#obey(order).ids);
    return ids.size;
  }

  /** What another server tells. */
  take(told: unknown): void {
    const order = parseOrder(told);
    if (!order) return;
    if (order.kind === "done") {
      this.#done(order);
      return;
    }
    this.#options.cluster?.tell(doneOf(order, this.#obey(order)));
  }

  /** Nobody waits for answers any more. */
  close(): void {
    for (const { resolve } of this.#awaited.values()) resolve();
  }

  async #everywhere(order: Order): Promise<number> {
    const here = this.#obey(order);
    const { cluster } = this.#options;
    // Who was removed here may be on its way to another server.
    const others = this.#tell(order, here.ids);
    cluster?.tell(doneOf(order, here));
    const { ids, complete } = await others;
    if (complete) return ids.size;
    throw new OthersUnreachableError(
      `${ids.size} members were removed where this server can tell; not every other server could be told. Ask again.`,
    );
  }

  /** Does it on this server. */
  #obey(order: Order): Concerned {
    const { rooms } = this.#options;
    const named = rooms.get(order.room ?? "");
    if (order.kind === "remove") {
      const where = order.room === undefined ? [...rooms] : [named];
      return this.#expel(where, (room) => addressed(room, order.who), REMOVED);
    }
    if (order.kind === "close") {
      return this.#expel([named], ({ members }) => [...members], CLOSED);
    }
    if (!named) return { ids: [], rooms: [] };
    const { number: id, type, data, to } = order;
    const all = to === undefined ? named.members : addressed(named, ...to);
    const members = all.filter(({ node }) => node === null);
    named.post(members, { id, type, ...(data === undefined ? {} : { data }) });
    return { ids: members.map((member) => member.id), rooms: [named.name] };
  }

  #expel(
    where: readonly (Room | undefined)[],
    whom: (room: Room) => readonly Member[],
    refusal: Refusal,
  ): Concerned {
    const ids: string[] = [];
    const rooms: string[] = [];
    for (const room of where) {
      const expelled = room?.expel(whom(room), refusal) ?? [];
      if (room && expelled.length > 0) rooms.push(room.name);
      for (const { id } of expelled) {
        this.#options.removed.add(id);
        ids.push(id);
      }
    }
    return { ids, rooms };
  }

  /** Tells the others, and waits for what they did. `here`: whom it concerned on this server. */
  #tell(
    order: Order,
    here: readonly string[],
  ): Promise<{ readonly ids: ReadonlySet<string>; readonly complete: boolean }> {
    const { cluster, clock } = this.#options;
    const ids = new Set(here);
    if (!cluster) return Promise.resolve({ ids, complete: true });
    const expected = cluster.others.length;
    const reachable = cluster.health.state === "up";
    if (!reachable || expected === 0) return Promise.resolve({ ids, complete: reachable });
    return new Promise((resolve) => {
      const finish = () => {
        cancel();
        this.#awaited.delete(order.number);
        resolve({ ids, complete: awaited.answers >= expected });
      };
      const awaited: Awaited = { ids, answers: 0, expected, resolve: finish };
      const cancel = clock.after(ANSWER_MS, finish);
      this.#awaited.set(order.number, awaited);
      cluster.tell(order);
    });
  }

  #done({ number, ids, removed, rooms }: Done): void {
    if (removed) this.#remember(ids, rooms);
    const awaited = this.#awaited.get(number);
    if (!awaited) return;
    for (const id of ids) awaited.ids.add(id);
    awaited.answers++;
    if (awaited.answers >= awaited.expected) awaited.resolve();
  }

  /**
   * Removed elsewhere; one of them may have come here meanwhile. An id is of one room: to look for
   * thousands in every room would stop the server for seconds.
   */
  #remember(ids: readonly string[], names: readonly string[] | undefined): void {
    const { rooms, removed } = this.#options;
    for (const id of ids) removed.add(id);
    for (const room of names ? names.map((name) => rooms.get(name)) : rooms) {
      const arrived = ids.flatMap((id) => room?.get(id) ?? []);
      room?.expel(
        arrived.filter(({ node }) => node === null),
        REMOVED,
      );
    }
  }
}

function doneOf({ kind, number }: Order, { ids, rooms }: Concerned): Done {
  return { kind: "done", number, ids, removed: kind !== "message", rooms };
}

function summaryOf({ id, user, rights, join, away, presence }: Member): MemberSummary {
  const grants = rights.grants ?? null;
  return { id, user: user ?? null, grants, joined: join, away, presence: presence.state };
}

function summaryOfRecord({ id, user, grants, join, away, presence }: MemberRecord): MemberSummary {
  return {
    ...{ id, user: user ?? null, grants: grants ?? null, joined: join },
    ...{ away: away > 0, presence: presence.state },
  };
}
