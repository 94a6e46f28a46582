/** A welcome: the first one, or that of a socket that took the place of a lost one. */
import type { Welcome } from "../signaling/events.ts";
import type { RoomParts } from "./parts.ts";

/** `ready`: it was the first, and all that waited for it is on its way. */
export function takeWelcome(room: RoomParts, welcome: Welcome, ready: () => void): void {
  const { members, mesh, self, server, signaling, telling } = room;
  const first = self.info === null;
  const unheard = self.info !== null && !self.can("presence");
  self.info = welcome.self;
  self.serverFeatures = welcome.features;
  mesh.setIceServers(welcome.ice.servers);
  mesh.setPolicy(welcome.policy);
  // A page that opened while the server was away could not load it either.
  mesh.load();
  // One change of the snapshot for everything that a welcome says.
  telling.batch(() => {
    members.welcome(welcome.members, first, welcome.size ?? null, welcome.self.join);
    room.seats.allowAll();
  });
  telling.change("connected", null);
  // Whoever was told of it may have left over it.
  if (self.info === null) return;
  if (!self.can("cursor")) room.motion.stopCursor();
  if (unheard || !self.can("presence")) {
    room.later.with(({ ownGrantsChanged }) => ownGrantsChanged(room, unheard));
    // Here too.
    if (self.info === null) return;
  }
  // It changed while CONNECT was on its way.
  if (self.can("presence") && self.presence.version > welcome.self.presence.version) {
    signaling.sendPresence(self.presence);
  }
  server.credited();
  room.report?.welcomed();
  room.interests?.welcomed();
  if (first) room.greeting?.showCursorToAll();
  if (members.told === null) room.outgoing.flush((type) => self.can("message", type));
  if (first) ready();
}
