/**
 * Recorded pointer movement: CSV with the columns `client timestamp` (ms), `button`, `state`
 * (`Move`, `Drag`, `Pressed`, `Released`), `x` and `y` (CSS pixels), as in the SapiMouse data set.
 */
import type { MovementSample } from "./movement.ts";

const COLUMNS = ["client timestamp", "state", "x", "y"] as const;
const PRESSED_STATES = ["Drag", "Pressed"];

/** Throws an error that names the line when the text is not such a recording. */
export function parseTrace(csv: string): MovementSample[] {
  const [header = "", ...lines] = csv.trim().split(/\r?\n/);
  const names = header.split(",").map((name) => name.trim());
  const columns = COLUMNS.map((name) => names.indexOf(name));
  if (columns.includes(-1)) throw new Error(`A trace has the columns ${COLUMNS.join(", ")}.`);
  return lines.map((line, i) => {
    const cells = line.split(",");
    const [time = "", state = "", x = "", y = ""] = columns.map((at) => cells[at]?.trim());
    const sample = { x: Number(x), y: Number(y), time: Number(time) };
    if (state === "" || !Object.values(sample).every(Number.isFinite)) {
      throw new Error(`Line ${i + 2} of the trace is not a sample: ${line}`);
    }
    return { ...sample, pressed: PRESSED_STATES.includes(state) };
  });
}
