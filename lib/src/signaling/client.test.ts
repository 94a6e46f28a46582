import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo, Socket as TcpSocket } from "node:net";
import { Server, type Socket } from "socket.io";
import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from "vitest";
import { atHand } from "../at-hand.ts";
import { Chunk } from "../chunk.ts";
import { FakeClock } from "../fake-clock.ts";
import { encodeSent } from "../wire/envelope.ts";
import { SignalingClient, type SignalingHandlers, type SignalingOptions } from "./client.ts";
import type { ConnectRequest, MemberInfo, Welcome } from "./events.ts";
import { later } from "./later.ts";
import * as parser from "./parser.ts";
import { STABLE_AFTER_MS } from "./reconnection.ts";
import { hashOf, toldOf, wrap } from "./roll.ts";

const ID = `${"a".repeat(21)}A`;
const OTHER = `${"b".repeat(21)}Q`;

function member(id: string, handle: number): MemberInfo {
  return {
    id,
    handle,
    join: 1000 + handle,
    features: 0,
    webrtc: true,
    seat: true,
    away: false,
    presence: { version: 1, state: { name: "<b>Ada</b>" } },
  };
}

const welcome: Welcome = {
  protocol: 1,
  features: 0,
  self: member(ID, 1),
  resumed: false,
  members: [member(OTHER, 2)],
  ice: {
    servers: [{ urls: "turn:turn.example.com:3478", username: "a", credential: "b" }],
    ttlSeconds: 60,
  },
  policy: { paths: "all", meshLimit: 16 },
};

/** A server whose every word the test chooses. */
class ScriptedServer {
  readonly http: HttpServer = createServer();
  readonly io = new Server(this.http, {
    path: "/base/skein",
    transports: ["websocket"],
    parser,
    serveClient: false,
  });
  readonly tcp = new Set<TcpSocket>();
  readonly heard: unknown[][] = [];
  readonly sockets: Socket[] = [];
  /** What clients said on a socket that had no welcome yet. */
  readonly early: unknown[] = [];
  onSocket: (socket: Socket) => void = (socket) => socket.emit("welcome", welcome);

