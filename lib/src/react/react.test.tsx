// @vitest-environment happy-dom
import { act, render, screen } from "@testing-library/react";
import { StrictMode, useState } from "react";
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
import {
  RoomProvider,
  useLatest,
  useMessage,
  usePeer,
  usePeers,
  usePresence,
  useRoom,
  useRoomEvent,
  useRoomState,
  useSend,
} from "./index.ts";

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
  test("messages, latest values and events reach the newest render's function", async () => {
    const bob = await another();
    const heard: string[] = [];
    const Listen = () => {
      const [step, setStep] = useState(1);
      const send = useSend<Types>();
      const drag = useLatest<"drag", Types>("drag", ({ data }) => heard.push(`drag ${data.x}`));
      useMessage<"chat", Types>("chat", ({ data }) => {
        heard.push(`${step} ${data}`);
        setStep(step + 1);
      });
      useRoomEvent<"join", Types>("join", ({ peer }) => heard.push(`join ${peer.presence.name}`));
      return (
        <button
          type="button"
          onClick={() => {
            void send("chat", "from Ada");
            drag({ x: 1 }, { key: "k" });
          }}
        >
          say
        </button>
      );
    };
    render(
      <Ada>
        <Listen />
      </Ada>,
    );
    await eventually(() => expect(names(bob)).toEqual(["Ada"]));
    await act(() => bob.send("chat", "one"));
    await act(() => bob.send("chat", "two"));
    expect(heard).toEqual(["1 one", "2 two"]);
    const toBob: string[] = [];
    bob.onMessage("chat", ({ data }) => toBob.push(data));
    bob.onLatest("drag", ({ data, key }) => toBob.push(`${key} ${data.x}`));
    screen.getByRole("button").click();
    await eventually(() => expect(toBob.toSorted()).toEqual(["from Ada", "k 1"]));
    await another("Cleo");
    await eventually(() => expect(heard.at(-1)).toBe("join Cleo"));
  });

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

  test("only the selectors that a change concerns render, and cursors render nothing", async () => {
    const bob = await another("Bob");
    const cleo = await another("Cleo");
    const renders = { names: 0, bob: 0, cleo: 0, count: 0 };
    const bobId = bob.getSnapshot().self?.id ?? "";
    const cleoId = cleo.getSnapshot().self?.id ?? "";
    const Count = () => {
      renders.count += 1;
      return <i>{useRoomState<number, Types>(({ peers }) => peers.length)}</i>;
    };
    const All = () => {
      renders.names += 1;
      return (
        <b>
          {usePeers<string[], Types>(
            (peers) => peers.map((p) => p.presence.name),
            (a, b) => a.join() === b.join(),
          )}
        </b>
      );
    };
    const One = ({ id, key2 }: { id: string; key2: "bob" | "cleo" }) => {
      renders[key2] += 1;
      const mood = usePeer<string | undefined, Types>(id, (peer) => peer.presence.mood);
      return <u data-testid={key2}>{mood}</u>;
    };
    render(
      <Ada>
        <Count />
        <All />
        <One id={bobId} key2="bob" />
        <One id={cleoId} key2="cleo" />
      </Ada>,
    );
    await eventually(() => expect(shown()).toBe("Bob,Cleo"));
    await eventually(() => expect(names(bob)).toEqual(["Cleo", "Ada"]));
    const before = { ...renders };
    bob.setPresence({ mood: "glad" });
    await eventually(() => expect(screen.getByTestId("bob").textContent).toBe("glad"));
    expect(renders).toEqual({ ...before, bob: before.bob + 1 });
    for (let i = 0; i < 20; i++) bob.moveCursor({ x: i, y: i });
    await bob.send("chat", "all cursors before this are there");
    expect(renders).toEqual({ ...before, bob: before.bob + 1 });
  });
});
