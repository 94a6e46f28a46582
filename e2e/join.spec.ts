/** What goes over the WebSocket while a tab joins, counted. */
import type { Page } from "@playwright/test";
import { TestClient } from "../signaling-server/src/test-client.ts";
import { expect, joinRoom, test } from "./library.ts";

/** A WebSocket message as the page sees it; of a binary one its first bytes. */
interface Message {
  readonly from: "client" | "server";
  readonly text: string | null;
  readonly bytes: readonly number[];
}

interface Recording {
  readonly urls: string[];
  readonly messages: Message[];
}

declare global {
  interface Window {
    recording: Recording;
  }
}

/** Runs before the page's scripts: writes down every WebSocket and what goes over it. */
function record(): void {
  const recording: Recording = { urls: [], messages: [] };
  window.recording = recording;
  const note = (from: Message["from"], data: unknown) => {
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    recording.messages.push({
      from,
      text: typeof data === "string" ? data : null,
      bytes: bytes instanceof Uint8Array ? [...bytes.subarray(0, 16)] : [],
    });
  };
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      recording.urls.push(String(url));
      this.addEventListener("message", ({ data }) => note("server", data));
    }
    override send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
      note("client", data);
      super.send(data as string);
    }
  };
}

const recordingOf = (page: Page): Promise<Recording> => page.evaluate(() => window.recording);

const isWelcome = ({ text }: Message): boolean => text?.startsWith('42["welcome"') ?? false;

function untilWelcome({ messages }: Recording): readonly Message[] {
  const welcome = messages.findIndex(isWelcome);
  expect(welcome).toBeGreaterThan(0);
  return messages.slice(0, welcome);
}

test("joining takes three round trips: a socket, and one CONNECT that the welcome answers", async ({
  openTab,
  roomName,
}) => {
  const [there, page] = [await openTab(), await openTab({ before: record })];
  await joinRoom(there, roomName, { presence: { name: "Ada" } });
  await joinRoom(page, roomName);
  // Everybody is on screen with it.
  const names = await page.evaluate(() =>
    window.skein.room?.getSnapshot().peers.map(({ presence }) => Reflect.get(presence, "name")),
  );
  expect(names).toEqual(["Ada"]);
  const recording = await recordingOf(page);
  expect(recording.urls).toHaveLength(1);
  expect(new URL(recording.urls[0] ?? "").searchParams.get("room")).toBe(roomName);
  const before = untilWelcome(recording);
  const said = (by: Message["from"]) =>
    before.filter(({ from }) => from === by).map(({ text }) => text?.slice(0, 3));
  expect(said("client")).toEqual(["40{"]);
  // Nothing that came before the welcome asked for an answer: engine.io's opening, and CONNECT's.
  expect(said("server")).toEqual([expect.stringMatching(/^0\{/), "40{"]);
});

test("the cursor of a peer that moves is the next frame after the welcome", async ({
  openTab,
  roomName,
}) => {
  const [moving, page] = [await openTab(), await openTab({ before: record })];
  await joinRoom(moving, roomName);
  await moving.evaluate(() => {
    let x = 0;
    const move = () => {
      x = (x + 1) % 100;
      window.skein.room?.moveCursor({ x: x / 100, y: 0.5 });
    };
    move();
    // Seldom enough that what comes first is no chance.
    setInterval(move, 500);
  });
  await joinRoom(page, roomName);
  const next = await page.waitForFunction(() => {
    const { messages } = window.recording;
    const welcome = messages.findIndex(({ text }) => text?.startsWith('42["welcome"'));
    return messages.slice(welcome).find(({ from, text }) => from === "server" && text === null);
  });
  // The sender's handle in one byte, then the frame's type, whose first byte is its class.
  const [, frameClass] = (await next.jsonValue())?.bytes ?? [];
  expect(frameClass).toBe(0x04);
  const drawn = () => {
    const { room } = window.skein;
    const peer = room?.getSnapshot().peers[0];
    return peer && room?.cursorOf(peer.id)?.y;
  };
  expect(await (await page.waitForFunction(drawn)).jsonValue()).toBe(0.5);
});

test("a member that never answers the knock delays nothing", async ({
  openTab,
  library,
  roomName,
}) => {
  const page = await openTab({ before: record });
  const silent = new TestClient(library.url, { room: roomName });
  await silent.welcome();
  await joinRoom(page, roomName);
  // It was asked, and has not said a word to this moment.
  expect(silent.all("knock")).toHaveLength(1);
  const sent = untilWelcome(await recordingOf(page)).filter(({ from }) => from === "client");
  expect(sent).toHaveLength(1);
  const peers = await page.evaluate(() => window.skein.room?.getSnapshot().peers.length);
  expect(peers).toBe(1);
  silent.socket.disconnect();
});
