/** For attack tests: two members of the room that talk all the while, and are to notice nothing. */
import { expect } from "vitest";
import type { ConnectRequest } from "../../../lib/src/signaling/events.ts";
import type { SignalingServer } from "../server.ts";
import { joined, type TestClient } from "../test-client.ts";

/** Between two turns, in milliseconds: a few hundred messages a second, as of somebody drawing. */
const PAUSE_MS = 3;
/** A reliable frame of a type that only this file has, with the number of its turn. */
const MARK = [0x02, 0x7f];

interface Bystander {
  readonly client: TestClient;
  readonly id: string;
  readonly handle: number;
  /** Numbers that the other one sent, in the order they came. */
  readonly heard: number[];
  told: () => void;
}

export interface Talking {
  readonly ids: readonly string[];
  readonly clients: readonly TestClient[];
  /** Comes back when so many more turns were taken. */
  turns(count: number): Promise<void>;
}

/** Has two members of `request`'s room talk to each other while `attack` runs, and some turns after. */
export async function whileOthersTalk(
  server: SignalingServer,
  attack: (talking: Talking) => Promise<void>,
  request: Partial<ConnectRequest> = {},
  options: Parameters<typeof joined>[2] = {},
): Promise<void> {
  const [a, b] = [await enter(), await enter()];
  async function enter(): Promise<Bystander> {
    const { client, id, handle } = await joined(server, request, options);
    return { client, id, handle, heard: [], told: () => {} };
  }
  listen(a, b);
  listen(b, a);

  let turn = 0;
  let isOver = false;
  let onTurn = () => {};
  const talk = (async () => {
    while (!isOver) {
      turn++;
      await say(a, b, turn);
      await say(b, a, turn);
      onTurn();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  const turns = async (count: number): Promise<void> => {
    const until = turn + count;
    await new Promise<void>((resolve) => {
      onTurn = () => {
        if (turn > until) resolve();
      };
    });
  };

  await turns(2);
  await attack({ ids: [a.id, b.id], clients: [a.client, b.client], turns });
  await turns(5);
  isOver = true;
  await talk;

  const inOrder = Array.from({ length: turn }, (_, index) => index + 1);
  for (const [me, other] of [
    [a, b],
    [b, a],
  ] as const) {
    expect(me.heard).toEqual(inOrder);
    expect(me.client.closed).toBe(false);
    expect(me.client.story).not.toContain("refused");
    const gone = [...me.client.all("away"), ...me.client.all("left")].map(({ id }) => id);
    expect(gone).not.toContain(other.id);
  }
}

function listen(me: Bystander, other: Bystander): void {
  me.client.socket.on("frame", (bytes: unknown) => {
    if (!(bytes instanceof Uint8Array) || bytes[0] !== other.handle) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    if (bytes[1] !== MARK[0] || bytes[2] !== MARK[1]) return;
    me.heard.push(view.getUint32(3));
    me.told();
  });
}

async function say(from: Bystander, to: Bystander, turn: number): Promise<void> {
  const arrived = new Promise<void>((resolve) => {
    to.told = resolve;
  });
  const frame = new Uint8Array(6);
  frame.set(MARK);
  new DataView(frame.buffer).setUint32(2, turn);
  from.client.sendFrame({ kind: "only", handles: [to.handle] }, frame);
  await arrived;
}
