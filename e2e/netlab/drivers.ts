import type { Page } from "@playwright/test";
import type { PathReason } from "skein";
import { inUrl, ports } from "./addresses.ts";
import type { Service } from "./command.ts";
import { Coturn, LAB_TURN_SECRET, type TurnCredentials, turnCredentials } from "./coturn.ts";
import type { ExpectedPath } from "./expectedPath.ts";
import type { Lab } from "./lab.ts";
import { program } from "./program.ts";
import { connectRaw, type RawResult } from "./rawLink.ts";

/** What a link between two pages came to. */
export interface Settled {
  path: ExpectedPath;
  /** Why each end is not on a better path; absent where the driver knows of no reasons. */
  reasons?: readonly (PathReason | null)[];
  /** From opening the pages' room to the first message between them, whatever carried it, in ms. */
  firstMessageMs: number;
  /** The same, to the first cursor; absent where the driver has none. */
  firstCursorMs?: number;
  /** The same, to an answer over the path that it settled on, in ms. */
  settledMs: number;
  /** For people: candidate types, protocol, or why there is no better path. */
  detail: string;
}

/** What the signaling server needs in order to hand out TURN credentials. */
export interface TurnAccess {
  secret: string;
  /** How long each set of credentials lives. */
  ttlSeconds: number;
}

/**
 * What the lab puts on its hosts and in its browsers: the seam between networks and the thing
 * tested on them. The lab's own tests put bare browser APIs here, the matrix of Skein Skein itself.
 */
export interface LinkDriver {
  /** Starts whatever serves the pages, on the `signaling` host. */
  serve(lab: Lab, turn: TurnAccess): Promise<Service>;
  /** Brings two blank pages, each on its own host, into one room and waits until they settle. */
  link(lab: Lab, a: Page, b: Page, room: string): Promise<Settled>;
}

/** The origin of the pages. */
export function origin(lab: Lab): string {
  return `http://${inUrl(lab.signaling.publicAddress)}:${ports.signaling}`;
}

/**
 * Longest wait for a connection. Those that come about take 0.3 to 2.5 s here even on a busy machine;
 * Chromium would need 15 s and more to say by itself that none will.
 */
const RAW_LIMIT_MS = 10_000;

/** How long credentials live when a test is not about their end. */
export const LONG_TTL_SECONDS = 3600;

/** What a test uses that is not about TURN itself. */
export const LAB_TURN: TurnAccess = { secret: LAB_TURN_SECRET, ttlSeconds: LONG_TTL_SECONDS };

/** Links of bare RTCPeerConnections: what the browsers can do without any help of ours. */
export class RawDriver implements LinkDriver {
  #turn: TurnCredentials = turnCredentials(LONG_TTL_SECONDS);

  async serve(lab: Lab, { secret, ttlSeconds }: TurnAccess): Promise<Service> {
    this.#turn = turnCredentials(ttlSeconds, secret);
    return lab.signaling.namespace.start(
      process.execPath,
      [await program("rawSignaling.ts"), lab.signaling.publicAddress, `${ports.signaling}`],
      /^listening$/,
    );
  }

  /** The ICE servers that its pages use. */
  iceServers(lab: Lab): RTCIceServer[] {
    const { stun, turn } = Coturn.urls(lab);
    return [{ urls: stun }, { urls: [...turn], ...this.#turn }];
  }

  async link(lab: Lab, a: Page, b: Page, room: string): Promise<Settled> {
    const page = origin(lab);
    await Promise.all([a.goto(page), b.goto(page)]);
    const options = {
      url: `${page.replace("http", "ws")}/${room}`,
      iceServers: this.iceServers(lab),
      limitMs: RAW_LIMIT_MS,
    };
    const [left, right] = await Promise.all([
      a.evaluate(connectRaw, { ...options, offers: true }),
      b.evaluate(connectRaw, { ...options, offers: false }),
    ]);
    return summary(left, right);
  }
}

function summary(left: RawResult, right: RawResult): Settled {
  const both = [left, right];
  const words = ({ outcome, pair }: RawResult) =>
    pair === undefined ? outcome : `${pair.local}–${pair.remote}/${pair.protocol}`;
  const connected = both.every(({ outcome }) => outcome === "connected");
  const relayed = both.some(({ pair }) => pair?.relayed === true);
  return {
    path: connected ? (relayed ? "relay" : "direct") : "server",
    firstMessageMs: Math.max(...both.map(({ greetedMs }) => greetedMs ?? Number.POSITIVE_INFINITY)),
    settledMs: Math.max(...both.map(({ ms }) => ms)),
    detail: both.map(words).join(" | "),
  };
}
