// @vitest-environment happy-dom
import { act, render, screen } from "@testing-library/react";
import { StrictMode, useRef } from "react";
import { expect, test } from "vitest";
import { type FollowableView, followView } from "../cursor/index.ts";
import { Ada, another, eventually, names, serveEachTest, shown } from "./ada.tsx";
import { useFollow } from "./index.ts";

serveEachTest();

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
  const bob = await another();
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
  const id = bob.getSnapshot().self?.id ?? "";
  render(
    <StrictMode>
      <Ada>
        <Button id={id} />
        <Board />
        <Button id={id} />
      </Ada>
    </StrictMode>,
  );
  await eventually(() => expect(names(bob)).toEqual(["Ada"]));
  const ada = bob.getSnapshot().peers[0]?.id ?? "";
  await eventually(() => expect(screen.getByTestId("names").textContent).toBe("Bob"));
  act(() => screen.getAllByRole("button")[0]?.click());
  expect(screen.getAllByRole("button").map((b) => b.textContent)).toEqual(["stop", "stop"]);
  await eventually(() => expect(view.followers).toEqual([ada]));
  await eventually(() => expect(shown.length).toBeGreaterThan(0));
  act(() => screen.getAllByRole("button")[1]?.click());
  await eventually(() => expect(view.followers).toEqual([]));
  act(() => view.follow(ada));
  await eventually(() => expect(screen.getByTestId("followers").textContent).toBe("1"));
});

test("a board that is made anew goes on, whoever follows", async () => {
  const bob = await another();
  using view = followView(bob, { surface: "b", view: board([]) });
  const id = bob.getSnapshot().self?.id ?? "";
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
    <Ada>
      <Button id={id} />
      <Board key={turn} />
    </Ada>
  );
  const { rerender } = render(<Page turn="one" />);
  await eventually(() => expect(shown()).toBe("Bob"));
  await eventually(() => expect(names(bob)).toEqual(["Ada"]));
  const ada = bob.getSnapshot().peers[0]?.id ?? "";
  act(() => view.follow(ada));
  await eventually(() => expect(screen.getByTestId("followers").textContent).toBe("1"));
  act(() => screen.getByRole("button").click());
  await eventually(() => expect(view.followers).toEqual([ada]));
  const first = screen.getByTestId("followers");
  await act(async () => rerender(<Page turn="two" />));
  expect(screen.getByTestId("followers")).not.toBe(first);
  expect(screen.getByTestId("followers").textContent).toBe("1");
  expect(screen.getByRole("button").textContent).toBe("stop");
  act(() => view.stop());
  await eventually(() => expect(screen.getByTestId("followers").textContent).toBe("0"));
  expect(view.followers).toEqual([ada]);
});
