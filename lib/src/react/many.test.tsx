// @vitest-environment happy-dom
/** A full room: who renders when one of fifty moves, or says something new of itself. */
import { act, render, screen } from "@testing-library/react";
import { memo, Profiler, type ReactNode } from "react";
import { beforeEach, expect, test } from "vitest";
import type { Room } from "../index.ts";
import type { Types } from "./ada.tsx";
import { ada, hub, hubEachTest, InRoom, idOf } from "./in-memory.tsx";
import { AvatarStack, Cursors, usePeer, usePeers, useRoomState } from "./index.ts";

const OTHERS = 49;
const MOVES = 10;
/** Longer than a room of fifty waits between two batches of samples: no two moves are one. */
const STEP_MS = 200;

let others: Room<Types>[];
hubEachTest({ meshLimit: 0 });
beforeEach(async () => {
  others = Array.from({ length: OTHERS }, (_, i) => hub.join<Types>(`Guest ${i}`));
  await hub.settle();
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
  const ids = others.map(idOf);
  render(
    <InRoom>
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
    </InRoom>,
  );
  expect(screen.getByTestId("count").textContent).toBe(`${OTHERS}`);
  const [mover, teller] = others;
  const before = { ...renders };
  const heard: number[] = [];
  ada.on("cursor", ({ samples }) => heard.push(samples.at(-1)?.x ?? -1));
  const overlay = () => screen.getByTestId("board").querySelector("skein-overlay")?.shadowRoot;

  for (let i = 1; i <= MOVES; i++) {
    mover?.moveCursor({ x: i / MOVES, y: i / MOVES });
    await act(() => hub.advance(STEP_MS));
  }
  // Each came by itself, and was drawn: past React.
  expect(new Set(heard).size).toBe(MOVES);
  expect(overlay()?.textContent).toContain("Guest 0");
  expect(renders).toEqual(before);

  await act(async () => {
    teller?.setPresence({ mood: "glad" });
    await hub.settle();
  });
  const id = ids[1] ?? "";
  expect(screen.getByTestId(id).textContent).toBe("glad");
  expect(renders).toEqual({ ...before, [id]: (before[id] ?? 0) + 1 });
});
