/** Ready-made authentication by tokens that name a room: JSON Web Tokens (RFC 7519), read by jose. */
import {
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import { JWKS_URL } from "../allowed.ts";
import { type Access, AccessError, type Authenticate, checkGrants, checkUser } from "./access.ts";
import { secretBytes } from "./secret.ts";

/** Whoever has the secret signs with this one and no other. */
const WITH_SECRET = ["HS256"];
/**
 * With public keys these and no others. Were an HMAC among them, a public key would be a secret that
 * everybody knows: whoever took it for one could sign with it.
 */
const WITH_PUBLIC_KEYS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
/** How far the clock of whoever signs may be off, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** How long a set of public keys may take to come: less than `authenticate` may. Milliseconds. */
const JWKS_TIMEOUT_MS = 4_000;

export interface TokenClaims {
  /** `iss` must be this. */
  readonly issuer?: string;
  /** `aud` must be this, or have it among others. */
  readonly audience?: string;
}

/** One of the two: a shared secret for HS256, or the address of a set of public keys (RFC 7517). */
export type RoomTokenOptions =
  | (TokenClaims & { readonly secret: string | Uint8Array; readonly jwksUrl?: never })
  | (TokenClaims & { readonly jwksUrl: string; readonly secret?: never });

/**
 * An `authenticate` that takes tokens such as {@link mintToken} makes. Claims: `room` (a name, or the
 * beginning of names and `*`) and `exp` are required; `sub` and `name`, with what `user` has besides,
 * become the user; `grants`; `nbf`.
 *
 * @throws TypeError when an option is not what it may be
 */
export function roomTokens(options: RoomTokenOptions): Authenticate {
  const { secret, jwksUrl, issuer, audience } = options;
  if ((secret === undefined) === (jwksUrl === undefined)) {
    throw new TypeError("roomTokens takes either `secret` or `jwksUrl`");
  }
  const key: Uint8Array | JWTVerifyGetKey =
    jwksUrl === undefined
      ? secretBytes(secret)
      : createRemoteJWKSet(checkJwksUrl(jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
  const rules: JWTVerifyOptions = {
    algorithms: jwksUrl === undefined ? WITH_SECRET : WITH_PUBLIC_KEYS,
    requiredClaims: ["exp", "room"],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  const verify = (token: string): Promise<JWTVerifyResult> =>
    // The same call twice: jose tells a key from a way to find one by its type.
    typeof key === "function" ? jwtVerify(token, key, rules) : jwtVerify(token, key, rules);

  return async ({ token, room }) => {
    if (token === undefined || token === "") {
      throw new AccessError("This server asks for a token: pass `token` to joinRoom.");
    }
    return accessOf(await verified(verify(token)), room);
  };
}

/** Throws a TypeError. */
function checkJwksUrl(text: string): URL {
  if (JWKS_URL.test(text)) return new URL(text);
  throw new TypeError(`The JWKS URL is ${JSON.stringify(text)}; allowed: ${JWKS_URL.words}`);
}

/** Its claims. Throws an AccessError that says what is wrong with it, and never shows it. */
async function verified(verification: Promise<JWTVerifyResult>): Promise<JWTPayload> {
  try {
    return (await verification).payload;
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) {
    return new AccessError("The token has expired.", "token-expired");
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "nbf" && error.reason === "check_failed") {
      return new AccessError("The token is not valid yet.", "token-not-yet-valid");
    }
    return invalid(`its claim \`${error.claim}\` is missing or not what this server takes`);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return invalid("this server does not take what its header says of how it is signed");
  }
  // Nobody's fault who shows a token: the keys could not be fetched.
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) {
    return noKeys(error);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return invalid("its signature is wrong");
  if (error instanceof errors.JWKSNoMatchingKey) return invalid("no key of this server signed it");
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) {
    return invalid("it is no signed JSON Web Token");
  }
  if (
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return invalid("its header asks for what this server does not do");
  }
  // An answer of the key server that is not the keys, or none at all.
  if (error instanceof errors.JOSEError || isNetworkError(error)) return noKeys(error);
  return error;
}

/** What `fetch` rejects with when there is no answer. */
const isNetworkError = (error: unknown): boolean => error instanceof TypeError;

const noKeys = (cause: unknown) =>
  new AccessError("The keys for tokens cannot be had at present.", "auth-unavailable", { cause });

const invalid = (why: string) =>
  new AccessError(`The token is not valid: ${why}.`, "token-invalid");

/** What the claims of a token grant in this room. Throws an AccessError. */
function accessOf(claims: JWTPayload, room: string): Access {
  const { sub, exp } = claims;
  const pattern = claims["room"];
  if (typeof pattern !== "string" || pattern === "") throw invalid("its claim `room` is no name");
  if (!matches(pattern, room)) {
    throw new AccessError("The token is for another room.", "token-wrong-room");
  }
  const user = claims["user"];
  const name = claims["name"];
  const grants = claims["grants"];
  try {
    return {
      // With an unknown `sub` somebody is there all the same, and nobody vouches for who.
      user:
        sub === undefined
          ? undefined
          : checkUser({
              ...(typeof user === "object" ? user : {}),
              id: sub,
              ...(name === undefined ? {} : { name }),
            }),
      grants: grants === undefined ? undefined : checkGrants(grants),
      expires: ((exp ?? 0) + CLOCK_TOLERANCE_SECONDS) * 1000,
    };
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

/** A pattern is a room's name, or the beginning of names with `*` at its end. */
export function matches(pattern: string, room: string): boolean {
  return pattern === room || (pattern.endsWith("*") && room.startsWith(pattern.slice(0, -1)));
}
