/** A diagnosis as text: for people, and as a block for a bug report. It holds no credentials. */
import type { Policy } from "../../../lib/src/signaling/events.ts";
import { type Check, conclude, type Diagnosis, type Mapping } from "./diagnosis.ts";

const SIGNS = { works: "✓", fails: "✗", unknown: "?" } as const;
const STATES = { works: "ok     ", fails: "FAILED ", unknown: "unknown" } as const;

const MAPPINGS: { readonly [M in Mapping]: string } = {
  "one-port": "one public port for all destinations",
  symmetric: "symmetric: another public port for each destination",
  unknown: "could not be told",
};

const PATHS: { readonly [P in Policy["paths"]]: string } = {
  all: "every path is allowed",
  relay: "relay and server paths only",
  server: "the server path only",
};

export function describePolicy({ paths, meshLimit }: Policy): string {
  return `${PATHS[paths]}, WebRTC for ${meshLimit} members of a room`;
}

/** Lines for a terminal. */
export function reportForPeople(diagnosis: Diagnosis): string {
  const { signaling, ice, policy } = diagnosis;
  const { summary, warnings } = conclude(diagnosis);
  const checks = [signaling, ...ice];
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, target, state, detail, advice }) => [
    `  ${SIGNS[state]} ${name.padEnd(width)}  ${target} ${detail}`,
    ...(advice === null ? [] : [`    ${" ".repeat(width)}  ${advice}`]),
  ]);
  return [
    ...lines,
    "",
    ...(policy === null ? [] : [`  Policy: ${describePolicy(policy)}.`]),
    `  ${summary}`,
    ...warnings.map((warning) => `  Warning: ${warning}`),
  ].join("\n");
}

/** The same, dense, in a Markdown block. */
export function reportForIssue(diagnosis: Diagnosis, version: string, at: Date): string {
  const { environment, webrtc, signaling, ice, policy, mapping } = diagnosis;
  const { best, summary, warnings } = conclude(diagnosis);
  const line = ({ name, target, state, detail }: Check) =>
    `${STATES[state]}  ${name}: ${target} ${detail}`;
  return [
    "```text",
    `skein doctor ${version}, ${at.toISOString()}`,
    `from     ${environment}${webrtc ? "" : ", without WebRTC"}`,
    ...(policy === null ? [] : [`policy   ${policy.paths}, mesh limit ${policy.meshLimit}`]),
    line(signaling),
    ...ice.map(line),
    `nat      ${MAPPINGS[mapping]}`,
    `best     ${best}: ${summary}`,
    ...warnings.map((warning) => `warning  ${warning}`),
    "```",
  ].join("\n");
}