  async listen(): Promise<string> {
    this.http.on("connection", (socket: TcpSocket) => {
      this.tcp.add(socket);
      socket.once("close", () => this.tcp.delete(socket));
    });
    this.io.on("connection", (socket) => {
      this.sockets.push(socket);
      let welcomed = false;
      socket.onAnyOutgoing((event: unknown) => {
        welcomed ||= event === "welcome";
      });
      socket.onAny((...message: unknown[]) => {
        this.heard.push(message);
        if (!welcomed && message[0] !== "goodbye") this.early.push(message);
      });
      this.onSocket(socket);
    });
    await new Promise<void>((done) => this.http.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/base/`;
  }

  /** The newest socket. */
  get socket(): Socket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("nobody has connected");
    return socket;
  }

  request(index = -1): ConnectRequest {
    return this.sockets.at(index)?.handshake.auth as ConnectRequest;
  }

  said(event: string): unknown[][] {
    return this.heard.filter(([name]) => name === event);
  }

  /** As a machine that loses its network does. */
  cut(): void {
    for (const socket of this.tcp) socket.destroy();
  }
}

let server: ScriptedServer;
let address: string;
let clients: SignalingClient[];

beforeEach(async () => {
  server = new ScriptedServer();
  address = await server.listen();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.stop(false);
  await server.io.close();
  expect(server.early).toEqual([]);
});

function join(options: Partial<SignalingOptions> = {}, overrides: Partial<SignalingHandlers> = {}) {
  const handlers = {
    state: vi.fn<SignalingHandlers["state"]>(),
    welcome: vi.fn(),
    joined: vi.fn(),
    away: vi.fn(),
    back: vi.fn(),
    left: vi.fn(),
    page: vi.fn(),
    together: (tell: () => void) => tell(),
    presence: vi.fn(),
    signal: vi.fn(),
    seat: vi.fn(),
    ice: vi.fn(),
    policy: vi.fn(),
    knock: vi.fn(),
    vouched: vi.fn(),
    message: vi.fn(),
    frame: vi.fn(),
    credited: vi.fn(),
    refused: vi.fn<SignalingHandlers["refused"]>(),
  };
  let version = 0;
  const client = new SignalingClient(
    {
      server: address,
      room: "kitchen & garden",
      key: "k".repeat(22),
      request: () => ({ presence: { version: ++version, state: { n: version } }, webrtc: true }),
      random: () => 0,
      later: atHand(later),
      ...options,
    },
    { ...handlers, ...overrides },
  );
  clients.push(client);
  client.start();
  return { client, handlers };
}

const states = (handlers: { state: Mock<SignalingHandlers["state"]> }) =>
  handlers.state.mock.calls.map(([state]) => state);

describe("joining", () => {
  it("sends the room in the URL, the newest presence in CONNECT, and is joined with the welcome", async () => {
    const { client, handlers } = join();
    expect(client.joined).toBe(false);
    await vi.waitFor(() => expect(states(handlers)).toEqual(["connecting", "connected"]));
    expect(client.joined).toBe(true);
    expect(handlers.welcome).toHaveBeenCalledExactlyOnceWith(welcome);
    expect(server.socket.handshake.query).toMatchObject({ room: "kitchen & garden" });
    expect(server.request()).toEqual({
      protocol: 1,
      features: 27,
      room: "kitchen & garden",
      key: "k".repeat(22),
      generation: 1,
      presence: { version: 1, state: { n: 1 } },
      webrtc: true,
    });
  });

  it("says nothing before the welcome, and does not keep it for later either", async () => {
    let admit = () => {};
    server.onSocket = (socket) => {
      admit = () => socket.emit("welcome", welcome);
    };
    const { client } = join();
    await vi.waitFor(() => expect(server.sockets).toHaveLength(1));
    expect(client.send(Uint8Array.of(1, 1, 3, 0))).toBe(false);
    expect(client.sendPresence({ version: 9, state: {} })).toBe(false);
    expect(client.sendSignal(OTHER, { attempt: 1, index: 0, data: { type: "retry" } })).toBe(false);
    expect(client.say("unseat")).toBe(false);
    admit();
    await vi.waitFor(() => expect(client.joined).toBe(true));
    client.say("unseat");
    await vi.waitFor(() => expect(server.said("unseat")).toHaveLength(1));
    expect(new Set(server.heard.map(([event]) => event))).toEqual(new Set(["echo", "unseat"]));
  });

  it("throws for an address that is none", () => {
    for (const wrong of ["", "signal.example.com", "ftp://example.com", "http://"]) {
      expect(() => join({ server: wrong })).toThrow(
        expect.objectContaining({ code: "bad-server-url" }),
      );
    }
  });

  it("stops with the server's reason when refused for good", async () => {
    server.io.use((_socket, next) => {
      const data = { code: "unauthorized", message: "The token has expired. Fetch a new one." };
      next(Object.assign(new Error("refused"), { data }));
    });
    const { client, handlers } = join();
    await vi.waitFor(() => expect(client.state).toBe("stopped"));
    expect(handlers.state).toHaveBeenLastCalledWith(
      "stopped",
      expect.objectContaining({
        code: "unauthorized",
        message: expect.stringContaining("expired"),
      }),
    );
  });

  it("tries again when refused for now", async () => {
    let refusals = 2;
    server.io.use((_socket, next) => {
      if (refusals-- <= 0) return next();
      const data = { code: "too-many-members", message: "The room is full." };
      next(Object.assign(new Error("refused"), { data }));
    });
    const { handlers } = join();
    await vi.waitFor(() => expect(states(handlers).at(-1)).toBe("connected"));
    expect(handlers.state).toHaveBeenCalledWith(
      "waiting",
      expect.objectContaining({ code: "too-many-members" }),
    );
    expect(server.request().generation).toBe(3);
  });

  it("says that the server cannot be reached, with its address", async () => {
    await server.io.close();
    const { handlers } = join();
    await vi.waitFor(() => expect(states(handlers)).toContain("waiting"));
    expect(handlers.state).toHaveBeenCalledWith(
      "waiting",
      expect.objectContaining({
        code: "server-unreachable",
        message: expect.stringContaining(`${new URL(address).host}/base/skein`),
      }),
    );
  });

  it("does not join a server of another protocol", async () => {
    server.onSocket = (socket) => socket.emit("welcome", { ...welcome, protocol: 2 });
    const { client, handlers } = join();
    await vi.waitFor(() => expect(client.state).toBe("stopped"));
    expect(handlers.welcome).not.toHaveBeenCalled();
    expect(handlers.state.mock.lastCall?.[1]?.code).toBe("unsupported-protocol");
  });
});

describe("resuming", () => {
  it("comes back by itself as a new generation, with its join number and newest presence", async () => {
    const { client, handlers } = join();
    await vi.waitFor(() => expect(client.joined).toBe(true));
    server.cut();
    await vi.waitFor(() => expect(handlers.welcome).toHaveBeenCalledTimes(2));
    expect(states(handlers)).toEqual([
      "connecting",
      "connected",
      "waiting",
      "connecting",
      "connected",
    ]);
    expect(server.request()).toMatchObject({
      generation: 2,
      join: welcome.self.join,
      presence: { version: 2 },
    });
  });

  it("comes back when its turn is, where the server spreads its clients", async () => {
    const clock = new FakeClock();
    const { client, handlers } = join({ clock, random: () => 0.5 });
    await vi.waitFor(() => expect(client.state).toBe("connected"));
    const lose = async () => {
      clock.advance(STABLE_AFTER_MS);
      client.lose("gone");
      expect(client.state).toBe("waiting");
      const before = clock.now();
      while (client.state === "waiting") clock.advance(1);
      await vi.waitFor(() => expect(client.state).toBe("connected"));
      return clock.now() - before;
    };
    server.socket.emit("spread", 4_000);
    server.socket.emit("spread", 4e9);
    await vi.waitFor(() => expect(handlers.refused).toHaveBeenCalledWith("spread"));
    expect(await lose()).toBe(2_000);
    // Each server speaks for itself, at its welcome too.
    server.onSocket = (socket) => socket.emit("welcome", { ...welcome, spread: 8_000 });
    expect(await lose()).toBe(125);
    expect(await lose()).toBe(4_000);
  });

  it("begins its count of bytes anew with each socket", async () => {
    const { client, handlers } = join();
    await vi.waitFor(() => expect(client.joined).toBe(true));
    client.send(new Uint8Array(1000));
    expect(client.buffered).toBe(1000);
    server.cut();
    await vi.waitFor(() => expect(handlers.welcome).toHaveBeenCalledTimes(2));
    expect(client.buffered).toBe(0);
  });

  it("does not come back when the server says that another socket replaced it", async () => {
    const { client, handlers } = join();
    await vi.waitFor(() => expect(client.joined).toBe(true));
    server.socket.emit("refused", { code: "replaced", message: "A newer socket took over." });
    await vi.waitFor(() => expect(client.state).toBe("stopped"));
    expect(handlers.state.mock.lastCall?.[1]?.code).toBe("replaced");
    expect(server.sockets).toHaveLength(1);
  });

  it("notices a socket that is closed without a word, before and after the handshake", async () => {
    let stubborn = 2;
    server.onSocket = (socket) => {
      if (stubborn-- > 0) socket.conn.close();
      else socket.emit("welcome", welcome);
    };
    const { client } = join();
    await vi.waitFor(() => expect(client.joined).toBe(true));
    expect(server.request().generation).toBe(3);
  });
});

describe("leaving", () => {
  it("says goodbye in the same call, even behind frames of that very moment", async () => {
    const { client, handlers } = join();
    await vi.waitFor(() => expect(client.joined).toBe(true));
    const closed = new Promise((done) => server.socket.once("disconnect", done));
    for (let i = 0; i < 3; i++) client.send(Uint8Array.of(1, 4, 0, i));
    client.stop(true);
    expect(client.joined).toBe(false);
    expect(states(handlers).at(-1)).toBe("stopped");
    await closed;
    expect(server.said("frame")).toHaveLength(3);
    expect(server.heard.at(-1)).toEqual(["goodbye", { generation: 1 }]);
  });

  it("says goodbye also when the welcome is still on its way", async () => {
    server.onSocket = () => {};
    const { client } = join();
    await vi.waitFor(() => expect(server.sockets).toHaveLength(1));
    client.stop(true);
    await vi.waitFor(() =>
      expect(server.said("goodbye")).toEqual([["goodbye", { generation: 1 }]]),
    );
    await vi.waitFor(() => expect(server.tcp.size).toBe(0));
  });

  it("says nothing when it only stops", async () => {
    const { client } = join();
    await vi.waitFor(() => expect(client.joined).toBe(true));
    client.stop(false);
    await vi.waitFor(() => expect(server.tcp.size).toBe(0));
    expect(server.said("goodbye")).toEqual([]);
  });

  it("leaves no socket behind, at whatever moment it is stopped", async () => {
    for (let turns = 0; turns < 40; turns++) {
      const { client } = join();
      for (let i = 0; i < turns; i++) await new Promise((done) => setImmediate(done));
      client.stop(turns % 2 === 0);
      expect(client.joined).toBe(false);
    }
    await vi.waitFor(() => expect(server.tcp.size).toBe(0));
  });

  it("comes back as a newcomer after a goodbye, never with an old generation", async () => {
    const { client, handlers } = join();
    await vi.waitFor(() => expect(client.joined).toBe(true));
    client.stop(true);
    client.start();
    await vi.waitFor(() => expect(handlers.welcome).toHaveBeenCalledTimes(2));
    expect(server.request().generation).toBe(2);
    expect(server.request().join).toBeUndefined();
  });

  it("may be stopped from inside a handler", async () => {
    const { client, handlers } = join({}, { welcome: () => client.stop(true) });
    await vi.waitFor(() => expect(server.said("goodbye")).toHaveLength(1));
    expect(states(handlers)).toEqual(["connecting", "stopped"]);
  });
});

describe("frames", () => {
  it("carries bytes both ways, and credit for them", async () => {
    const { client, handlers } = join();
    await vi.waitFor(() => expect(client.joined).toBe(true));
    server.socket.emit("frame", encodeSent(300, Uint8Array.of(4, 0, 7)));
    await vi.waitFor(() => expect(handlers.frame).toHaveBeenCalledTimes(1));
    expect(handlers.frame).toHaveBeenCalledWith(300, Uint8Array.of(4, 0, 7));
    // At most a second later, with the next of them.
    const credited = () => expect(server.said("credit")).toEqual([["credit", 5]]);
    await vi.waitFor(credited, 5_000);

    expect(client.send(Uint8Array.of(1, 4, 0, 7))).toBe(true);
    expect(client.buffered).toBe(4);
    server.socket.emit("credit", 4);
    await vi.waitFor(() => expect(handlers.credited).toHaveBeenCalledTimes(1));
    expect(client.buffered).toBe(0);
  });

  it("measures the round trip by echo", async () => {
    const { client } = join();
    await vi.waitFor(() => expect(server.said("echo")).toHaveLength(1));
    expect(client.rtt).toBeNull();
    server.socket.emit("echo", server.said("echo")[0]?.[1]);
    await vi.waitFor(() => expect(client.rtt).toBeGreaterThan(0));
  });

  it("sends nothing that the server would end the socket for", async () => {
    const { client, handlers } = join();
    await vi.waitFor(() => expect(client.joined).toBe(true));
    const sdp = "x".repeat(64 * 1024);
    expect(client.send(new Uint8Array(32 * 1024 + 1))).toBe(false);
    expect(client.sendPresence({ version: 1, state: { s: "ü".repeat(8 * 1024) } })).toBe(false);
    expect(client.sendSignal(OTHER, { attempt: 1, index: 0, data: { type: "offer", sdp } })).toBe(
      false,
    );
    expect(handlers.refused.mock.calls.flat()).toEqual(["own-frame", "own-presence", "own-signal"]);
  });
});

describe("what is said before all of the client has come", () => {
  const STAYS = `${"c".repeat(21)}g`;
  const GOES = `${"d".repeat(21)}w`;

  /** A client whose later chunk comes at the call of `come`, and what it tells of members, in order. */
  async function joinEarly(onPage = () => {}) {
    let come = () => {};
    const clock = new FakeClock();
    const chunk = new Chunk(clock, async () => {
      await new Promise<void>((done) => {
        come = done;
      });
      return later;
    });
    const told: string[] = [];
    const tell = (event: string) => (about: { readonly id: string }) =>
      told.push(`${event} ${about.id.charAt(0)}`);
    const { client, handlers } = join(
      { later: chunk, clock },
      {
        page: ({ members }) => {
          told.push(`page ${members.map(({ id }) => id.charAt(0)).join()}`);
          onPage();
        },
        ...{ joined: tell("joined"), left: tell("left"), away: tell("away"), back: tell("back") },
        ...{ presence: tell("presence"), seat: tell("seat") },
      },
    );
    await vi.waitFor(() => expect(client.joined).toBe(true));
    /** Everything that the server said so far has arrived. */
    const arrived = async () => {
      const { length } = handlers.policy.mock.calls;
      server.socket.emit("policy", welcome.policy);
      const isHere = () => expect(handlers.policy.mock.calls.length).toBeGreaterThan(length);
      await vi.waitFor(isHere, { timeout: 20_000 });
    };
    return { client, clock, handlers, told, arrived, come: () => come() };
  }

  /** The server's hash of these, as all that it told. */
  const audit = (version: number, ...members: readonly MemberInfo[]) =>
    server.socket.emit("audit", {
      version,
      hash: members.reduce((sum, each) => wrap(sum + hashOf(toldOf(each))), 0),
    });

  it("is told in order: nobody who left comes back with a page, and nothing is stale", async () => {
    const { handlers, told, arrived, come } = await joinEarly();
    const { socket } = server;
    const stays = member(STAYS, 3);
    socket.emit("joined", member(ID.replace("a", "e"), 5));
    socket.emit("page", { members: [stays, member(GOES, 4)], more: false });
    socket.emit("left", { id: GOES, reason: "goodbye" });
    socket.emit("away", { id: STAYS });
    socket.emit("back", { id: STAYS, handle: 6 });
    socket.emit("presence", { id: STAYS, version: 2, state: {} });
    socket.emit("seat", { id: STAYS, seat: false });
    socket.emit("left", { id: OTHER, reason: "goodbye" });
    await arrived();
    // What needs nothing else is told at once, and so is the policy, which is about nobody.
    expect(told).toEqual(["joined e"]);
    come();
    await vi.waitFor(() => expect(told.at(-1)).toBe("left b"));
    expect(told).toEqual([
      ...["joined e", "page c,d", "left d"],
      ...["away c", "back c", "presence c", "seat c", "left b"],
    ]);
    // Each counts once in what is compared with the server.
    const presence = { version: 2, state: {} };
    const now = { ...stays, handle: 6, seat: false, presence };
    audit(1, member(ID.replace("a", "e"), 5), now);
    await arrived();
    expect(server.said("resync")).toEqual([]);
    audit(2, now);
    await vi.waitFor(() => expect(server.said("resync")).toHaveLength(1));
    expect(handlers.refused).not.toHaveBeenCalled();
    // From then on everything is told at once.
    socket.emit("left", { id: STAYS, reason: "lost" });
    await vi.waitFor(() => expect(told.at(-1)).toBe("left c"));
  });

  it("is told in order behind a batch, too", async () => {
    const { told, arrived, come } = await joinEarly();
    server.socket.emit("batch", [["joined", member(GOES, 4)]]);
    server.socket.emit("left", { id: GOES, reason: "goodbye" });
    await arrived();
    expect(told).toEqual([]);
    come();
    await vi.waitFor(() => expect(told).toEqual(["joined d", "left d"]));
  });

  it("ends where the app leaves over it", async () => {
    const leave = () => client.stop(true);
    const { client, clock, told, arrived, come } = await joinEarly(leave);
    server.socket.emit("page", { members: [member(GOES, 4)], more: false });
    server.socket.emit("left", { id: GOES, reason: "goodbye" });
    await arrived();
    come();
    await vi.waitFor(() => expect(server.said("goodbye")).toHaveLength(1));
    expect(told).toEqual(["page d"]);
    expect(clock.pending).toBe(0);
  });

  it("is compared with the server, also when more was said than can wait", async () => {
    const { told, arrived, come } = await joinEarly();
    server.socket.emit("page", { members: [member(GOES, 4)], more: false });
    for (let version = 2; version < 10_010; version++) {
      server.socket.emit("presence", { id: OTHER, version, state: {} });
    }
    server.socket.emit("left", { id: GOES, reason: "goodbye" });
    await arrived();
    expect(told).toEqual([]);
    come();
    await vi.waitFor(() => expect(told).toHaveLength(9_999));
    const other = { ...member(OTHER, 2), presence: { version: 10_009, state: {} } };
    audit(3, other);
    await vi.waitFor(() => expect(server.said("resync")).toHaveLength(1));
    server.socket.emit("roll", { version: 3, members: [member(ID, 1), other] });
    await vi.waitFor(() => expect(told.slice(9_999)).toEqual(["left d", "joined b"]));
  }, 30_000);
});

describe("a hostile server", () => {
  it("is not believed: what is malformed is dropped and counted", async () => {
    const { client, handlers } = join();
    await vi.waitFor(() => expect(client.joined).toBe(true));
    const { socket } = server;
    socket.emit("welcome", welcome);
    socket.emit("joined", { ...member(OTHER, 0) });
    socket.emit("away", { id: "../../etc" });
    socket.emit("left", { id: OTHER, reason: "bored" });
    socket.emit("presence", { id: OTHER, version: -1, state: {} });
    socket.emit("presence", { id: OTHER, version: 1, state: { s: "x".repeat(17_000) } });
    socket.emit("presence");
    socket.emit("signal", { from: OTHER, attempt: 1, index: 0, data: { sdp: "v=0" } });
    socket.emit("ice", { servers: ["https://example.com"], ttlSeconds: 1 });
    socket.emit("credit", 10);
    socket.emit("echo", 99);
    socket.emit("frame", Uint8Array.of(0, 1, 1));
    socket.emit("constructor", {});
    socket.emit("knock", { handle: 3 });
    await vi.waitFor(() => expect(handlers.knock).toHaveBeenCalledWith({ handle: 3 }));
    expect(handlers.refused.mock.calls.flat()).toEqual([
      "welcome",
      "joined",
      "away",
      "left",
      "presence",
      "presence",
      "presence",
      "signal",
      "ice",
      "credit",
      "echo",
      "envelope",
      "unknown-event",
    ]);
    expect(handlers.presence).not.toHaveBeenCalled();
    expect(handlers.frame).not.toHaveBeenCalled();
    expect(client.joined).toBe(true);
  });

  it("cannot throw into the app with what socket.io stumbles over, before the welcome or after", async () => {
    // Vitest fails the run for an error that nobody catches.
    const lines = ["4", '4"x"', "4[]", "2[]", '2["frame",[1]]', '2["disconnect"]', "1", "0[]", "9"];
    lines.push('2["connect_error",null]', '2["connect_error",{"data":7}]', "3[]", "nonsense");
    const last = lines.length * 2;
    server.onSocket = (socket) => {
      const turn = server.sockets.length - 1;
      if (turn >= last || turn % 2 === 1) socket.emit("welcome", welcome);
      if (turn >= last) return;
      socket.conn.transport.send([{ type: "message", data: lines[turn >> 1] ?? "" } as never]);
      // Some are harmless; then the test goes on by itself.
      setImmediate(() => socket.conn.close());
    };
    const { client, handlers } = join();
    // So many connections, one after another, take a busy machine a while.
    await vi.waitFor(() => expect(client.generation).toBe(last + 1), { timeout: 20_000 });
    await vi.waitFor(() => expect(client.joined).toBe(true));
    expect(states(handlers)).not.toContain("stopped");
  }, 30_000);

  it("is left when its welcome makes no sense, and tried again", async () => {
    let wrong = true;
    server.onSocket = (socket) => {
      socket.emit("welcome", wrong ? { ...welcome, members: "all" } : welcome);
      wrong = false;
    };
    const { client, handlers } = join();
    await vi.waitFor(() => expect(client.joined).toBe(true));
    expect(handlers.welcome).toHaveBeenCalledTimes(1);
    expect(handlers.refused).toHaveBeenCalledExactlyOnceWith("welcome");
    expect(client.generation).toBe(2);
  });
});
