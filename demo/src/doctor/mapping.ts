/** What the NAT before this browser does; see the host's `mapping.ts`. */
import type { IceServers } from "../../../lib/src/signaling/events.ts";
import type { Mapping } from "../../../signaling-server/src/doctor/diagnosis.ts";
import { parseIceUrl } from "../../../signaling-server/src/doctor/ice-url.ts";

/** Gathering and connecting take two or three round trips each where everything answers. */
const GATHER_LIMIT_MS = 4_000;
const LIMIT_MS = 8_000;

/**
 * Links two connections of this page, one of them through the relay. The relay's end knows the ports
 * that STUN told the other; if what arrives comes from one that it does not know ("peer-reflexive"),
 * the NAT has given the way to the relay another.
 */
export async function findMapping({ servers }: IceServers): Promise<Mapping> {
  if (servers.length === 0) return "unknown";
  const iceServers = servers as RTCIceServer[];
  let direct: RTCPeerConnection | undefined;
  let relayed: RTCPeerConnection | undefined;
  try {
    // Without a relay of its own, by which it would rather come.
    direct = new RTCPeerConnection({ iceServers: [{ urls: stunUrls(servers) }] });
    relayed = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
    const [near, far] = [direct, relayed];
    near.createDataChannel("doctor");
    await near.setLocalDescription(await near.createOffer());
    await gathered(near);
    // All of the one's candidates are with the other before anything of its is on the way.
    await far.setRemoteDescription(near.localDescription ?? { type: "offer", sdp: "" });
    let handOver = Promise.resolve();
    far.addEventListener("icecandidate", ({ candidate }) => {
      handOver = handOver.then(() => near.addIceCandidate(candidate ?? undefined)).catch(() => {});
    });
    const answer = await far.createAnswer();
    handOver = near.setRemoteDescription(answer);
    await far.setLocalDescription(answer);
    await connected(relayed);
    return await mappingOf(relayed);
  } catch {
    return "unknown";
  } finally {
    direct?.close();
    relayed?.close();
  }
}

/** Those announced, and every TURN server over UDP: it answers STUN, too. */
function stunUrls(servers: IceServers["servers"]): string[] {
  const urls = servers.flatMap((server) => [server.urls].flat()).map((text) => parseIceUrl(text));
  const overUdp = urls.filter((url) => url?.transport === "udp");
  const plain = overUdp.map(
    (url) => url?.url.replace(/^turn:/i, "stun:").replace(/\?.*/, "") ?? "",
  );
  return [...new Set(plain)];
}

/** A server that does not answer must not cost those that do. */
const gathered = (connection: RTCPeerConnection) =>
  Promise.race([
    until(connection, "icegatheringstatechange", () => connection.iceGatheringState === "complete"),
    new Promise<void>((resolve) => setTimeout(resolve, GATHER_LIMIT_MS)),
  ]);

const connected = (connection: RTCPeerConnection) =>
  until(connection, "iceconnectionstatechange", () => {
    const { iceConnectionState: state } = connection;
    if (state === "failed") throw new Error("no way to the relay");
    return state === "connected" || state === "completed";
  });

/** Rejects when `done` throws, and when it takes too long. */
function until(connection: RTCPeerConnection, event: string, done: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      try {
        if (done()) resolve();
      } catch (error) {
        reject(error);
      }
    };
    connection.addEventListener(event, look);
    setTimeout(() => reject(new Error("not in time")), LIMIT_MS);
    look();
  });
}

/** By what the relay's end calls its pair's other side. */
async function mappingOf(connection: RTCPeerConnection): Promise<Mapping> {
  const stats = await connection.getStats();
  const byId = new Map<string, { candidateType?: string; remoteCandidateId?: string }>();
  const pairs: { state?: string; nominated?: boolean; remoteCandidateId?: string }[] = [];
  stats.forEach((each) => {
    byId.set(each.id, each);
    if (each.type === "candidate-pair") pairs.push(each);
  });
  const pair =
    pairs.find(({ nominated, state }) => nominated && state === "succeeded") ??
    pairs.find(({ state }) => state === "succeeded");
  const kind = byId.get(pair?.remoteCandidateId ?? "")?.candidateType;
  if (kind === undefined || kind === "relay") return "unknown";
  return kind === "prflx" || kind === "peer-reflexive" ? "symmetric" : "one-port";
}
