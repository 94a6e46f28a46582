/** What the server vouches for changes while everybody stays: grants, and how somebody is called. */
import type { Vouched } from "../signaling/events.ts";
import { allows } from "../signaling/grants.ts";
import { encodeFrame } from "../wire/index.ts";
import { SkeinError } from "./errors.ts";
import { noGrant } from "./grants.ts";
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
  const { motion, outlet, self, signaling, telling } = room;
  if (self.info === null) return;
  if (!self.can("cursor")) motion.stopCursor();
  if (!self.can("presence")) {
    if (self.isMissedTold || Object.keys(self.presence.state).length === 0) return;
    self.isMissedTold = true;
    const { code, message } = noGrant("presence");
    telling.emit("error", { error: new SkeinError(code, `Nobody sees your presence. ${message}`) });
  } else if (unheard) {
    // The same as a newer version: it may be told by now. The one between is the server's, which took
    // back with it what we said.
    self.presence = { ...self.presence, version: self.presence.version + 2 };
    const frame = encodeFrame({ kind: "presence", ...self.presence });
    signaling.sendPresence(self.presence);
    for (const link of outlet.links) link.sendPresence(self.presence.version, frame);
  }
}
