// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import { Activity, StrictMode, Suspense, use, useEffect, useRef, useState } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  createSignalingServer,
  type SignalingServer,
} from "../../../signaling-server/src/index.ts";
import { type FollowableView, followView } from "../cursor/index.ts";
import { joinRoom, type Room } from "../index.ts";
import {
  RoomProvider,
  useFollow,
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

interface Types {
  presence: { name: string; mood?: string };
  messages: { chat: string };
  latest: { drag: { x: number } };
}

let server: SignalingServer;
let url: string;

beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  server = createSignalingServer({ port: 0, host: "127.0.0.1" });
  await server.listen();
  url = server.url ?? "";
});
afterEach(async () => {
  cleanup();
  await server.close();
  vi.restoreAllMocks();
});

/** Somebody else in the room, outside React. */
async function another(name = "Bob", room = "r"): Promise<Room<Types>> {
  const joined = joinRoom<Types>(room, { server: url, presence: { name } });
  onTestFinished(() => joined.leave());
  await joined.ready;
  return joined;
}
/** What the server told somebody of others coming and going. */
function journal(room: Room<Types>): string[] {
  const log: string[] = [];
  room.on("join", ({ peer }) => log.push(`join ${peer.presence.name}`));
  room.on("leave", ({ peer }) => log.push(`leave ${peer.presence.name}`));
  return log;
}
/** A busy machine takes its time. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000 });
const nextTask = () => new Promise((resolve) => setTimeout(resolve));
const names = (room: Room<Types>) => room.getSnapshot().peers.map((p) => p.presence.name);

function Names() {
  const names = usePeers<string, Types>((peers) => peers.map((p) => p.presence.name).join());
  return <p data-testid="names">{names}</p>;
}
const shown = () => screen.getByTestId("names").textContent;

const Ada = ({ room = "r", children }: { room?: string; children?: React.ReactNode }) => (
  <RoomProvider<Types> name={room} server={url} presence={{ name: "Ada" }}>
    <Names />
    {children}
  </RoomProvider>
);

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
        <RoomProvider<Types> name="r" server={url} presence={{ name: "Ada" }}>
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

describe("what comes back", () => {
  test("hidden for longer it leaves, and what its children do when they come back finds a room", async () => {
    const bob = await another();
    const log = journal(bob);
    const heard: string[] = [];
    bob.onMessage("chat", ({ data }) => heard.push(data));
    const Greet = () => {
      const send = useSend<Types>();
      useEffect(() => void send("chat", "hello"), [send]);
      return null;
    };
    const Page = ({ mode }: { mode: "visible" | "hidden" }) => (
      <Activity mode={mode}>
        <Ada>
          <Greet />
        </Ada>
      </Activity>
    );
    const { rerender } = render(<Page mode="visible" />);
    await eventually(() => expect(heard).toEqual(["hello"]));
    rerender(<Page mode="hidden" />);
    await eventually(() => expect(log).toEqual(["join Ada", "leave Ada"]));
    rerender(<Page mode="visible" />);
    await eventually(() => expect(heard).toEqual(["hello", "hello"]));
    expect(log).toEqual(["join Ada", "leave Ada", "join Ada"]);
  });

  test("what comes back takes the room that others made under its name meanwhile", async () => {
    const bob = await another();
    const log = journal(bob);
    const rooms: Record<string, Room<Types>> = {};
    const Note = ({ as }: { as: string }) => {
      rooms[as] = useRoom<Types>();
      return null;
    };
    const Page = ({ first, second }: { first: "visible" | "hidden"; second: boolean }) => (
      <>
        <Activity mode={first}>
          <Ada>
            <Note as="first" />
          </Ada>
        </Activity>
        {second && (
          <RoomProvider<Types> name="r" server={url} presence={{ name: "Ada" }}>
            <Note as="second" />
          </RoomProvider>
        )}
      </>
    );
    const { rerender } = render(<Page first="visible" second={false} />);
    await eventually(() => expect(log).toEqual(["join Ada"]));
    rerender(<Page first="hidden" second={false} />);
    await eventually(() => expect(log).toEqual(["join Ada", "leave Ada"]));
    rerender(<Page first="hidden" second />);
    await eventually(() => expect(log).toEqual(["join Ada", "leave Ada", "join Ada"]));
    rerender(<Page first="visible" second />);
    await eventually(() => expect(rooms["first"]).toBe(rooms["second"]));
    await eventually(() => expect(shown()).toBe("Bob"));
    expect(names(bob)).toEqual(["Ada"]);
    expect(log).toHaveLength(3);
  });

  test("a page that waits for data keeps its room", async () => {
    const bob = await another();
    const log = journal(bob);
    let arrived = () => {};
    const data = new Promise<string>((resolve) => {
      arrived = () => resolve("data");
    });
    const Data = () => <p>{use(data)}</p>;
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
    await act(async () => arrived());
    await screen.findByText("data");
    expect(log).toEqual(["join Ada"]);
  });

  test("a part of the page that hydrates late starts from what the server rendered", async () => {
    const complaint = vi.spyOn(console, "error").mockImplementation(() => {});
    const Mood = () => <i data-testid="mood">{usePresence<Types>()[0].mood ?? "none"}</i>;
    let arrived = () => {};
    const code = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const inBrowser = { now: false };
    const Late = () => {
      if (inBrowser.now) use(code);
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
    await act(async () => arrived());
    await eventually(() => expect(screen.getByTestId("mood").textContent).toBe("glad"));
    expect(recovered).toEqual([]);
    expect(complaint).not.toHaveBeenCalled();
    await act(async () => root.unmount());
    page.remove();
  });
});

describe("following", () => {
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
});
