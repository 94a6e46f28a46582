// @vitest-environment happy-dom
/** What hooks give, of a room of the testing kit. */
import { act, render, screen } from "@testing-library/react";
import { useState } from "react";
import { expect, test } from "vitest";
import type { Types } from "./ada.tsx";
import { ada, hub, hubEachTest, InRoom, idOf, settle } from "./in-memory.tsx";
import {
  useLatest,
  useMessage,
  usePeer,
  usePeers,
  useRoomEvent,
  useRoomState,
  useSend,
} from "./index.ts";

hubEachTest();

test("messages, latest values and events reach the newest render's function", async () => {
  const bob = hub.join<Types>("Bob");
  await hub.settle();
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
    <InRoom>
      <Listen />
    </InRoom>,
  );
  void bob.send("chat", "one");
  await settle();
  void bob.send("chat", "two");
  await settle();
  expect(heard).toEqual(["1 one", "2 two"]);
  const toBob: string[] = [];
  bob.onMessage("chat", ({ data }) => toBob.push(data));
  bob.onLatest("drag", ({ data, key }) => toBob.push(`${key} ${data.x}`));
  screen.getByRole("button").click();
  await settle();
  expect(toBob.toSorted()).toEqual(["from Ada", "k 1"]);
  hub.join<Types>("Cleo");
  await settle();
  expect(heard.at(-1)).toBe("join Cleo");
});

test("only the selectors that a change concerns render, and cursors render nothing", async () => {
  const bob = hub.join<Types>("Bob");
  const cleo = hub.join<Types>("Cleo");
  await hub.settle();
  const renders = { names: 0, bob: 0, cleo: 0, count: 0 };
  const bobId = idOf(bob);
  const cleoId = idOf(cleo);
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
    <InRoom>
      <Count />
      <All />
      <One id={bobId} key2="bob" />
      <One id={cleoId} key2="cleo" />
    </InRoom>,
  );
  await settle();
  const before = { ...renders };
  bob.setPresence({ mood: "glad" });
  await settle();
  expect(screen.getByTestId("bob").textContent).toBe("glad");
  expect(renders).toEqual({ ...before, bob: before.bob + 1 });
  for (let i = 0; i < 20; i++) {
    bob.moveCursor({ x: i, y: i });
    await act(() => hub.advance(50));
  }
  expect(ada.cursorOf(bobId)).toMatchObject({ x: 19, y: 19 });
  expect(renders).toEqual({ ...before, bob: before.bob + 1 });
});

test("the size of the room is a part of its state, before anybody else is in sight too", async () => {
  const Size = () => <p>{useRoomState<number, Types>(({ size }) => size)} here</p>;
  render(
    <InRoom>
      <Size />
    </InRoom>,
  );
  await settle();
  expect(screen.getByText("1 here")).toBeTruthy();
  const bob = hub.join<Types>("Bob");
  await settle();
  expect(screen.getByText("2 here")).toBeTruthy();
  await act(() => bob.leave());
  await settle();
  expect(screen.getByText("1 here")).toBeTruthy();
  expect(ada.size).toBe(1);
});
