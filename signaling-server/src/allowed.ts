/**
 * What each setting may be, said once: options of the API and settings of the command line are
 * checked by the same rules and refused in the same words.
 */

export interface Allowed<T> {
  /** Completes "… is VALUE; allowed: ". */
  readonly words: string;
  test(value: T): boolean;
}

/** A whole number from `least` to `most`. `unit`: what it counts, for the message. */
export function wholeNumber(least: number, most: number, unit = ""): Allowed<number> {
  return {
    words: `a whole number${unit && ` of ${unit}`} from ${least} to ${most}`,
    test: (value) => Number.isInteger(value) && value >= least && value <= most,
  };
}

export function oneOf<T extends string>(...values: readonly [T, ...T[]]): Allowed<T> {
  const quoted = values.map((value) => JSON.stringify(value));
  return {
    words: `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`,
    test: (value) => values.includes(value),
  };
}

/** Text of one line that is not blank. */
export function line(words: string, most = 4096): Allowed<string> {
  return {
    words,
    test: (value) =>
      typeof value === "string" &&
      value.trim() !== "" &&
      value.length <= most &&
      !/\p{Cc}/u.test(value),
  };
}

export const PORT = wholeNumber(0, 65_535);

/** An address or a name: what it means is the operating system's to say. */
export const HOST: Allowed<string> = {
  words: 'an address or a host name such as "0.0.0.0", "::1" or "localhost"',
  test: (value) => typeof value === "string" && /^[\w.:%-]{1,255}$/.test(value),
};

export const PATH: Allowed<string> = {
  words: 'a path such as "/skein", without a slash at its end',
  test: (value) => typeof value === "string" && /^(\/[\w.~-]+)+$/.test(value),
};

/** Sentinels and clusters of Redis are not among them. */
export const REDIS_URL: Allowed<string> = {
  words: 'a URL such as "redis://:password@host:6379/0" or "rediss://host:6380"',
  test: (value) =>
    typeof value === "string" &&
    URL.canParse(value) &&
    /^rediss?:\/\/[^\s/?#]+(\/\d{0,2})?$/.test(value),
};

export const REDIS_PREFIX: Allowed<string> = {
  words: 'letters, digits, "-", "_" and ":", 1 to 64 of them',
  test: (value) => typeof value === "string" && /^[\w:-]{1,64}$/.test(value),
};

/** Where public keys are: what says whose tokens are good must not be changed on its way. */
export const JWKS_URL: Allowed<string> = {
  words: '"https://…", or "http://…" on this machine',
  test: (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const isLocal = url && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
    return url?.protocol === "https:" || (url?.protocol === "http:" && isLocal === true);
  },
};

export const ORIGIN: Allowed<string> = {
  words: 'origins such as "https://app.example.com" (scheme, host and port only), or "same-origin"',
  test: (value) => value === "same-origin" || isOrigin(value),
};

/** The forms of RFC 7064 (STUN) and RFC 7065 (TURN). */
export const ICE_URL: Allowed<string> = {
  words:
    '"stun:host:port", "turn:host:port" or "turns:host:port", TURN with "?transport=udp" or "?transport=tcp"',
  test: (value) =>
    /^(stuns?:[^\s?/]+|turns?:[^\s?/]+(\?transport=(udp|tcp))?)$/.test(value) && !hasControl(value),
};

export const STUN_URL: Allowed<string> = {
  words: '"stun:host:port" or "stuns:host:port"',
  test: (value) => ICE_URL.test(value) && value.startsWith("stun"),
};

export const TURN_URL: Allowed<string> = {
  words: '"turn:host:port" or "turns:host:port", with "?transport=udp" or "?transport=tcp"',
  test: (value) => ICE_URL.test(value) && value.startsWith("turn"),
};

export const PATHS = oneOf("all", "relay", "server");

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
