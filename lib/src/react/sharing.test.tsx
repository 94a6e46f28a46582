// @vitest-environment happy-dom
/** Whose room a provider gets: of which server, and made with whose options. */
import { act, render } from "@testing-library/react";
import { StrictMode, Suspense, useLayoutEffect } from "react";
import { expect, test, vi } from "vitest";
import {
  Ada,
  another,
  eventually,
  names,
  nextTask,
  serveEachTest,
  serverUrl,
  type Types,
} from "./ada.tsx";
import { RoomProvider, useRoom, useSend } from "./index.ts";

serveEachTest();

const Cleo = () => (
  <RoomProvider<Types> name="r" server={serverUrl()} presence={{ name: "Cleo" }}>
    <i />
  </RoomProvider>
);

test("whoever comes after a render that was thrown away is who they say", async () => {
  const bob = await another();
  const never = new Promise<void>(() => {});
  const Wait = () => {
    throw never;
  };
  const { unmount } = render(
    <Suspense fallback="waiting">
      <Ada>
        <Wait />
      </Ada>
    </Suspense>,
  );
  await nextTask();
  unmount();
  render(<Cleo />);
  await eventually(() => expect(names(bob)).toEqual(["Cleo"]));
});

test("a page that waits inside a boundary around the provider keeps asking the same room", async () => {
  const rooms = new Set<unknown>();
  let ready = () => {};
  const data = new Promise<void>((resolve) => {
    ready = resolve;
  });
  let isReady = false;
  const Wait = () => {
    rooms.add(useRoom());
    if (!isReady) throw data;
    return null;
  };
  render(
    <Suspense fallback="waiting">
      <Ada>
        <Wait />
      </Ada>
    </Suspense>,
  );
  await nextTask();
  await act(async () => {
    isReady = true;
    ready();
    await data;
  });
  expect(rooms.size).toBe(1);
});

test("one server, however it is written, is one server", async () => {
  const bob = await another();
  const rooms = new Set<unknown>();
  const Look = () => {
    rooms.add(useRoom());
    return null;
  };
  const url = new URL(serverUrl());
  const written = [url.origin, `${url.origin}/`, `ws://${url.host}`, `HTTP://${url.host}//`];
  render(
    written.map((server) => (
      <RoomProvider<Types> key={server} name="r" server={server} presence={{ name: "Ada" }}>
        <Look />
      </RoomProvider>
    )),
  );
  expect(rooms.size).toBe(1);
  await eventually(() => expect(names(bob)).toEqual(["Ada"]));
});

test("no server is the page's own origin", () => {
  const rooms = new Set<unknown>();
  const Look = () => {
    rooms.add(useRoom());
    return null;
  };
  const { location } = window;
  expect(location.origin).toMatch(/^http/);
  render(
    <>
      <RoomProvider<Types> name="own" presence={{ name: "Ada" }}>
        <Look />
      </RoomProvider>
      <RoomProvider<Types> name="own" server={location.origin} presence={{ name: "Ada" }}>
        <Look />
      </RoomProvider>
    </>,
  );
  expect(rooms.size).toBe(1);
});

test("a second provider that gives other options is told that they do not count, once", async () => {
  const told = vi.spyOn(console, "warn").mockImplementation(() => {});
  const bob = await another();
  const { unmount } = render(
    <StrictMode>
      <Ada />
      <Ada />
    </StrictMode>,
  );
  await eventually(() => expect(names(bob)).toEqual(["Ada"]));
  expect(told).not.toHaveBeenCalled();
  render(<Cleo />);
  render(<Cleo />);
  expect(told.mock.calls).toEqual([[expect.stringMatching(/name="r".*those of the first count/)]]);
  expect(names(bob)).toEqual(["Ada"]);
  unmount();
});

test("a layout effect finds a room that takes what it says", async () => {
  const bob = await another();
  const heard: string[] = [];
  bob.onMessage("chat", ({ data }) => heard.push(data));
  const Greet = () => {
    const send = useSend<Types>();
    useLayoutEffect(() => void send("chat", "hello"), [send]);
    return null;
  };
  render(
    <Ada>
      <Greet />
    </Ada>,
  );
  await eventually(() => expect(heard).toEqual(["hello"]));
});
