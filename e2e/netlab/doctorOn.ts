import {
  conclude,
  type Diagnosis,
  type Verdict,
} from "../../signaling-server/src/doctor/diagnosis.ts";
import { diagnoseHost } from "../../signaling-server/src/doctor/host.ts";
import { parseServerAddress } from "../../signaling-server/src/doctor/signaling.ts";
import { origin } from "./drivers.ts";
import type { Lab } from "./lab.ts";
import { ask } from "./program.ts";
import type { Host } from "./topology.ts";

/** What `skein-server doctor` comes to on a host. */
export interface Finding {
  diagnosis: Diagnosis;
  verdict: Verdict;
}

/** `URL`, run on a host by `doctorOn`. */
export async function main([url = ""]: string[]): Promise<void> {
  const diagnosis = await diagnoseHost(parseServerAddress(url));
  const finding: Finding = { diagnosis, verdict: conclude(diagnosis) };
  process.stdout.write(JSON.stringify(finding));
}

/** Runs the doctor on a host, against the lab's signaling server and what that announces. */
export async function doctorOn(lab: Lab, host: Host): Promise<Finding> {
  return ask(host, "doctorOn.ts", [origin(lab)]);
}
