/** Ada's page, and the people whom she meets: what the tests of components and hooks begin with. */
import { cleanup, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, onTestFinished, vi } from "vitest";
import {
  createSignalingServer,
  type SignalingServer,
} from "../../../signaling-server/src/index.ts";
import { joinRoom, type Room } from "../index.ts";
import { RoomProvider, usePeers } from "./index.ts";

export interface Types {
  presence: { name: string; mood?: string };
  messages: { chat: string };
  latest: { drag: { x: number } };
}

let server: SignalingServer;

/** Gives each test of a file a server of its own, and takes what it drew off the page. */
export function serveEachTest(): void {
  beforeEach(async () => {
    vi.spyOn(console, "log").mockImplementation(() => {});
    server = createSignalingServer({ port: 0, host: "127.0.0.1" });
    await server.listen();
  });
  afterEach(async () => {
    cleanup();
    await server.close();
    vi.restoreAllMocks();
  });
}
export const serverUrl = (): string => server.url ?? "";

/** Somebody else in the room, outside React. */
export async function another(name = "Bob", room = "r"): Promise<Room<Types>> {
  const joined = joinRoom<Types>(room, { server: serverUrl(), presence: { name } });
  onTestFinished(() => joined.leave());
  await joined.ready;
  return joined;
}
/** What the server told somebody of others coming and going. */
export function journal(room: Room<Types>): string[] {
  const log: string[] = [];
  room.on("join", ({ peer }) => log.push(`join ${peer.presence.name}`));
  room.on("leave", ({ peer }) => log.push(`leave ${peer.presence.name}`));
  return log;
}
/** A busy machine takes its time. */
export const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000 });
export const nextTask = () => new Promise((resolve) => setTimeout(resolve));
export const names = (room: Room<Types>) => room.getSnapshot().peers.map((p) => p.presence.name);

export function Names() {
  const names = usePeers<string, Types>((peers) => peers.map((p) => p.presence.name).join());
  return <p data-testid="names">{names}</p>;
}
/** What `Names` shows. */
export const shown = () => screen.getByTestId("names").textContent;

export const Ada = ({ room = "r", children }: { room?: string; children?: ReactNode }) => (
  <RoomProvider<Types> name={room} server={serverUrl()} presence={{ name: "Ada" }}>
    <Names />
    {children}
  </RoomProvider>
);
