import { openCarrier } from "../../signaling-server/src/doctor/carrier.ts";
import { TurnClient } from "../../signaling-server/src/doctor/turn-client.ts";
import { ports } from "./addresses.ts";
import type { TurnCredentials } from "./coturn.ts";
import type { Lab } from "./lab.ts";
import { ask } from "./program.ts";
import type { Host } from "./topology.ts";

/*
 * Browsers do not say why a relayed candidate pair failed; the doctor's TURN client reads the
 * answer's code. Here it asks a server whom it would relay to.
 */

/** The port of the peers asked about: permissions are for addresses, any will do (RFC 8656, 9). */
const PEER_PORT = 4444;

/** 0: granted; otherwise the error's code, such as 401 (credentials) or 403 (forbidden). */
export type TurnAnswer = { peer: string; code: number };

/** `SERVER USERNAME CREDENTIAL PEER…`, run on a host by `turnPermissions`. */
export async function main([server, username, credential, ...peers]: string[]): Promise<void> {
  if (server === undefined || username === undefined || credential === undefined)
    throw new Error("which server, as whom?");
  const url = `turn:${server}`;
  const turn = { url, kind: "turn", host: server, port: ports.turn, transport: "udp" } as const;
  const carrier = await openCarrier(turn, server);
  const client = new TurnClient(carrier, { username, credential });
  const answers: TurnAnswer[] = [];
  const allocated = await client.allocate();
  for (const peer of peers) {
    const { code } = allocated.code === 0 ? await client.permit(peer, PEER_PORT) : allocated;
    answers.push({ peer, code });
  }
  client.close();
  process.stdout.write(JSON.stringify(answers));
}

/** Asks the lab's coturn, from a host, to relay to each of these addresses. */
export async function turnPermissions(
  lab: Lab,
  host: Host,
  { username, credential }: TurnCredentials,
  peers: readonly string[],
): Promise<TurnAnswer[]> {
  return ask(host, "turnClient.ts", [lab.turn.publicAddress, username, credential, ...peers]);
}
