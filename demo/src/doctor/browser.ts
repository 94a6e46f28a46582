/** The checks as a browser makes them: one RTCPeerConnection for each ICE URL. */
import type { IceServer, IceServers } from "../../../lib/src/signaling/events.ts";
import {
  type Diagnosis,
  type IceCheck,
  malformedCheck,
  namesOf,
} from "../../../signaling-server/src/doctor/diagnosis.ts";
import { parseIceUrl } from "../../../signaling-server/src/doctor/ice-url.ts";
import {
  askSignaling,
  type ServerAddress,
} from "../../../signaling-server/src/doctor/signaling.ts";
import { explainCode } from "../../../signaling-server/src/doctor/words.ts";
import { findMapping } from "./mapping.ts";

/** A server that answers does so in one or two round trips; browsers go on for 10 s and more. */
const GATHER_LIMIT_MS = 8_000;

/** "No answer" of one network interface, while others may still get one. */
const NO_ANSWER = 701;

const UNTOLD =
  "This browser does not say why. Check that the server runs, that the port is open, and the credentials; Chromium or `npx skein-server doctor` tells more.";

export async function diagnoseBrowser(address: ServerAddress): Promise<Diagnosis> {
  const { check, welcome } = await askSignaling(address);
  const webrtc = typeof RTCPeerConnection === "function";
  const ice = webrtc && welcome !== null ? welcome.ice : { servers: [], ttlSeconds: 0 };
  const checks = await checkAll(ice);
  // Afterwards, since it makes an allocation as well; and only where anybody answers.
  const answered = checks.some(({ state, transport }) => state === "works" && transport === "udp");
  const mapping = answered ? await findMapping(ice) : "unknown";
  return {
    environment: navigator.userAgent,
    webrtc,
    signaling: check,
    policy: welcome?.policy ?? null,
    ice: checks,
    mapping,
  };
}

function checkAll({ servers }: IceServers): Promise<IceCheck[]> {
  return Promise.all(
    servers.flatMap((server) => [server.urls].flat().map((url) => checkUrl(url, server))),
  );
}

async function checkUrl(text: string, server: IceServer): Promise<IceCheck> {
  const url = parseIceUrl(text);
  if (!url) return malformedCheck(text);
  const named = namesOf(url);
  const { username, credential } = server;
  if (url.kind === "turn" && (!username || !credential)) {
    const advice = "Run the signaling server with --turn-url and its SKEIN_TURN_SECRET.";
    return { ...named, state: "fails", detail: "is announced without credentials", advice };
  }
  const began = performance.now();
  try {
    const isTurn = url.kind === "turn";
    const found = await gather(isTurn ? "relay" : "srflx", {
      iceServers: [{ urls: text, ...(isTurn && { username, credential }) } as RTCIceServer],
      iceTransportPolicy: isTurn ? "relay" : "all",
    });
    if (found.candidate) {
      const tookMs = Math.max(1, Math.round(performance.now() - began));
      return { ...named, state: "works", detail: `answered after ${tookMs} ms`, advice: null };
    }
    if (found.code !== null) return { ...named, state: "fails", ...explainCode(found.code) };
    if (isTurn) return { ...named, state: "fails", detail: "gave no relay", advice: UNTOLD };
    return {
      ...named,
      state: "unknown",
      detail: "told nothing new",
      advice:
        "Either it did not answer, or this browser's own address is public already and needs no STUN.",
    };
  } catch (error) {
    const advice = "Check the form of the URL: browsers take fewer than servers do.";
    return { ...named, state: "fails", detail: `is refused by this browser: ${error}`, advice };
  }
}

interface Gathered {
  readonly candidate: boolean;
  /** The most telling code of those that the browser gave; null when it gave none. */
  readonly code: number | null;
}

/** Gathers until there is a candidate of this type, all are gathered, or time is up. */
async function gather(type: "relay" | "srflx", config: RTCConfiguration): Promise<Gathered> {
  const connection = new RTCPeerConnection(config);
  let code: number | null = null;
  try {
    connection.createDataChannel("doctor");
    const gathered = new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(false), GATHER_LIMIT_MS);
      connection.addEventListener("icecandidate", ({ candidate }) => {
        if (candidate === null) resolve(false);
        else if (candidate.candidate.includes(` typ ${type}`)) resolve(true);
      });
      // Not every browser has this event, or says more in it than 701.
      connection.addEventListener("icecandidateerror", ({ errorCode }) => {
        if (code === null || code === NO_ANSWER) code = errorCode;
      });
    });
    await connection.setLocalDescription(await connection.createOffer());
    return { candidate: await gathered, code };
  } finally {
    connection.close();
  }
}
