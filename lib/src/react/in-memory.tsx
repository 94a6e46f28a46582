/** Ada and those whom she meets, in rooms of the testing kit: for what a component shows of a room. */
import { act, cleanup } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, vi } from "vitest";
import type { Room } from "../index.ts";
import { createTestHub, type TestHub, type TestHubOptions } from "../testing/index.ts";
import type { Types } from "./ada.tsx";
import { RoomProvider } from "./index.ts";

export let hub: TestHub;
export let ada: Room<Types>;

/** Gives each test of a file a hub of its own with Ada in it, and time that only the test moves. */
export function hubEachTest(options?: Pick<TestHubOptions, "meshLimit">): void {
  beforeEach(() => {
    vi.useFakeTimers();
    hub = createTestHub({ clock: "real", ...options });
    ada = hub.join<Types>("Ada");
  });
  afterEach(async () => {
    cleanup();
    await hub.close();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
}

export const settle = () => act(() => hub.settle());
export const idOf = (room: Room<Types> | undefined) => room?.getSnapshot().self?.id ?? "";

export const InRoom = ({ children }: { children: ReactNode }) => (
  <RoomProvider<Types> room={ada}>{children}</RoomProvider>
);
