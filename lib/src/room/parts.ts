/** What a room is made of, and how that hangs together. */
import { Chunk } from "../chunk.ts";
import { type Clock, systemClock } from "../clock.ts";
import { ServerPath } from "../path/server.ts";
import type { Seams } from "../seams.ts";
import { SignalingClient } from "../signaling/client.ts";
import type { Attending } from "./attending.ts";
import type { Who } from "./blocked.ts";
import type { SkeinError } from "./errors.ts";
import type { Gathering } from "./gathering.ts";
import type { Greeting } from "./greeting.ts";
import { makeKey, pageOrigin } from "./identity.ts";
import type { Interests } from "./interests.ts";
import type { Later } from "./later.ts";
import type { LinkReporter } from "./link-report.ts";
import { meet } from "./meeting.ts";
import type { Member } from "./member.ts";
import { Members } from "./members.ts";
import { Mesh } from "./mesh.ts";
import { Motion } from "./motion.ts";
import type { AnyOptions } from "./options.ts";
import { OutgoingMessages } from "./outgoing-messages.ts";
import { Outlet } from "./outlet.ts";
import { Seats } from "./seats.ts";
import { Self } from "./self.ts";
import { Telling } from "./telling.ts";
import type { RoomSchema } from "./types.ts";
import { takeWelcome } from "./welcome.ts";

/** What tests replace. */
export interface Surroundings extends Seams {
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** What the server decides of the room as a whole. */
export interface RoomLife {
  /** The first welcome is taken in. */
  ready(): void;
  /** It lets us in no more. */
  failed(error: SkeinError): void;
}

export interface RoomParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly schema: RoomSchema | undefined;
  readonly self: Self;
  readonly blocked: Set<Who>;
  /** Ids of the messages of the app's back end that have arrived. */
  readonly heardOfServer: Set<string>;
  readonly telling: Telling;
  readonly members: Members;
  readonly mesh: Mesh;
  readonly seats: Seats;
  readonly signaling: SignalingClient;
  readonly server: ServerPath;
  readonly outlet: Outlet;
  readonly outgoing: OutgoingMessages;
  readonly motion: Motion<Member>;
  /** What is not needed to join. */
  readonly later: Chunk<Later>;
  /** When it is loaded. */
  attending: Attending | null;
  acks: Gathering | null;
  greeting: Greeting | null;
  interests: Interests | null;
  /** Only where the app allows it, and when it is loaded. */
  report: LinkReporter | null;
  /** How often something was refused, by what it was. */
  readonly refused: Map<string, number>;
  readonly refuse: (kind: string) => void;
}

/** What is not needed to join. */
export function fetchLater(): Promise<{ readonly later: Later }> {
  return import("./later.ts");
}

/** Opens nothing. Throws a SkeinError for a presence or a server that is none. */
export function makeParts(
  name: string,
  options: AnyOptions,
  surroundings: Surroundings,
  life: RoomLife,
): RoomParts {
  const { clock = systemClock, random = Math.random } = surroundings;
  const { schema } = options;
  const refused = new Map<string, number>();
  const refuse = (kind: string) => void refused.set(kind, (refused.get(kind) ?? 0) + 1);
  const self = new Self(options.presence ?? {}, schema);
  const later = new Chunk(
    clock,
    async () => (await (surroundings.fetchLater ?? fetchLater)()).later,
  );
  const telling: Telling = new Telling(() => ({
    self: self.peer(parts.attending?.activity ?? "active", telling.snapshot.self),
    peers: members.peers,
    size: self.info === null ? 0 : (members.told ?? members.size + 1),
  }));
  const members: Members = new Members(clock, {
    create: (info, bookmark) => meet(parts, info, bookmark),
    joined: (member) => {
      if (member.peer !== null) telling.emit("join", { peer: member.peer });
      seats.allow(member);
      parts.greeting?.showCursor(member);
    },
    left: ({ peer }, reason) => {
      if (peer !== null) telling.emit("leave", { peer, reason });
    },
    changed: () => {
      telling.publish();
      parts.report?.changed();
    },
  });
  const meshEvents = {
    loaded: () => seats.allowAll(),
    freed: () => later.part?.connectionFreed(parts),
  };
  const mesh = new Mesh(options, clock, meshEvents, surroundings);
  const seats = new Seats(self, members, mesh);
  const signaling: SignalingClient = new SignalingClient(
    {
      server: options.server ?? pageOrigin(),
      room: name,
      key: makeKey(),
      request: () => ({ presence: self.presence, webrtc: mesh.possible }),
      ...{ later, token: options.token },
      clock,
      random,
      seams: surroundings,
    },
    {
      state: (state, error) => {
        if (state === "connected") return;
        if (state === "stopped") {
          if (error !== undefined) life.failed(error);
          return;
        }
        const status = self.info === null ? "connecting" : "reconnecting";
        telling.change(status, error ?? telling.snapshot.error);
        if (state === "waiting") members.disconnected();
      },
      welcome: (welcome) => takeWelcome(parts, welcome, life.ready),
      joined: (info) => {
        members.announce(info);
        const member = members.get(info.id);
        if (member !== undefined) seats.allow(member);
      },
      away: ({ id }) => members.away(id),
      back: ({ id, handle }) => members.back(id, handle),
      left: ({ id, reason }) => members.left(id, reason),
      page: (page) => void later.with(({ takePage }) => takePage(parts, page)),
      together: (tell) => later.part?.tellTogether(parts, tell),
      presence: ({ id, version, state }) => members.get(id)?.presence({ version, state }),
      vouched: (about) => later.part?.takeVouched(parts, about),
      message: (message) => later.part?.takeServerMessage(parts, message),
      signal: ({ from, ...signal }) => members.get(from)?.link.signal(signal),
      seat: ({ id, seat }) => seats.changed(id, seat),
      ice: ({ servers }) => mesh.setIceServers(servers),
      policy: (policy) => {
        mesh.setPolicy(policy);
        seats.allowAll();
      },
      knock: ({ handle }) => parts.greeting?.knocked(handle),
      frame: (handle, frame) => members.byHandle(handle, frame)?.link.receiveFromServer(frame),
      credited: () => server.credited(),
      refused: refuse,
    },
  );
  const server: ServerPath = new ServerPath(signaling, clock, () =>
    outlet.fanout.pump(outlet.links),
  );
  const outlet = new Outlet(members, server);
  const outgoing = new OutgoingMessages(members, outlet.fanout);
  const motion = new Motion<Member>();
  const parts: RoomParts = {
    clock,
    random,
    schema,
    self,
    blocked: new Set(),
    heardOfServer: new Set(),
    telling,
    members,
    mesh,
    seats,
    signaling,
    server,
    outlet,
    outgoing,
    motion,
    later,
    attending: null,
    acks: null,
    greeting: null,
    interests: null,
    report: null,
    refused,
    refuse,
  };
  later.with(({ begin }) => begin(parts, options));
  return parts;
}
