/** Rooms in memory, and faults on demand: for an app's own tests. */
export { createFaults, type Faults, type Mend } from "./faults.ts";
export {
  createTestHub,
  type HubRoom,
  type JoinOptions,
  type TestHub,
  type TestHubOptions,
} from "./hub.ts";
