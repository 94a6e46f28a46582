/** A stand-in room of sixteen with an inspector, for tests and the measurement of its cost. */
import { type AttachedInspector, attachInspector, shareLinks } from "skein/inspector";
import { LINKS, tableOf } from "../../../lib/src/inspector/link-table.ts";
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
const others = [...mesh.members.keys()].filter((index) => index > 0);
if (query.has("tables")) for (const index of others) tellFromAfar(index);
else for (const index of others) shareLinks(mesh.room(index));

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
/** What this member tells arrives each second, at a moment of its own, and is made only when it changed. */
function tellFromAfar(index: number): void {
  const room = mesh.room(index);
  let table = tableOf(room.stats());
  room.watch(
    (snapshot) => snapshot,
    () => {
      table = tableOf(room.stats());
    },
  );
  const tell = () => {
    if (inspector.isOpen) mesh.members[0]?.hear(LINKS, table, index);
  };
  setTimeout(() => setInterval(tell, 1_000), index * 61);
}

Object.assign(window, { mesh, inspector, faults, refusedByPolicy });
document.body.dataset["ready"] = "";
