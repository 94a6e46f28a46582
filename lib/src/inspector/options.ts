import { SkeinError } from "../room/errors.ts";

/**
 * What can be broken on purpose: `createFaults(room)` of `skein/testing` fits, and so does anything of
 * the same shape. Each returns what ends it; what is absent has no switch.
 */
export interface InspectorFaults {
  cut?(what: "webrtc" | "socket"): () => void;
  /** Milliseconds more on each way. */
  delay?(ms: number): () => void;
  /** The share of packets that is lost, from 0 to under 1. */
  loss?(share: number): () => void;
  /** Ends all of them. */
  mend?(): void;
  /** What is wrong now, whoever did it. Without it the switches show what was done with them. */
  readonly active?: {
    readonly webrtc: boolean;
    readonly socket: boolean;
    readonly delayMs?: number;
    readonly loss?: number;
  };
}

export interface InspectorOptions {
  /** Where to draw it. Without one it floats above the page, and can be moved and folded. */
  readonly element?: HTMLElement;
  /** Whether it is open from the start. Default: in an element yes, floating no. */
  readonly open?: boolean;
  /** Whether a floating inspector that is closed leaves a button to open it. Default true. */
  readonly button?: boolean;
  readonly faults?: InspectorFaults;
  /** Where docs/troubleshooting.md is to be read, for "why" to link to; http(s), or from the page's root. */
  readonly help?: string;
  /** Default `"auto"`: as the system is. */
  readonly scheme?: "auto" | "light" | "dark";
}

export interface CheckedOptions {
  readonly element: HTMLElement | null;
  readonly open: boolean;
  readonly button: boolean;
  readonly faults: InspectorFaults | null;
  readonly help: string | null;
  readonly scheme: "auto" | "light" | "dark";
}

const OPTION_NAMES: ReadonlySet<string> = new Set([
  "element",
  "open",
  "button",
  "faults",
  "help",
  "scheme",
] satisfies (keyof InspectorOptions)[]);

const SCHEMES: readonly unknown[] = ["auto", "light", "dark"];

export function checkOptions(given: HTMLElement | InspectorOptions): CheckedOptions {
  const options: InspectorOptions = isElement(given) ? { element: given } : given;
  if (typeof options !== "object" || options === null) {
    throw new SkeinError(
      "bad-argument",
      "attachInspector takes a room, and an element or options.",
    );
  }
  for (const name of Object.keys(options)) {
    if (!OPTION_NAMES.has(name)) {
      throw new SkeinError(
        "not-supported",
        `attachInspector has no option "${name}". There are: ${[...OPTION_NAMES].join(", ")}.`,
      );
    }
  }
  const { element = null, faults = null, help = null, scheme = "auto", button = true } = options;
  const open = options.open ?? element !== null;
  if (element !== null && !isElement(element)) {
    throw new SkeinError("bad-argument", "element is an HTML element that can have children.");
  }
  if (typeof open !== "boolean" || typeof button !== "boolean") {
    throw new SkeinError("bad-argument", "open and button are true or false.");
  }
  if (!SCHEMES.includes(scheme)) {
    throw new SkeinError("bad-argument", 'scheme is "auto", "light" or "dark".');
  }
  if (faults !== null && typeof faults !== "object") {
    throw new SkeinError("bad-argument", "faults is an object with cut, delay or loss.");
  }
  if (help !== null && (typeof help !== "string" || !/^(https?:\/\/|\/(?!\/))/i.test(help))) {
    throw new SkeinError(
      "bad-argument",
      'help is the address of a page: "https://…", or a path from the root such as "/docs".',
    );
  }
  return { element, open, button, faults, help, scheme };
}

/** Of whichever window it is. */
function isElement(value: unknown): value is HTMLElement {
  const { nodeType, attachShadow } = Object(value) as {
    nodeType?: unknown;
    attachShadow?: unknown;
  };
  return nodeType === 1 && typeof attachShadow === "function";
}
