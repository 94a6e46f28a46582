// @vitest-environment jsdom
/** What draws, in the DOM that most apps test in: it has no layout, no media and no animations of styles. */
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { attachCursors, followView } from "../cursor/index.ts";
import type { Room } from "../index.ts";
import { attachInspector } from "../inspector/index.ts";
import { AvatarStack, Cursors, RoomProvider, useFollow, usePeers } from "../react/index.ts";
import { createTestHub, type TestHub } from "./index.ts";

interface Types {
  presence: { name: string };
}

/** Longer than a cursor takes that is played back. */
const SHOWN_MS = 1_000;

let hub: TestHub;
beforeEach(() => {
  vi.useFakeTimers();
  hub = createTestHub({ clock: "real" });
});
afterEach(async () => {
  cleanup();
  await hub.close();
  document.body.replaceChildren();
  vi.useRealTimers();
});

const overlayIn = (element: Element | null) => element?.querySelector("skein-overlay")?.shadowRoot;
const idOf = (room: Room<Types>) => room.getSnapshot().self?.id ?? "";

test("a provider, cursors and avatars, under fake timers", async () => {
  const [ada, bob] = [hub.join<Types>("Ada"), hub.join<Types>("Bob")];
  const Names = () => (
    <p>{usePeers<string, Types>((all) => all.map((p) => p.presence.name).join())}</p>
  );
  const Follow = () => {
    const { following, follow } = useFollow();
    return (
      <button type="button" onClick={() => follow(idOf(bob))}>
        {following ?? "nobody"}
      </button>
    );
  };
  const { unmount } = render(
    <RoomProvider<Types> room={ada}>
      <AvatarStack />
      <Follow />
      <Cursors data-testid="board" chat coordinates="anchor">
        <Names />
      </Cursors>
    </RoomProvider>,
  );
  await act(() => hub.settle());
  screen.getByText("Bob", { selector: "p" });
  expect(screen.getAllByRole("listitem").map(({ title }) => title)).toEqual(["Bob"]);
  act(() => screen.getByRole("button").click());
  expect(screen.getByRole("button").textContent).toBe(idOf(bob));

  const board = screen.getByTestId("board");
  bob.moveCursor({ x: 0.5, y: 0.5 });
  await act(() => hub.advance(SHOWN_MS));
  expect(overlayIn(board)?.textContent).toContain("Bob");
  await act(() => bob.leave());
  await act(() => hub.settle());
  expect(overlayIn(board)?.textContent).not.toContain("Bob");
  expect(screen.queryAllByRole("listitem")).toEqual([]);
  unmount();
});

test("without React: cursors, a view that follows, and one's own pointer", async () => {
  const [ada, bob] = [hub.join<Types>("Ada"), hub.join<Types>("Bob")];
  const board = document.createElement("div");
  document.body.append(board);
  onTestFinished(attachCursors(ada, board, { coordinates: "pixels" }));
  using view = followView(ada, { element: board });
  await hub.settle();
  view.follow(idOf(bob));
  expect(view.following).toBe(idOf(bob));
  const place = { clientX: 12, clientY: 34, isPrimary: true, bubbles: true };
  board.dispatchEvent(new PointerEvent("pointermove", place));
  await hub.settle();
  expect(bob.cursorOf(idOf(ada))).toMatchObject({ x: 12, y: 34 });
});

test("the inspector opens, and tells of a link", async () => {
  const ada = hub.join<Types>("Ada");
  hub.join<Types>("Bob");
  const inspector = attachInspector(ada);
  onTestFinished(inspector);
  await hub.settle();
  inspector.open();
  await hub.advance(SHOWN_MS);
  expect(document.querySelector("skein-inspector")?.shadowRoot?.textContent).toContain("Bob");
  expect(inspector.report()).toContain("direct");
});
