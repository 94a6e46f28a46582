/** What an embedder holds in its hand. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { MemberSummary, ServerMessageOptions } from "./access/operator.ts";
import type { ClusterHealth } from "./cluster/health.ts";
import type { ClusterStats } from "./cluster/stats.ts";
import type { DrainOptions } from "./drain.ts";
import type { OperatorPolicy } from "./options.ts";
import type { ServerStats } from "./stats.ts";

/** A room as its operator sees it. */
export interface RoomCount {
  readonly name: string;
  readonly members: number;
  /** Of those, how many have lost their socket and may come back. */
  readonly away: number;
}

export interface SignalingServer {
  /** Starts: on `host` and `port`, or in the `server` given. Rejects when these cannot be had. */
  listen(): Promise<void>;
  /** Tells every client and closes its socket. An existing server itself stays as it is. */
  close(): Promise<void>;
  /** Where it listens; null until it does. */
  readonly address: AddressInfo | null;
  /** What clients take as `server`; null until it listens. */
  readonly url: string | null;
  /**
   * Empties this server before it is stopped: it takes nobody new and, where there are other nodes,
   * asks each client to move there at a moment of its own. Resolves when all have gone or the time is
   * over; `close()` ends the rest. Throws a TypeError when `windowSeconds` is not 0 to 25.
   */
  drain(options?: DrainOptions): Promise<void>;
  /**
   * For an existing server: answers `/health`, `/ready`, `/metrics` and `/admin/…` below `base`. False
   * for any other request, which it leaves alone.
   */
  handle(request: IncomingMessage, response: ServerResponse, base?: string): boolean;
  /** Whether new clients are taken. */
  readonly ready: boolean;
  readonly policy: OperatorPolicy;
  /**
   * Changes what is given, here, on every other node, and in every open room, until none of them runs
   * any more. Throws a TypeError as options do.
   */
  setPolicy(change: Partial<OperatorPolicy>): OperatorPolicy;
  /** Takes all such changes back: each node goes by its own options again. */
  resetPolicy(): OperatorPolicy;
  /** Rooms with a member here; those on other nodes count as well. */
  rooms(): RoomCount[];
  /**
   * Who is in a room, on any node, in join order; nobody where there is none of this name.
   *
   * @throws OthersUnreachableError when nobody is in it here, and Redis cannot be asked for the others
   */
  members(room: string): Promise<MemberSummary[]>;
  /**
   * Removes a user, or a member by its peer id, from one room or from all, on every node. Each is told
   * `removed` and does not come back by itself; the others see a leave with the reason `removed`, and
   * close their links. Whoever still has a valid token or session can join anew: revoke that first.
   * On this node it is done when the call returns.
   *
   * @returns how many members were removed
   * @throws OthersUnreachableError when other nodes could not be told: ask again
   */
  removeUser(id: string, room?: string): Promise<number>;
  /** Removes everybody, as {@link removeUser} does. @returns how many members that were */
  closeRoom(room: string): Promise<number>;
  /**
   * Sends a message of the app's own back end; it arrives at `onMessage` with `{ from: "server" }`.
   * Members that are away get it when they resume, exactly once.
   *
   * @param data what JSON can carry, at most 64 KiB
   * @returns to how many members it goes; those of nodes that cannot be reached are not among them
   * @throws TypeError when type or data cannot be sent
   */
  sendMessage(
    room: string,
    type: string,
    data?: unknown,
    options?: ServerMessageOptions,
  ): Promise<number>;
  /** A copy: it does not change later. */
  stats(): ServerStats;
  /** How it stands with the other nodes; undefined without Redis. */
  readonly cluster: (ClusterHealth & { readonly stats: ClusterStats }) | undefined;
}
