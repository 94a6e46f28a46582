// @vitest-environment happy-dom
import { act, render, screen } from "@testing-library/react";
import { StrictMode, useRef } from "react";
import { beforeEach, expect, test } from "vitest";
import { type FollowableView, followView } from "../cursor/index.ts";
import type { Room } from "../index.ts";
import type { Types } from "./ada.tsx";
import { ada, hub, hubEachTest, InRoom, idOf, settle } from "./in-memory.tsx";
import { useFollow } from "./index.ts";

let bob: Room<Types>;
hubEachTest();
beforeEach(async () => {
  bob = hub.join<Types>("Bob");
  await hub.settle();
});

const board = (log: string[]): FollowableView => ({
  read: () => ({ x: 0, y: 0, width: 10, height: 10 }),
  show: ({ x }) => void log.push(`${x}`),
});
const Button = ({ id }: { id: string }) => {
  const { following, follow, stop } = useFollow({ surface: "b" });
  return (
    <button type="button" onClick={() => (following === id ? stop() : follow(id))}>
      {following === id ? "stop" : "follow"}
    </button>
  );
};

test("every component of a surface shares one, with the view that one of them names", async () => {
  using view = followView(bob, {
    surface: "b",
    view: {
      read: () => ({ x: 500, y: 0, width: 10, height: 10 }),
      show: () => {},
    },
  });
  const shown: string[] = [];
  const Board = () => {
    const { followers } = useFollow({ surface: "b", view: board(shown) });
    return <p data-testid="followers">{followers.length}</p>;
  };
  const id = idOf(bob);
  render(
    <StrictMode>
      <InRoom>
        <Button id={id} />
        <Board />
        <Button id={id} />
      </InRoom>
    </StrictMode>,
  );
  await settle();
  act(() => screen.getAllByRole("button")[0]?.click());
  expect(screen.getAllByRole("button").map((b) => b.textContent)).toEqual(["stop", "stop"]);
  await settle();
  expect(view.followers).toEqual([idOf(ada)]);
  expect(shown.length).toBeGreaterThan(0);
  act(() => screen.getAllByRole("button")[1]?.click());
  await settle();
  expect(view.followers).toEqual([]);
  view.follow(idOf(ada));
  await settle();
  expect(screen.getByTestId("followers").textContent).toBe("1");
});

test("a board that is made anew goes on, whoever follows", async () => {
  using view = followView(bob, { surface: "b", view: board([]) });
  const id = idOf(bob);
  const Board = () => {
    const element = useRef<HTMLDivElement>(null);
    const { followers } = useFollow({ surface: "b", target: element });
    return (
      <div ref={element} data-testid="followers">
        {followers.length}
      </div>
    );
  };
  const Page = ({ turn }: { turn: string }) => (
    <InRoom>
      <Button id={id} />
      <Board key={turn} />
    </InRoom>
  );
  const { rerender } = render(<Page turn="one" />);
  view.follow(idOf(ada));
  await settle();
  expect(screen.getByTestId("followers").textContent).toBe("1");
  act(() => screen.getByRole("button").click());
  await settle();
  expect(view.followers).toEqual([idOf(ada)]);
  const first = screen.getByTestId("followers");
  await act(async () => rerender(<Page turn="two" />));
  expect(screen.getByTestId("followers")).not.toBe(first);
  expect(screen.getByTestId("followers").textContent).toBe("1");
  expect(screen.getByRole("button").textContent).toBe("stop");
  await settle();
  expect(screen.getByTestId("followers").textContent).toBe("1");
  view.stop();
  await settle();
  expect(screen.getByTestId("followers").textContent).toBe("0");
  expect(view.followers).toEqual([idOf(ada)]);
});
