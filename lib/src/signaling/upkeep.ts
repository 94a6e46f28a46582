/** What keeps a client where it is, once it is there: tokens, and other servers when this one stops. */
import type { SkeinError } from "../room/errors.ts";
import type { SignalingConnection } from "../seams.ts";
import type { ConnectionOutcome, SocketHandlers } from "./connection.ts";
import { Moving, type MovingClient } from "./moving.ts";
import { type TokenOption, Tokens } from "./tokens.ts";

/** What it needs of the client. */
export interface UpkeepClient extends Omit<MovingClient, "open"> {
  readonly room: string;
  readonly token: TokenOption | undefined;
  /** Opens a connection of the next generation. */
  connect(handlers: SocketHandlers, outcome: ConnectionOutcome): SignalingConnection | undefined;
}

export class Upkeep {
  readonly moving: Moving;
  readonly #tokens: Tokens;

  constructor(client: UpkeepClient) {
    this.#tokens = new Tokens({
      ...client,
      show: (token) => void client.connection()?.emit("token", token),
    });
    this.moving = new Moving({
      ...client,
      // Without a token it would be refused: there is one at the next try, or the app says why not then.
      open: (...asked) => (this.#tokens.fetchMissing() ? undefined : client.connect(...asked)),
    });
  }

  /** What shows the server who this is. */
  get token(): string | undefined {
    return this.#tokens.present;
  }

  /** A new beginning, whatever became of the last. */
  begin(): void {
    this.#tokens.begin();
  }

  /** Opens at once where the app need not be asked; else when it answered, unless that failed. */
  ready(open: () => void, failed: (error: SkeinError, final: boolean) => void): void {
    this.#tokens.ready(open, failed);
  }

  /** An outcome, with what it means for tokens. */
  judge(outcome: ConnectionOutcome): ConnectionOutcome {
    return this.#tokens.judge(outcome);
  }

  /** The connection is over, with a goodbye or without. */
  end(goodbye: boolean): void {
    this.#tokens.stop();
    this.moving.end(goodbye);
  }
}
