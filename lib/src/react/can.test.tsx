// @vitest-environment happy-dom
/** What the server grants, as components see it. */
import { act, cleanup, render, screen } from "@testing-library/react";
import { StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, expect, test } from "vitest";
import { createTestHub } from "../testing/index.ts";
import type { Types } from "./ada.tsx";
import { RoomProvider, useCan } from "./index.ts";

afterEach(cleanup);

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
const isOffered = () => !screen.getByRole<HTMLButtonElement>("button").disabled;

test("is false until it is known, and renders only when an answer changes", async () => {
  await using hub = createTestHub();
  hub.delay(50);
  const ada = hub.join<Types>("Ada", { grants: ["message:chat", "presence"] });
  const answers: string[] = [];
  const page = (
    <RoomProvider room={ada}>
      <Offers answers={answers} />
    </RoomProvider>
  );
  expect(renderToString(page)).toContain("disabled");
  answers.length = 0;
  render(page);
  expect(isOffered()).toBe(false);
  await act(() => hub.settle());
  expect(isOffered()).toBe(true);
  expect(answers).toEqual(["false false", "true false"]);

  // Others come and change, and one's own presence does: nothing of it is asked about.
  const bob = hub.join<Types>("Bob", { grants: [] });
  await act(() => hub.settle());
  ada.setPresence({ mood: "glad" });
  await act(() => hub.settle());
  expect(ada.getSnapshot().self?.presence.mood).toBe("glad");
  expect(answers).toEqual(["false false", "true false"]);

  // And the others know of each other.
  const [seen] = ada.getSnapshot().peers;
  expect([seen?.can("cursor"), bob.can("message", "chat"), bob.can("cursor")]).toEqual([
    false,
    false,
    false,
  ]);
  expect(bob.getSnapshot().peers[0]?.can("message", "chat")).toBe(true);
  expect(bob.getSnapshot().peers[0]?.can("message", "note")).toBe(false);
});

test("keeps its answer while the socket is lost, and a room that was left may do nothing", async () => {
  await using hub = createTestHub();
  const ada = hub.join<Types>("Ada", { grants: ["message", "cursor"] });
  const bob = hub.join<Types>("Bob");
  await hub.settle();
  const answers: string[] = [];
  render(
    <RoomProvider room={ada}>
      <Offers answers={answers} />
    </RoomProvider>,
  );
  await act(async () => {
    hub.partition(bob, ada);
    await hub.advance(5_000);
  });
  expect(ada.getSnapshot().status).toBe("reconnecting");
  await act(async () => {
    hub.heal();
    await hub.settle();
  });
  expect(answers).toEqual(["true true"]);
  await act(() => ada.leave());
  expect(answers).toEqual(["true true", "false false"]);
  expect(ada.can("cursor")).toBe(false);
});

test("a server that asks nobody grants everything", async () => {
  await using hub = createTestHub();
  const ada = hub.join<Types>("Ada");
  await hub.settle();
  render(
    <StrictMode>
      <RoomProvider room={ada}>
        <Offers answers={[]} />
      </RoomProvider>
    </StrictMode>,
  );
  expect(isOffered()).toBe(true);
  for (const ability of ["cursor", "message", "presence", "document"] as const) {
    expect(ada.can(ability)).toBe(true);
  }
});
