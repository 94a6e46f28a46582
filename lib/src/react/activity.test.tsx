// @vitest-environment happy-dom
/** What React hides and shows again, which React 18 cannot: vitest.config.ts names this file. */
import { render } from "@testing-library/react";
import { Activity, useEffect, useLayoutEffect } from "react";
import { expect, test } from "vitest";
import type { Room } from "../index.ts";
import {
  Ada,
  another,
  eventually,
  journal,
  names,
  serveEachTest,
  serverUrl,
  shown,
  type Types,
} from "./ada.tsx";
import { RoomProvider, useRoom, useSend } from "./index.ts";

serveEachTest();

test("hidden for longer it leaves, and what its children do when they come back finds a room", async () => {
  const bob = await another();
  const log = journal(bob);
  const heard: string[] = [];
  bob.onMessage("chat", ({ data }) => heard.push(data));
  const Greet = () => {
    const send = useSend<Types>();
    useLayoutEffect(() => void send("chat", "layout"), [send]);
    useEffect(() => void send("chat", "hello"), [send]);
    return null;
  };
  const greeting = ["layout", "hello"];
  const Page = ({ mode }: { mode: "visible" | "hidden" }) => (
    <Activity mode={mode}>
      <Ada>
        <Greet />
      </Ada>
    </Activity>
  );
  const { rerender } = render(<Page mode="visible" />);
  await eventually(() => expect(heard).toEqual(greeting));
  rerender(<Page mode="hidden" />);
  await eventually(() => expect(log).toEqual(["join Ada", "leave Ada"]));
  rerender(<Page mode="visible" />);
  await eventually(() => expect(heard).toEqual([...greeting, ...greeting]));
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
  const heard: string[] = [];
  bob.onMessage("chat", ({ data }) => heard.push(data));
  const Greet = () => {
    const send = useSend<Types>();
    useLayoutEffect(() => void send("chat", "layout"), [send]);
    useEffect(() => void send("chat", "hello"), [send]);
    return null;
  };
  // The same element each time: React does not render it anew only because it is shown again.
  const content = (
    <Ada>
      <Note as="first" />
      <Greet />
    </Ada>
  );
  const Page = ({ first, second }: { first: "visible" | "hidden"; second: boolean }) => (
    <>
      <Activity mode={first}>{content}</Activity>
      {second && (
        <RoomProvider<Types> name="r" server={serverUrl()} presence={{ name: "Ada" }}>
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
  await eventually(() => expect(heard).toEqual(["layout", "hello", "layout", "hello"]));
  expect(log).toHaveLength(3);
});
