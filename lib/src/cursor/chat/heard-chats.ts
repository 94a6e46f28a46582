/** What the others say beside their cursors, and for how long it stands there. */
import type { Peer, Room, RoomTypes } from "../../room/types.ts";
import { withOwnTypes } from "../own-types.ts";
import { CHAT_TYPE, KEPT_MS, readChat, UNFINISHED_MS } from "./chat-text.ts";

/** Calls `say` with what a peer says on this surface, and with "" when it has ended. */
export function hearChats<T extends RoomTypes>(
  room: Room<T>,
  surface: string,
  signal: AbortSignal,
  say: (peer: Peer<T>, text: string) => void,
): void {
  const ends = new Map<string, ReturnType<typeof setTimeout>>();
  const end = (id: string): void => {
    clearTimeout(ends.get(id));
    ends.delete(id);
  };
  withOwnTypes(room).onLatest(
    CHAT_TYPE,
    ({ data, peer }) => {
      const chat = readChat(data);
      if (chat === null) return;
      const speaks = chat.surface === surface && chat.text !== "";
      // Who says nothing here has nothing to end either.
      if (!speaks && !ends.has(peer.id)) return;
      end(peer.id);
      say(peer, speaks ? chat.text : "");
      if (!speaks) return;
      const over = (): void => {
        end(peer.id);
        say(peer, "");
      };
      ends.set(peer.id, setTimeout(over, chat.kept ? KEPT_MS : UNFINISHED_MS));
    },
    { signal },
  );
  signal.addEventListener("abort", () => {
    for (const id of [...ends.keys()]) end(id);
  });
}
