// @vitest-environment happy-dom
import { act, render, screen } from "@testing-library/react";
import { Suspense } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import {
  Ada,
  another,
  eventually,
  journal,
  names,
  nextTask,
  serveEachTest,
  type Types,
} from "./ada.tsx";
import { usePresence, useRoom } from "./index.ts";

serveEachTest();

/** What a component waits for, the way every React that has Suspense knows. */
function awaited<T>(): { arrive(value: T): void; read(): T } {
  let value: { is: T } | null = null;
  let arrived = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  return {
    arrive: (is) => {
      value = { is };
      arrived();
    },
    read: () => {
      if (value === null) throw arrival;
      return value.is;
    },
  };
}

test("a page that waits for data keeps its room", async () => {
  const bob = await another();
  const log = journal(bob);
  const data = awaited<string>();
  const Data = () => <p>{data.read()}</p>;
  const Page = ({ needs }: { needs: boolean }) => (
    <Suspense fallback={<p>waiting</p>}>
      <Ada>{needs && <Data />}</Ada>
    </Suspense>
  );
  const { rerender } = render(<Page needs={false} />);
  await eventually(() => expect(log).toEqual(["join Ada"]));
  await act(async () => rerender(<Page needs />));
  screen.getByText("waiting");
  await nextTask();
  await act(async () => data.arrive("data"));
  await screen.findByText("data");
  expect(log).toEqual(["join Ada"]);
});

test("whoever waits for the room, inside the provider, gets it", async () => {
  const bob = await another();
  const Ready = () => {
    const room = useRoom<Types>();
    if (room.getSnapshot().status !== "connected") throw room.ready;
    return <p>{room.getSnapshot().peers.map(({ presence }) => presence.name)}</p>;
  };
  render(
    <Ada>
      <Suspense fallback={<p>joining</p>}>
        <Ready />
      </Suspense>
    </Ada>,
  );
  screen.getByText("joining");
  await screen.findByText("Bob", { selector: "p:not([data-testid])" }, { timeout: 10_000 });
  expect(names(bob)).toEqual(["Ada"]);
});

test("a part of the page that hydrates late starts from what the server rendered", async () => {
  const complaint = vi.spyOn(console, "error").mockImplementation(() => {});
  const Mood = () => <i data-testid="mood">{usePresence<Types>()[0].mood ?? "none"}</i>;
  const code = awaited<void>();
  const inBrowser = { now: false };
  const Late = () => {
    if (inBrowser.now) code.read();
    return <Mood />;
  };
  const Change = () => {
    const [, set] = usePresence<Types>();
    return (
      <button type="button" onClick={() => set({ mood: "glad" })}>
        set
      </button>
    );
  };
  const app = (
    <Ada>
      <Change />
      <Suspense>
        <Late />
      </Suspense>
    </Ada>
  );
  const page = document.createElement("div");
  page.innerHTML = renderToString(app);
  document.body.append(page);
  inBrowser.now = true;
  const recovered: unknown[] = [];
  const root = await act(async () =>
    hydrateRoot(page, app, { onRecoverableError: (error) => recovered.push(error) }),
  );
  act(() => screen.getByRole("button").click());
  expect(screen.getByTestId("mood").textContent).toBe("none");
  await act(async () => code.arrive());
  await eventually(() => expect(screen.getByTestId("mood").textContent).toBe("glad"));
  expect(recovered).toEqual([]);
  expect(complaint).not.toHaveBeenCalled();
  await act(async () => root.unmount());
  page.remove();
});
