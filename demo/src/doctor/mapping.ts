/** What the NAT before this browser does; see the host's `mapping.ts`. */
import type { IceServers } from "../../../lib/src/signaling/events.ts";
import type { Mapping } from "../../../signaling-server/src/doctor/diagnosis.ts";

/** Gathering and connecting take two or three round trips where everything answers. */
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
    direct = new RTCPeerConnection({ iceServers });
    relayed = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
    direct.createDataChannel("doctor");
    await direct.setLocalDescription(await direct.createOffer());
    await gathered(direct);
    // All of the one's candidates are with the other before anything of its is on the way.
    await relayed.setRemoteDescription(direct.localDescription ?? { type: "offer", sdp: "" });
    await relayed.setLocalDescription(await relayed.createAnswer());
    await gathered(relayed);
    await direct.setRemoteDescription(relayed.localDescription ?? { type: "answer", sdp: "" });
    await connected(relayed);
    return await mappingOf(relayed);
  } catch {
    return "unknown";
  } finally {
    direct?.close();
    relayed?.close();
  }
}

const gathered = (connection: RTCPeerConnection) =>
  until(connection, "icegatheringstatechange", () => connection.iceGatheringState === "complete");

const connected = (connection: RTCPeerConnection) =>
  until(connection, "iceconnectionstatechange", () =>
    ["connected", "completed"].includes(connection.iceConnectionState),
  );

function until(connection: RTCPeerConnection, event: string, done: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (done()) resolve();
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
