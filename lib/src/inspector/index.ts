export { type AttachedInspector, attachInspector } from "./inspector.ts";
export type { InspectorFaults, InspectorOptions } from "./options.ts";
export { shareLinks } from "./share.ts";
