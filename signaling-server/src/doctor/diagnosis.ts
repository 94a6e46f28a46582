/** What a doctor found, and what it means for links. Pure: the same for hosts and for browsers. */
import type { Policy } from "../../../lib/src/signaling/events.ts";
import { type IceUrl, parseIceUrl, type Transport } from "./ice-url.ts";

export type CheckState = "works" | "fails" | "unknown";

export interface Check {
  /** What was asked: "TURN over TCP". */
  readonly name: string;
  /** Whom, without any credentials: an address or an ICE URL. */
  readonly target: string;
  readonly state: CheckState;
  /** One clause: what came back. */
  readonly detail: string;
  /** One sentence on what to do; null when there is nothing. */
  readonly advice: string | null;
}

export interface IceCheck extends Check {
  readonly kind: IceUrl["kind"];
  readonly transport: Transport;
  /** The relay works, but refuses to relay to itself: two people who are both relayed never meet. */
  readonly refusesItself?: boolean;
}

/**
 * What the NAT in front of this place does, if there is one: one public port for all destinations,
 * or another for each ("symmetric").
 */
export type Mapping = "one-port" | "symmetric" | "unknown";

export interface Diagnosis {
  /** What ran it: "Node v20.20.0 on linux", or a browser's own description. */
  readonly environment: string;
  /** Whether links can use WebRTC at all here; a Node host can when its program brings `wrtc`. */
  readonly webrtc: boolean;
  readonly signaling: Check;
  /** Null until the server's welcome. */
  readonly policy: Policy | null;
  /** One for each ICE URL that the server announced. */
  readonly ice: readonly IceCheck[];
  readonly mapping: Mapping;
}

export type BestPath = "direct" | "relay" | "server" | "none";

export interface Verdict {
  /** The best path that links from here can take to somebody behind a home's NAT, as most people are. */
  readonly best: BestPath;
  /** The same in a sentence, with the reason. */
  readonly summary: string;
  /** Links work, but not as well as they could. */
  readonly warnings: readonly string[];
}

const WORDS = { udp: "UDP", tcp: "TCP", tls: "TLS", dtls: "DTLS" } as const;

/** The check of one URL before it is known what comes of it. */
export function namesOf(url: IceUrl): Pick<IceCheck, "kind" | "transport" | "name" | "target"> {
  const { kind, transport } = url;
  return {
    kind,
    transport,
    name: `${kind.toUpperCase()} over ${WORDS[transport]}`,
    target: shown(url.url),
  };
}

/** Whoever writes an ICE URL may have put into it what does not belong there. */
function shown(url: string): string {
  return parseIceUrl(url) ? url : `${url.split(":", 1)[0]}:…`;
}

export function malformedCheck(url: string): IceCheck {
  return {
    kind: /^turn/i.test(url) ? "turn" : "stun",
    transport: "udp",
    name: "ICE server",
    target: shown(url),
    state: "fails",
    detail: "is not a STUN or TURN URL",
    advice: "Write turn:host:port?transport=udp, or one of the forms in docs/turn.md.",
  };
}

export function conclude(diagnosis: Diagnosis): Verdict {
  const { signaling, policy, webrtc } = diagnosis;
  if (signaling.state !== "works" || policy === null) {
    const summary = "Links do not work from here: they begin over the signaling server.";
    return { best: "none", summary, warnings: [] };
  }
  const over = "All goes through the signaling server";
  if (policy.paths === "server") {
    return only("server", `${over}: its policy allows nothing else (--paths server).`);
  }
  if (policy.meshLimit === 0) {
    return only("server", `${over}: it gives no seats for WebRTC (--mesh-limit 0).`);
  }
  if (!webrtc) return only("server", `${over}: there is no WebRTC here.`);
  return weigh(diagnosis, policy);
}

function only(best: BestPath, summary: string): Verdict {
  return { best, summary, warnings: [] };
}

function weigh({ ice, mapping }: Diagnosis, policy: Policy): Verdict {
  const works = (kind: IceUrl["kind"] | null, transports: readonly Transport[]) =>
    ice.some(
      (check) =>
        check.state === "works" &&
        (kind === null || check.kind === kind) &&
        transports.includes(check.transport),
    );
  const relay = works("turn", ["udp", "tcp", "tls", "dtls"]);
  const warnings = relay ? [] : [noRelay(ice)];
  if (relay && !works("turn", ["tcp", "tls"])) {
    warnings.push(
      "TURN works over UDP only: people in networks that block UDP stay on the server path. Announce it over TCP or TLS as well.",
    );
  }
  if (ice.some(({ refusesItself }) => refusesItself)) {
    warnings.push("The relay refuses to relay to itself: two people who both need it never meet.");
  }
  if (policy.paths === "relay") {
    return relay
      ? {
          best: "relay",
          summary: "Links use the relay, as the server's policy wants it.",
          warnings,
        }
      : {
          best: "server",
          summary:
            "All goes through the signaling server: its policy wants relayed links, and no relay can be used from here.",
          warnings,
        };
  }
  const otherwise = relay ? "otherwise over the relay" : "otherwise through the signaling server";
  if (works(null, ["udp"]) && mapping === "symmetric") {
    const others = relay ? "the relay with all others" : "the signaling server with all others";
    const summary = `A symmetric NAT stands before this place: links are direct only with people who have a public address, and over ${others}.`;
    return { best: relay ? "relay" : "server", summary, warnings };
  }
  if (works(null, ["udp"])) {
    const summary = `Direct links are possible where the other side's network allows them, ${otherwise}.`;
    return { best: "direct", summary, warnings };
  }
  if (ice.length === 0) {
    const summary = `Direct links are possible within one network only, ${otherwise}: the server announces neither STUN nor TURN.`;
    return { best: "direct", summary, warnings };
  }
  if (ice.some(({ state, transport }) => state === "unknown" && transport === "udp")) {
    const summary = `Direct links may be possible, ${otherwise}; the checks over UDP told nothing.`;
    return { best: relay ? "relay" : "server", summary, warnings };
  }
  const noUdp = "nothing came back over UDP";
  return relay
    ? { best: "relay", summary: `Links use the relay: ${noUdp}.`, warnings }
    : {
        best: "server",
        summary: `Links to other networks go through the signaling server: ${noUdp}, and there is no relay.`,
        warnings,
      };
}

function noRelay(ice: readonly IceCheck[]): string {
  const turn = ice.filter(({ kind }) => kind === "turn");
  const then = "Where no direct path exists, links stay on the server path";
  if (turn.length === 0) {
    return `No relay: the server announces no TURN server. ${then}. docs/turn.md says how to add one.`;
  }
  if (turn.some(({ state }) => state === "unknown")) {
    return `It could not be told whether the relay works. ${then}, should it not.`;
  }
  return `No relay: none of the announced TURN servers can be used from here. ${then}.`;
}
