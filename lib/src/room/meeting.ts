/** Somebody is met: a member, the link to it, and what becomes of all that these two tell. */
import { type Bookmark, Link } from "../link/link.ts";
import type { LinkEvents, ServerCarrier } from "../link/options.ts";
import type { MemberInfo } from "../signaling/events.ts";
import { isAmong } from "./blocked.ts";
import { NO_HANDLE } from "./handles.ts";
import { Member, type MemberEvents } from "./member.ts";
import { compareJoin } from "./members.ts";
import { pageHidden } from "./page-hidden.ts";
import type { RoomParts } from "./parts.ts";

export function meet(room: RoomParts, info: MemberInfo, bookmark: Bookmark): Member {
  const { clock, later, members, mesh, outlet, refuse } = room;
  const { seats, self, server, signaling, telling } = room;

  const memberEvents: MemberEvents = {
    changed: (_, what) => {
      members.touched();
      if (member.peer === null) return;
      if (what === "presence") telling.emit("presence", { peer: member.peer });
      if (what === "shown") telling.emit("join", { peer: member.peer });
    },
    cursor: ({ peer }, samples) => {
      room.attending?.heard();
      if (peer !== null) telling.emit("cursor", { peer, samples });
    },
    message: ({ peer }, type, data) => {
      if (peer !== null) telling.messages.emit(type, { data, peer });
    },
    latest: ({ peer }, type, key, data) => {
      room.attending?.heard();
      if (peer !== null) telling.latest.emit(type, { data, key, peer });
    },
    refused: refuse,
    limited: (use) =>
      void later.with(({ Enforcement }) =>
        use((grants) => new Enforcement(clock, grants, () => signaling.joined)),
      ),
  };
  const member = new Member(info, clock, room.schema, memberEvents);
  member.isBlocked = isAmong(room.blocked, info);

  const linkEvents: LinkEvents = {
    mayDeliver: (entry) => member.mayDeliver(entry),
    onEntry: (entry) => member.entry(entry),
    onState: (frame) => member.state(frame),
    onPath: (path, previous) => {
      members.pathChanged(member);
      seats.pathChanged();
      room.interests?.greet(member);
      if (member.peer !== null && members.get(member.id) === member) {
        telling.emit("path", { peer: member.peer, path, previous });
      }
    },
    onReason: () => {
      member.pathChanged();
      seats.pathChanged();
    },
    onReset: (missed) => {
      member.streamsReset();
      // Perhaps it took us for lost, and knows nothing of us any more.
      room.greeting?.showCursor(member);
      room.attending?.greet(member);
      room.interests?.greet(member, true);
      if (missed && member.peer !== null) telling.emit("missed", { peer: member.peer });
    },
    onGoodbye: () => members.goodbye(member),
    onRefused: refuse,
  };
  const carrier: ServerCarrier = {
    reachable: () => signaling.joined && !member.away && member.info.handle !== NO_HANDLE,
    send: (frame, lane) => server.toOne(member.info.handle, frame, lane),
    upload: (shared) => outlet.fanout.upload(shared),
    acknowledge: (hearing) => room.acks?.take(member, carrier, hearing),
    get rtt() {
      return signaling.rtt;
    },
  };
  member.link = new Link({
    peerId: info.id,
    clock,
    server: carrier,
    upgrade: {
      create: (options) => mesh.upgrade(options),
      random: room.random,
      initiator: () => self.info !== null && compareJoin(self.info, member.info) > 0,
      nextAttempt: () => ++self.attempts,
      open: (options) => mesh.open(options),
      reachable: carrier.reachable,
      sendSignal: (signal) => void signaling.sendSignal(info.id, signal),
    },
    events: linkEvents,
    hidden: pageHidden,
    nextIncarnation: () => ++self.incarnations,
    nextAll: () => outlet.fanout.nextAll,
    bookmark,
    presenceVersion: () => self.presence.version,
  });
  member.pathChanged();
  room.attending?.greet(member);
  return member;
}
