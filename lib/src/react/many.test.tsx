// @vitest-environment happy-dom
/** A full room: who renders when one of fifty moves, or says something new of itself. */
import { cleanup, render, screen } from "@testing-library/react";
import { memo, Profiler, type ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  createSignalingServer,
  type SignalingServer,
} from "../../../signaling-server/src/index.ts";
import { joinRoom, type Room } from "../index.ts";
import { AvatarStack, Cursors, RoomProvider, usePeer, usePeers, useRoomState } from "./index.ts";

interface Types {
  presence: { name: string; mood?: string };
  messages: { mark: undefined };
}

const OTHERS = 49;
const MOVES = 40;

/** A busy machine takes its time. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000 });

let server: SignalingServer;
let others: Room<Types>[];

beforeEach(async () => {
  server = createSignalingServer({ port: 0, host: "127.0.0.1", log: () => {} });
  await server.listen();
  others = Array.from({ length: OTHERS }, (_, i) =>
    joinRoom<Types>("many", {
      server: server.url ?? "",
      presence: { name: `Guest ${i}` },
      paths: "server",
    }),
  );
  await Promise.all(others.map(({ ready }) => ready));
});
afterEach(async () => {
  cleanup();
  await Promise.all(others.map((room) => room.leave()));
  await server.close();
});

test("one of fifty renders nothing by moving, and only what selects it by its presence", async () => {
  const renders: Record<string, number> = {};
  const Counted = ({ as, children }: { as: string; children: ReactNode }) => (
    <Profiler
      id={as}
      onRender={() => {
        renders[as] = (renders[as] ?? 0) + 1;
      }}
    >
      {children}
    </Profiler>
  );
  const Names = () => {
    const names = usePeers<string, Types>((peers) => peers.map((p) => p.presence.name).join());
    return <p>{names}</p>;
  };
  const Count = () => <p data-testid="count">{useRoomState(({ peers }) => peers.length)}</p>;
  const Mood = memo(({ id }: { id: string }) => (
    <i data-testid={id}>
      {usePeer<string | undefined, Types>(id, ({ presence }) => presence.mood)}
    </i>
  ));
  const ids = others.map((room) => room.getSnapshot().self?.id ?? "");
  render(
    <RoomProvider<Types>
      name="many"
      server={server.url ?? ""}
      presence={{ name: "Ada" }}
      paths="server"
    >
      <Cursors data-testid="board">
        <Counted as="inside the cursors">
          <Count />
        </Counted>
      </Cursors>
      <Counted as="names">
        <Names />
      </Counted>
      <Counted as="avatars">
        <AvatarStack />
      </Counted>
      {ids.map((id) => (
        <Counted key={id} as={id}>
          <Mood id={id} />
        </Counted>
      ))}
    </RoomProvider>,
  );
  await eventually(() => expect(screen.getByTestId("count").textContent).toBe(`${OTHERS}`));
  const [mover, teller] = others;
  await mover?.waitFor(({ peers }) => peers.length === OTHERS);
  const before = { ...renders };

  for (let i = 0; i < MOVES; i++) mover?.moveCursor({ x: i / MOVES, y: i / MOVES });
  // It is drawn, past React; and a message is delivered after whatever came before it.
  const overlay = () => screen.getByTestId("board").querySelector("skein-overlay")?.shadowRoot;
  await eventually(() => expect(overlay()?.textContent).toContain("Guest 0"));
  await mover?.send("mark");
  expect(renders).toEqual(before);

  teller?.setPresence({ mood: "glad" });
  const id = ids[1] ?? "";
  await eventually(() => expect(screen.getByTestId(id).textContent).toBe("glad"));
  expect(renders).toEqual({ ...before, [id]: (before[id] ?? 0) + 1 });
});
