// @vitest-environment happy-dom
/** What the server grants, as components see it. */
import { cleanup, render, screen } from "@testing-library/react";
import { StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import {
  createSignalingServer,
  type SignalingServer,
} from "../../../signaling-server/src/index.ts";
import { joinRoom, type Room } from "../index.ts";
import type { Grant } from "../signaling/grants.ts";
import { createTestHub } from "../testing/index.ts";
import { eventually, type Types } from "./ada.tsx";
import { RoomProvider, useCan, useMessage } from "./index.ts";

let server: SignalingServer;
/** What is granted to whoever asks next, and for how many seconds. */
let grants: Grant[] | undefined;
let seconds: number;

beforeEach(async () => {
  grants = undefined;
  seconds = 3600;
  server = createSignalingServer({
    port: 0,
    log: () => {},
    authenticate: ({ token }) => ({
      user: { id: token ?? "" },
      grants,
      expires: Date.now() + seconds * 1000,
    }),
  });
  await server.listen();
});
afterEach(async () => {
  cleanup();
  await server.close();
});

function enter(name: string): Room<Types> {
  const room = joinRoom<Types>("r", {
    server: server.url ?? "",
    presence: { name },
    token: () => name,
  });
  onTestFinished(() => room.leave());
  return room;
}

function Offers({ answers }: { answers: string[] }) {
  const chat = useCan("message", "chat");
  const pointer = useCan("cursor");
  answers.push(`${chat} ${pointer}`);
  return (
    <button type="button" disabled={!chat}>
      Say it
    </button>
  );
}
const button = () => screen.getByRole<HTMLButtonElement>("button");

test("is false until it is known, and renders only when an answer changes", async () => {
  grants = ["message:chat"];
  seconds = 2;
  const ada = enter("ada");
  const answers: string[] = [];
  render(
    <RoomProvider room={ada}>
      <Offers answers={answers} />
    </RoomProvider>,
  );
  expect(button().disabled).toBe(true);
  await eventually(() => expect(button().disabled).toBe(false));
  expect(answers).toEqual(["false false", "true false"]);

  // Others come, change and go; one's own name and other rights change: nothing of it is asked about.
  grants = undefined;
  seconds = 3600;
  const bob = enter("bob");
  await bob.ready;
  bob.setPresence({ mood: "glad" });
  await ada.waitFor((now) => now.peers.some((peer) => peer.presence.mood === "glad"));
  grants = ["message:chat", "presence"];
  await eventually(() => expect(ada.can("presence")).toBe(true));
  expect(answers).toEqual(["false false", "true false"]);
});

test("follows what is granted anew while the room stays", async () => {
  grants = ["cursor", "message"];
  seconds = 2;
  const ada = enter("ada");
  const answers: string[] = [];
  render(
    <RoomProvider room={ada}>
      <Offers answers={answers} />
    </RoomProvider>,
  );
  await eventually(() => expect(button().disabled).toBe(false));
  grants = ["cursor"];
  seconds = 3600;
  await eventually(() => expect(button().disabled).toBe(true));
  expect(answers).toEqual(["false false", "true true", "false true"]);
  expect(ada.getSnapshot().status).toBe("connected");
});

test("an open server grants everything; a server that renders knows nothing", async () => {
  await using hub = createTestHub({ clock: "real" });
  const ada = hub.join<Types>("Ada");
  const page = (
    <StrictMode>
      <RoomProvider room={ada}>
        <Offers answers={[]} />
      </RoomProvider>
    </StrictMode>
  );
  render(page);
  await eventually(() => expect(button().disabled).toBe(false));
  expect(renderToString(page)).toContain("disabled");
});

test("the back end is heard by whoever listens to it", async () => {
  const ada = enter("ada");
  const bob = enter("bob");
  await Promise.all([ada.ready, bob.ready]);
  const heard: unknown[] = [];
  const Ear = () => {
    useMessage<"chat", Types>("chat", ({ data, peer }) => heard.push([data, peer]), {
      from: "server",
    });
    useMessage<"chat", Types>("chat", ({ data, peer }) => heard.push([data, peer.user?.id]));
    return null;
  };
  render(
    <RoomProvider room={ada}>
      <Ear />
    </RoomProvider>,
  );
  await bob.send("chat", "hello");
  server.sendMessage("r", "chat", "soon closed");
  await eventually(() =>
    expect(heard).toEqual([
      ["hello", "bob"],
      ["soon closed", null],
    ]),
  );
});
