// @vitest-environment happy-dom
import { act, render, screen } from "@testing-library/react";
import { StrictMode } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { describe, expect, test, vi } from "vitest";
import {
  Ada,
  another,
  eventually,
  journal,
  Names,
  names,
  nextTask,
  serveEachTest,
  serverUrl,
  shown,
  type Types,
} from "./ada.tsx";
import { RoomProvider, usePeers, usePresence, useRoom } from "./index.ts";

serveEachTest();

describe("the provider", () => {
  test("under StrictMode joins once and leaves when it goes", async () => {
    const bob = await another();
    const log = journal(bob);
    const { unmount } = render(
      <StrictMode>
        <Ada />
      </StrictMode>,
    );
    await eventually(() => expect(shown()).toBe("Bob"));
    expect(log).toEqual(["join Ada"]);
    unmount();
    await eventually(() => expect(log).toEqual(["join Ada", "leave Ada"]));
  });

  test("a route that mounts the same room again keeps it", async () => {
    const bob = await another();
    const log = journal(bob);
    const { rerender } = render(<Ada key="one" />);
    await eventually(() => expect(names(bob)).toEqual(["Ada"]));
    for (const key of ["two", "three", "four"]) rerender(<Ada key={key} />);
    await nextTask();
    await eventually(() => expect(shown()).toBe("Bob"));
    expect(log).toEqual(["join Ada"]);
  });

  test("two of the same name are one peer, there as long as one of them is", async () => {
    const bob = await another();
    const log = journal(bob);
    const seen = new Set<unknown>();
    const Look = () => {
      seen.add(useRoom());
      return null;
    };
    const Both = ({ second }: { second: boolean }) => (
      <>
        {second && (
          <Ada>
            <Look />
          </Ada>
        )}
        <RoomProvider<Types> name="r" server={serverUrl()} presence={{ name: "Ada" }}>
          <Look />
        </RoomProvider>
      </>
    );
    const { rerender, unmount } = render(<Both second />);
    await eventually(() => expect(names(bob)).toEqual(["Ada"]));
    rerender(<Both second={false} />);
    await nextTask();
    await nextTask();
    expect(seen.size).toBe(1);
    expect(log).toEqual(["join Ada"]);
    unmount();
    await eventually(() => expect(log).toEqual(["join Ada", "leave Ada"]));
  });

  test("another name never shows the old room's peers", async () => {
    await another("Bob", "r");
    await another("Cleo", "s");
    const rendered: string[] = [];
    const Log = () => {
      const room = useRoom<Types>();
      const peers = usePeers<string, Types>((all) => all.map((p) => p.presence.name).join());
      rendered.push(`${room.name}:${peers}`);
      return null;
    };
    const { rerender } = render(
      <Ada room="r">
        <Log />
      </Ada>,
    );
    await eventually(() => expect(shown()).toBe("Bob"));
    rerender(
      <Ada room="s">
        <Log />
      </Ada>,
    );
    expect(shown()).toBe("");
    await eventually(() => expect(shown()).toBe("Cleo"));
    expect(new Set(rendered)).toEqual(new Set(["r:", "r:Bob", "s:", "s:Cleo"]));
  });

  test("comes back under the same room object after being hidden for longer", async () => {
    const bob = await another();
    const log = journal(bob);
    const { unmount } = render(<Ada />);
    await eventually(() => expect(log).toEqual(["join Ada"]));
    unmount();
    await eventually(() => expect(log).toEqual(["join Ada", "leave Ada"]));
    render(<Ada />);
    await eventually(() => expect(log).toEqual(["join Ada", "leave Ada", "join Ada"]));
  });

  test("a room that is given is neither connected nor left", async () => {
    const bob = await another();
    const { unmount } = render(
      <RoomProvider room={bob}>
        <Names />
      </RoomProvider>,
    );
    unmount();
    await nextTask();
    expect(bob.getSnapshot().status).toBe("connected");
  });

  test("a hook outside says what is missing", () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    expect(() => render(<Names />)).toThrow(/RoomProvider/);
  });

  test("what a server renders hydrates without a word", async () => {
    await another();
    const complaint = vi.spyOn(console, "error").mockImplementation(() => {});
    const app = (
      <StrictMode>
        <Ada />
      </StrictMode>
    );
    const page = document.createElement("div");
    page.innerHTML = renderToString(app);
    document.body.append(page);
    expect(shown()).toBe("");
    const root = await act(async () => hydrateRoot(page, app));
    await eventually(() => expect(shown()).toBe("Bob"));
    expect(complaint).not.toHaveBeenCalled();
    await act(async () => root.unmount());
    page.remove();
  });
});

describe("the hooks", () => {
  test("presence is there before the room is, and is seen by all", async () => {
    const bob = await another();
    const Mood = () => {
      const [presence, setPresence] = usePresence<Types>();
      return (
        <button
          type="button"
          onClick={() => setPresence((now) => ({ mood: `${now.mood ?? ""}!` }))}
        >
          {presence.name} {presence.mood}
        </button>
      );
    };
    render(
      <Ada>
        <Mood />
      </Ada>,
    );
    const button = screen.getByRole("button");
    expect(button.textContent).toBe("Ada ");
    act(() => button.click());
    expect(button.textContent).toBe("Ada !");
    await eventually(() => expect(shown()).toBe("Bob"));
    act(() => button.click());
    await eventually(() => expect(button.textContent).toBe("Ada !!"));
    await eventually(() => expect(bob.getSnapshot().peers[0]?.presence.mood).toBe("!!"));
  });
});
