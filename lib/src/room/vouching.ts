/** What the server vouches for changes while everybody stays: grants, and how somebody is called. */
import type { Vouched } from "../signaling/events.ts";
import { allows } from "../signaling/grants.ts";
import { SkeinError } from "./errors.ts";
import { noGrant } from "./grants.ts";
import type { Member } from "./member.ts";
import type { RoomParts } from "./parts.ts";

/** Of ourselves or of somebody else. */
export function takeVouched(room: RoomParts, { id, ...vouched }: { id: string } & Vouched): void {
  const { members, self, telling } = room;
  if (self.info?.id !== id) {
    members.get(id)?.vouched(vouched);
    return;
  }
  const { user: _user, grants: before, ...rest } = self.info;
  self.info = { ...rest, ...vouched };
  ownGrantsChanged(room, !allows(before, "presence"));
  telling.publish();
}

/** `unheard`: what we say of ourselves was nothing that the others got to see. */
export function ownGrantsChanged(room: RoomParts, unheard: boolean): void {
  const { cursor, outlet, self, signaling, telling } = room;
  if (self.info === null) return;
  const { grants } = self.info;
  if (!allows(grants, "cursor")) cursor.stop();
  if (!allows(grants, "presence")) {
    if (!self.isPresenceMissed) return;
    const { code, message } = noGrant("presence");
    telling.emit("error", { error: new SkeinError(code, `Nobody sees your presence. ${message}`) });
  } else if (unheard) {
    const frame = self.presenceAnew();
    signaling.sendPresence(self.presence);
    for (const link of outlet.links) link.sendPresence(self.presence.version, frame);
  }
}

/** Blocks or unblocks whoever is to be, and is not yet. */
export function applyBlocks({ blocking, greeting, members, seats, telling }: RoomParts): void {
  for (const member of [...members]) {
    const blocked = blocking.has(member.info);
    if (blocked === member.isBlocked) continue;
    const before = member.peer;
    member.isBlocked = blocked;
    const peer = before ?? member.peer;
    members.touched();
    seats.allow(member);
    if (!blocked) welcomeBack(member, greeting);
    if (peer === null) continue;
    if (blocked) telling.emit("leave", { peer, reason: "blocked" });
    else telling.emit("join", { peer });
  }
}

/** What was said meanwhile is not for it: the streams begin anew. */
function welcomeBack(member: Member, greeting: RoomParts["greeting"]): void {
  member.link.reset();
  greeting.showCursor(member);
  greeting.tellAttention(member);
}
