/** A stand-in room of sixteen with an inspector, for tests and the measurement of its cost. */
import { type AttachedInspector, attachInspector, shareLinks } from "skein/inspector";
import { StandInMesh } from "../../../lib/src/inspector/stand-in-mesh.ts";

declare global {
  interface Window {
    readonly mesh: StandInMesh;
    readonly inspector: AttachedInspector;
    readonly faults: string[];
    readonly refusedByPolicy: string[];
  }
}

const query = new URL(location.href).searchParams;
const mesh = new StandInMesh(Number(query.get("members") ?? 16));
const refusedByPolicy: string[] = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  refusedByPolicy.push(`${violatedDirective} ${blockedURI}`);
});
for (const [index] of mesh.members.entries()) if (index > 0) shareLinks(mesh.room(index));

const faults: string[] = [];
const fault = (name: string): (() => void) => {
  faults.push(name);
  return () => faults.push(`not ${name}`);
};
const place = document.querySelector("#place");
const inspector = attachInspector(mesh.room(0), {
  ...(query.has("element") && place instanceof HTMLElement ? { element: place } : {}),
  open: !query.has("closed"),
  help: "/troubleshooting",
  faults: {
    cut: (what) => fault(`cut ${what}`),
    delay: (ms) => fault(`delay ${ms}`),
    loss: (share) => fault(`loss ${share}`),
  },
});
Object.assign(window, { mesh, inspector, faults, refusedByPolicy });
document.body.dataset["ready"] = "";
