import { useCallback, useEffect } from "react";
import type {
  DataAndOptions,
  MessageEvent,
  MessagesOf,
  RegisteredTypes,
  RoomEvents,
  RoomTypes,
  SendOptions,
  SendResult,
  ServerMessageEvent,
} from "../room/types.ts";
import { useNewest } from "./newest.ts";
import { useRoom } from "./provider.ts";

/**
 * Calls `run` of the newest render for each message of this type, while mounted: of peers, or, with
 * `{ from: "server" }`, of the app's own back end.
 */
export function useMessage<
  K extends keyof MessagesOf<T> & string,
  T extends RoomTypes = RegisteredTypes,
>(
  type: K,
  run: (event: MessageEvent<T, MessagesOf<T>[K]>) => void,
  options?: { readonly from?: "peers" },
): void;
export function useMessage<
  K extends keyof MessagesOf<T> & string,
  T extends RoomTypes = RegisteredTypes,
>(
  type: K,
  run: (event: ServerMessageEvent<MessagesOf<T>[K]>) => void,
  options: { readonly from: "server" },
): void;
export function useMessage(
  type: string,
  run: (event: never) => void,
  { from }: { readonly from?: "peers" | "server" } = {},
): void {
  const room = useRoom<RoomTypes>();
  const newest = useNewest(run as (event: unknown) => void);
  useEffect(
    () =>
      from === "server" ? room.onMessage(type, newest, { from }) : room.onMessage(type, newest),
    [room, type, newest, from],
  );
}

/** Calls `run` of the newest render for each of these events, while mounted. */
export function useRoomEvent<K extends keyof RoomEvents<T>, T extends RoomTypes = RegisteredTypes>(
  event: K,
  run: (event: RoomEvents<T>[K]) => void,
): void {
  const room = useRoom<T>();
  const newest = useNewest(run);
  useEffect(() => room.on(event, newest), [room, event, newest]);
}

/** `room.send`, as a function that stays the same while the room does. */
export function useSend<T extends RoomTypes = RegisteredTypes>(): <
  K extends keyof MessagesOf<T> & string,
>(
  type: K,
  ...rest: DataAndOptions<MessagesOf<T>[K], SendOptions>
) => Promise<SendResult> {
  const room = useRoom<T>();
  return useCallback((type, ...rest) => room.send(type, ...rest), [room]);
}
