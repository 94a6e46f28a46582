/**
 * A page with a hundred remote cursors that never rest, and go beyond its edges. Its room is the
 * library's own, and takes in what a server would send it: only the socket is a port to another thread.
 * With `?board` the page is a board with a pan of its own, which can follow what somebody sees.
 */
import { attachCursors, followView, type Point } from "skein/cursors";
import { SkeinRoom } from "../../lib/src/room/room.ts";
import type { Seams } from "../../lib/src/seams.ts";
import { type MemberInfo, PROTOCOL } from "../../lib/src/signaling/events.ts";
import { decodeSent } from "../../lib/src/wire/index.ts";
import { CONFIRMED_EACH, handleOf, OWN_HANDLE, PEERS, type ToCompany } from "./people.ts";

const company = new Worker(new URL("./company.ts", import.meta.url), { type: "module" });
const tell = (message: ToCompany): void => company.postMessage(message);

const member = (handle: number, id: string, name: string): MemberInfo => ({
  id,
  handle,
  join: handle,
  features: 0,
  webrtc: false,
  seat: false,
  away: false,
  presence: { version: 1, state: { name } },
});
const idOf = (peer: number): string => `person-${String(peer).padStart(15, "0")}`;

const connect: Seams["connect"] = (_target, _request, _clock, handlers, outcome) => {
  let taken = 0;
  company.onmessage = ({ data }: MessageEvent<Uint8Array>) => {
    const sent = decodeSent(data);
    if (sent !== undefined) handlers.frame(sent.sender, sent.frame);
    taken += 1;
    if (taken % CONFIRMED_EACH === 0) tell("confirmed");
  };
  queueMicrotask(() => {
    handlers.welcome({
      protocol: PROTOCOL,
      features: 0,
      self: member(OWN_HANDLE, "self", "Page"),
      resumed: false,
      members: Array.from({ length: PEERS }, (_, peer) =>
        member(handleOf(peer), idOf(peer), `Person ${peer}`),
      ),
      ice: { servers: [], ttlSeconds: 0 },
      policy: { paths: "server", meshLimit: 0 },
    });
    outcome.welcomed(OWN_HANDLE);
  });
  return {
    joined: true,
    buffered: 0,
    rtt: null,
    emit: () => true,
    send(message) {
      tell(message.slice());
      return true;
    },
    check() {},
    lose() {},
    close() {},
  };
};

const room = new SkeinRoom("frame", { server: location.origin, paths: "server" }, { connect });
room.connect();
const element = document.querySelector("main") as HTMLElement;

if (location.search !== "?board") attachCursors(room, element, { coordinates: "fraction" });
else {
  /** Units of the board in the width or height of what cursors are told in. */
  const whole = 1_000;
  let pan: Point = { x: 0, y: 0 };
  const cursors = attachCursors(room, element, {
    coordinates: {
      toShared: ({ x, y }) => ({ x: (x + pan.x) / whole, y: (y + pan.y) / whole }),
      fromShared: ({ x, y }) => ({ x: x * whole - pan.x, y: y * whole - pan.y }),
    },
  });
  const panTo = ({ x, y }: Point): void => {
    pan = { x, y };
    element.dataset["pan"] = `${Math.round(x)} ${Math.round(y)}`;
    cursors.remap();
  };
  const { innerWidth: width, innerHeight: height } = window;
  const views = followView(room, {
    element,
    view: { read: () => ({ ...pan, width, height }), show: panTo },
  });
  element.addEventListener("wheel", ({ deltaX, deltaY }) => {
    panTo({ x: pan.x + deltaX, y: pan.y + deltaY });
    views.changed();
  });
  document.querySelector("button")?.addEventListener("click", () => {
    tell({ shows: 0 });
    views.follow(idOf(0));
  });
}
