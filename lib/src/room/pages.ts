/** The rest of a large room's members, as a server tells of them after the welcome. */
import type { MemberInfo } from "../signaling/events.ts";
import { NO_HANDLE } from "./handles.ts";
import type { RoomParts } from "./parts.ts";

/** What `tell` changes is one change of the snapshot, and then come the events. */
export function tellTogether({ telling }: RoomParts, tell: () => void): void {
  telling.batch(tell);
  const { status, error } = telling.snapshot;
  telling.change(status, error);
}

/** Some who were there at the welcome; and if that was all, those who are known and were not are missing. */
export function takePage(
  room: RoomParts,
  { members: infos, more }: { readonly members: readonly MemberInfo[]; readonly more: boolean },
): void {
  const { members, outgoing, seats, self } = room;
  // Nothing is to come, of this welcome or at all.
  if (members.told === null) return;
  tellTogether(room, () => {
    members.confirm(infos, more ? members.told : null);
    if (!more) {
      for (const member of [...members])
        if (member.info.handle === NO_HANDLE) members.missing(member);
    }
    seats.allowAll();
  });
  // What was to go to everybody waited until everybody is known.
  if (members.told === null) outgoing.flush((type) => self.can("message", type));
}
