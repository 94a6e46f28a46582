// @vitest-environment happy-dom
/** What the components draw, in rooms of the testing kit. */
import { act, render, screen } from "@testing-library/react";
import { type ReactNode, useRef, useState } from "react";
import { describe, expect, test, vi } from "vitest";
import type { AttachedCursors, FollowableView } from "../cursor/index.ts";
import { followView } from "../cursor/index.ts";
import type { Types } from "./ada.tsx";
import { ada, hub, hubEachTest, InRoom, idOf, settle } from "./in-memory.tsx";
import { AvatarStack, Cursors, type CursorsProps, useFollow } from "./index.ts";

hubEachTest();

const overlays = () => [...document.querySelectorAll("skein-overlay")];
const boards = () => overlays().map(({ parentElement }) => parentElement?.id);

describe("cursors over a target", () => {
  const attached: { current: AttachedCursors | null } = { current: null };
  function Page({ board }: { board: string | null }) {
    const ref = useRef<HTMLDivElement>(null);
    return (
      <InRoom>
        {board !== null && <div key={board} ref={ref} id={board} />}
        <Cursors target={ref} attached={attached} />
      </InRoom>
    );
  }

  test("that comes later, is made anew, and goes", () => {
    const { rerender } = render(<Page board={null} />);
    expect(boards()).toEqual([]);
    expect(attached.current).toBeNull();
    rerender(<Page board="one" />);
    expect(boards()).toEqual(["one"]);
    const first = attached.current;
    expect(first).not.toBeNull();
    rerender(<Page board="one" />);
    expect(attached.current).toBe(first);
    rerender(<Page board="two" />);
    expect(boards()).toEqual(["two"]);
    expect(attached.current).not.toBe(first);
    rerender(<Page board={null} />);
    expect(boards()).toEqual([]);
    expect(attached.current).toBeNull();
  });

  test("that comes without the component being rendered", async () => {
    function Late({ board }: { board: { current: HTMLDivElement | null } }) {
      const [open, setOpen] = useState(false);
      return open ? (
        <div ref={board} id="late" />
      ) : (
        <button type="button" onClick={() => setOpen(true)}>
          open
        </button>
      );
    }
    const board = { current: null };
    const cursors = <Cursors target={board} />;
    render(
      <InRoom>
        <Late board={board} />
        {cursors}
      </InRoom>,
    );
    await act(async () => screen.getByRole("button").click());
    expect(boards()).toEqual(["late"]);
  });

  test("a view that is followed is of the element that is there", async () => {
    const bob = hub.join<Types>("Bob");
    const view: FollowableView = {
      read: () => ({ x: 0, y: 0, width: 1, height: 1 }),
      show: () => {},
    };
    using following = followView(bob, { surface: "b", view });
    const Board = ({ turn }: { turn: string }) => {
      const ref = useRef<HTMLDivElement>(null);
      useFollow({ surface: "b", target: ref });
      return <div key={turn} ref={ref} data-testid={turn} />;
    };
    const sent = vi.spyOn(ada, "sendLatest");
    // There is no layout here.
    for (const size of ["scrollWidth", "scrollHeight"] as const) {
      vi.spyOn(Element.prototype, size, "get").mockReturnValue(100);
    }
    const { rerender } = render(
      <InRoom>
        <Board turn="one" />
      </InRoom>,
    );
    await settle();
    following.follow(idOf(ada));
    await settle();
    rerender(
      <InRoom>
        <Board turn="two" />
      </InRoom>,
    );
    await settle();
    sent.mockClear();
    act(() => void screen.getByTestId("two").dispatchEvent(new Event("scroll")));
    expect(sent).toHaveBeenCalled();
  });
});

describe("cursors over their own content", () => {
  test("stay when all that is in it is text, and that changes", () => {
    const page = (children: ReactNode) => (
      <InRoom>
        <Cursors id="own">{children}</Cursors>
      </InRoom>
    );
    const { rerender } = render(page("Loading"));
    for (const children of ["Still loading", 3, <p key="p">A board</p>, "Gone", null]) {
      rerender(page(children));
      expect(boards()).toEqual(["own"]);
    }
  });

  test("say what the newest render gives them, without beginning anew", () => {
    const page = (chat: NonNullable<CursorsProps["chat"]>) => (
      <InRoom>
        <Cursors id="own" chat={chat} />
      </InRoom>
    );
    const { rerender } = render(page({ label: "Say something", placeholder: "Say" }));
    const [before] = overlays();
    rerender(page({ label: "Sag etwas", placeholder: "Sag" }));
    expect(overlays()[0]).toBe(before);
    const board = document.querySelector("#own");
    const over = { clientX: 1, clientY: 1, isPrimary: true, bubbles: true };
    board?.dispatchEvent(new PointerEvent("pointermove", over));
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true }));
    const fields = [...(board?.children ?? [])].flatMap((child) => [
      ...(child.shadowRoot?.querySelectorAll("input, textarea") ?? []),
    ]);
    expect(fields.map((field) => field.getAttribute("aria-label"))).toEqual(["Sag etwas"]);
  });
});

describe("avatars", () => {
  /** As a screen reader has it: what is hidden from it left out. */
  const read = () =>
    screen.queryAllByRole("listitem").map((item) => {
      const clone = item.cloneNode(true) as HTMLElement;
      for (const hidden of clone.querySelectorAll("[aria-hidden=true]")) hidden.remove();
      return clone.textContent;
    });

  test("have words for whoever gives no name, and for those who do not fit", async () => {
    for (const name of ["Bob", "", "Cleo", "Dora", "Eve"]) hub.join<Types>(name);
    const { rerender } = render(
      <InRoom>
        <AvatarStack max={2} />
      </InRoom>,
    );
    await settle();
    expect(read()).toEqual(["Bob", "Somebody without a name", "3 more"]);
    expect(screen.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual([
      "BBob",
      "?Somebody without a name",
      "+33 more",
    ]);
    rerender(
      <InRoom>
        <AvatarStack
          max={2}
          texts={{ unnamed: "Jemand ohne Namen", more: (count) => `${count} weitere` }}
        />
      </InRoom>,
    );
    expect(read()).toEqual(["Bob", "Jemand ohne Namen", "3 weitere"]);
  });

  test.each([
    [0, ["2 more"]],
    [1.5, ["Bob", "1 more"]],
    [-1, ["Bob", "Cleo"]],
    [Number.NaN, ["Bob", "Cleo"]],
    [Number.POSITIVE_INFINITY, ["Bob", "Cleo"]],
  ])("of a max of %d", async (max, expected) => {
    for (const name of ["Bob", "Cleo"]) hub.join<Types>(name);
    render(
      <InRoom>
        <AvatarStack max={max} />
      </InRoom>,
    );
    await settle();
    expect(read()).toEqual(expected);
  });
});
