import { expect, it } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { PairWatch } from "./pair-watch.ts";

/** A connection whose statistics the test writes. */
class FakeConnection {
  readonly iceTransport: EventTarget = Object.assign(new EventTarget(), {
    onselectedcandidatepairchange: null,
  });
  readonly sctp = { transport: { iceTransport: this.iceTransport } };
  /** Candidate type of the local side; null: no pair is selected yet. */
  local: string | null = null;
  looks = 0;

  async getStats(): Promise<ReadonlyMap<string, object>> {
    this.looks += 1;
    if (this.local === null) return new Map();
    return new Map<string, object>([
      ["t", { id: "t", type: "transport", selectedCandidatePairId: "p" }],
      ["p", { id: "p", type: "candidate-pair", localCandidateId: "l", remoteCandidateId: "r" }],
      ["l", { id: "l", type: "local-candidate", candidateType: this.local }],
      ["r", { id: "r", type: "remote-candidate", candidateType: "prflx", port: 50000 }],
    ]);
  }

  changePair(local: string): void {
    this.local = local;
    this.iceTransport.dispatchEvent(new Event("selectedcandidatepairchange"));
  }
}

function setUp(relayOnly = false) {
  const clock = new FakeClock();
  const connection = new FakeConnection();
  const kinds: string[] = [];
  const watch = new PairWatch({
    connection: connection as unknown as RTCPeerConnection,
    clock,
    relayOnly,
    onKind: (kind) => kinds.push(kind),
  });
  /** Moves time, and lets the statistics asked for on the way arrive. */
  const advance = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 20) {
      clock.advance(20);
      await settled();
    }
  };
  return { clock, connection, kinds, watch, advance };
}

const settled = () => new Promise((done) => setImmediate(done));
const RELAY = "candidate:1 1 udp 41885439 203.0.113.7 50000 typ relay raddr 0.0.0.0 rport 0";

it("waits for the pair to be named", async () => {
  const { connection, kinds, watch, advance } = setUp();
  watch.start();
  await advance(100);
  expect(kinds).toEqual([]);
  connection.local = "srflx";
  await advance(20);
  expect(kinds).toEqual(["direct"]);
  expect(watch.pair).toMatchObject({ kind: "direct", localType: "srflx" });
});

it("says once that the kind changed, when the pair did", async () => {
  const { connection, kinds, watch, advance } = setUp();
  connection.local = "relay";
  watch.start();
  await settled();
  connection.changePair("host");
  await advance(200);
  connection.changePair("srflx");
  await advance(200);
  expect(kinds).toEqual(["relay", "direct"]);
});

it("looks again when the report may have been an old one", async () => {
  const { connection, kinds, watch, advance } = setUp();
  connection.local = "relay";
  watch.start();
  await settled();
  watch.recheck();
  await settled();
  // What the first look after the change was answered from did not know of it yet.
  connection.local = "host";
  await advance(100);
  expect(kinds).toEqual(["relay", "direct"]);
});

it("learns late that a peer-reflexive candidate is a relay's", async () => {
  const { connection, kinds, watch, advance } = setUp();
  connection.local = "host";
  watch.start();
  await settled();
  expect(kinds).toEqual(["direct"]);
  watch.learn(RELAY);
  await advance(20);
  expect(kinds).toEqual(["direct", "relay"]);
});

it("calls a pair that is never named direct only if it cannot be a relay", async () => {
  for (const [relayOnly, signalled, kind] of [
    [false, "", "direct"],
    [false, RELAY, "relay"],
    [true, "", "relay"],
  ] as const) {
    const { kinds, watch, advance } = setUp(relayOnly);
    watch.learn(signalled);
    watch.start();
    await advance(980);
    expect(kinds).toEqual([]);
    await advance(60);
    expect(kinds).toEqual([kind]);
  }
});

it("leaves no timer and no listener when stopped", async () => {
  const { clock, connection, kinds, watch, advance } = setUp();
  connection.local = "host";
  watch.start();
  await settled();
  watch.recheck();
  watch.stop();
  expect(clock.pending).toBe(0);
  const { looks } = connection;
  connection.changePair("relay");
  await advance(200);
  expect(connection.looks).toBe(looks);
  expect(kinds).toEqual(["direct"]);
});

it("looks regularly where nothing says that the pair changed, until stopped", async () => {
  const { clock, connection, kinds, watch, advance } = setUp();
  Object.assign(connection.sctp.transport, { iceTransport: new EventTarget() });
  connection.local = "relay";
  watch.start();
  await advance(1_000);
  expect(kinds).toEqual(["relay"]);
  connection.local = "host";
  await advance(520);
  expect(kinds).toEqual(["relay", "direct"]);
  await advance(20_000);
  connection.local = "relay";
  await advance(5_020);
  expect(kinds).toEqual(["relay", "direct", "relay"]);
  watch.stop();
  expect(clock.pending).toBe(0);
});
