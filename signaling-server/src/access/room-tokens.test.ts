import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { expect, onTestFinished, test } from "vitest";
import type { SignalingServerOptions } from "../options.ts";
import { joined, TestClient, urlOf, withServer } from "../test-client.ts";
import { mintToken, roomTokens } from "../token.ts";

const secret = "correct horse battery staple, twice over";
const key = new TextEncoder().encode(secret);
const now = () => Math.floor(Date.now() / 1000);

/** A token of somebody else's making: any claims, signed with any key. */
function signed(claims: object, { signer = key, alg = "HS256", kid = "k1" }: Signing = {}) {
  return new SignJWT({ room: "room", exp: now() + 60, ...claims })
    .setProtectedHeader({ alg, kid })
    .sign(signer);
}
interface Signing {
  readonly signer?: CryptoKey | Uint8Array;
  readonly alg?: string;
  readonly kid?: string;
}

/** A server with a room in it, and what it says to a token. */
async function attack(
  options: SignalingServerOptions,
  good: string,
  tokens: readonly (readonly [code: string, token: string | undefined])[],
): Promise<void> {
  await withServer(options, async (server) => {
    const witness = await joined(server, { token: good });
    const counted: { [code: string]: number } = {};
    for (const [code, token] of tokens) {
      const client = new TestClient(urlOf(server), token === undefined ? {} : { token });
      const refusal = await client.refusal();
      expect([refusal.code, token]).toEqual([code, token]);
      // It says what is wrong, and shows nothing of the token or the key.
      expect(refusal.message).not.toContain(secret);
      if (token !== undefined && token.length > 20) expect(refusal.message).not.toContain(token);
      counted[code] = (counted[code] ?? 0) + 1;
    }
    expect(server.stats().refused).toEqual(counted);
    expect(witness.client.story).toEqual(["welcome"]);
    expect(witness.client.closed).toBe(false);
  });
}

test("a minted token lets its user into its room, with its grants, for its time", () =>
  withServer({ authenticate: roomTokens({ secret }) }, async (server) => {
    const token = await mintToken({
      secret,
      room: "room",
      user: { id: "u1", name: "Ada", avatar: "a.png" },
      grants: ["cursor", "message:chat"],
      ttlSeconds: 120,
    });
    const { welcome } = await joined(server, { token });
    expect(welcome.self).toMatchObject({
      user: { id: "u1", name: "Ada", avatar: "a.png" },
      grants: ["cursor", "message:chat"],
    });
    expect(welcome.ttlSeconds).toBeGreaterThanOrEqual(118);
    expect(welcome.ttlSeconds).toBeLessThanOrEqual(125);
    const anybody = await joined(server, { token: await mintToken({ secret, room: "*" }) });
    expect(anybody.welcome.self).not.toHaveProperty("user");
    expect(anybody.welcome.self).not.toHaveProperty("grants");
  }));

test("a pattern is a name, or a beginning of names", () =>
  withServer({ authenticate: roomTokens({ secret }) }, async (server) => {
    const token = await mintToken({ secret, room: "team-7/*" });
    for (const room of ["team-7/", "team-7/board"]) await joined(server, { room, token });
    for (const room of ["team-7", "team-8/board", "a/team-7/"]) {
      const client = new TestClient(urlOf(server), { room, token });
      expect(await client.refusal()).toMatchObject({ code: "token-wrong-room" });
    }
    // A star in the middle is a star.
    const odd = await mintToken({ secret, room: "a*b" });
    const client = new TestClient(urlOf(server), { room: "axb", token: odd });
    expect(await client.refusal()).toMatchObject({ code: "token-wrong-room" });
    await joined(server, { room: "a*b", token: odd });
  }));

test("with a secret: no token, a bad one, an old one, an early one, one for elsewhere, an unsigned one", async () => {
  const good = await mintToken({ secret, room: "room" });
  const [head = "", body = "", mac = ""] = good.split(".");
  const { privateKey } = await generateKeyPair("RS256");
  const claims = { room: "room", exp: now() + 60 };
  await attack({ authenticate: roomTokens({ secret }) }, good, [
    ["unauthorized", undefined],
    ["unauthorized", ""],
    ["token-invalid", "x"],
    ["token-invalid", "a.b.c"],
    ["token-invalid", `${head}.${body}.`],
    ["token-invalid", `${head}.${body}.${mac.slice(0, -4)}AAAA`],
    ["token-invalid", await mintToken({ secret: "x".repeat(32), room: "room" })],
    ["token-invalid", new UnsecuredJWT(claims).encode()],
    ["token-invalid", await signed({}, { alg: "HS512" })],
    ["token-invalid", await signed({}, { signer: privateKey, alg: "RS256" })],
    ["token-expired", await signed({ exp: now() - 10 })],
    ["token-not-yet-valid", await signed({ nbf: now() + 60 })],
    ["token-wrong-room", await mintToken({ secret, room: "roo" })],
    ["token-invalid", await signed({ exp: undefined })],
    ["token-invalid", await signed({ exp: "tomorrow" })],
    ["token-invalid", await signed({ room: undefined })],
    ["token-invalid", await signed({ room: ["room"] })],
    ["token-invalid", await signed({ room: "" })],
    ["token-invalid", await signed({ grants: "all" })],
    ["token-invalid", await signed({ grants: ["admin"] })],
    ["token-invalid", await signed({ sub: 7 })],
    ["token-invalid", await signed({ sub: "u", name: { a: 1 } })],
  ]);
});

test("with public keys: whoever signs with a public key as if it were a secret is refused", async () => {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const stranger = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  let fetched = 0;
  const keys = createServer((_request, response) => {
    fetched++;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  onTestFinished(() => void keys.close());
  await new Promise<void>((done) => keys.listen(0, "127.0.0.1", done));
  const jwksUrl = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/jwks.json`;
  const rsa = (claims: object, signer = privateKey, kid = "k1") =>
    signed({ iss: "us", aud: ["them", "skein"], ...claims }, { signer, alg: "RS256", kid });
  const pem = new TextEncoder().encode(await exportSPKI(publicKey));
  const authenticate = roomTokens({ jwksUrl, issuer: "us", audience: "skein" });
  const ours = { iss: "us", aud: "skein" };
  await attack({ authenticate }, await rsa({}), [
    ["token-invalid", await signed(ours, { signer: pem })],
    ["token-invalid", await signed(ours, { signer: Buffer.from(JSON.stringify(jwk)) })],
    ["token-invalid", new UnsecuredJWT({ ...ours, room: "room", exp: now() + 60 }).encode()],
    ["token-invalid", await rsa({}, stranger.privateKey)],
    ["token-invalid", await rsa({}, stranger.privateKey, "other")],
    ["token-invalid", await rsa({ iss: "somebody" })],
    ["token-invalid", await rsa({ aud: "elsewhere" })],
    ["token-expired", await rsa({ exp: now() - 10 })],
    ["token-not-yet-valid", await rsa({ nbf: now() + 60 })],
    ["token-wrong-room", await rsa({ room: "cellar" })],
  ]);
  // Strangers' key ids do not make it ask again and again.
  expect(fetched).toBeLessThan(3);
});

test("keys that cannot be had are no fault of who shows a token: it may come again", async () => {
  const gone = createServer();
  await new Promise<void>((done) => gone.listen(0, "127.0.0.1", done));
  const { port } = gone.address() as AddressInfo;
  await new Promise((done) => gone.close(done));
  const { privateKey } = await generateKeyPair("ES256");
  const token = await signed({}, { signer: privateKey, alg: "ES256" });
  const lines: string[] = [];
  const authenticate = roomTokens({ jwksUrl: `http://127.0.0.1:${port}/jwks.json` });
  await withServer({ authenticate, log: (line) => lines.push(line) }, async (server) => {
    const client = new TestClient(urlOf(server), { token });
    expect(await client.refusal()).toMatchObject({ code: "auth-unavailable" });
    expect(lines.join()).toContain("ECONNREFUSED");
    expect(lines.join()).not.toContain(token);
  });
});

test.each([
  ["a short secret", { secret: "short" }, /has 5 bytes; allowed: at least 32/],
  ["keys over plain http", { jwksUrl: "http://keys.example.com" }, /allowed: "https/],
  ["keys at no address", { jwksUrl: "keys" }, /"keys"; allowed/],
  ["both", { secret, jwksUrl: "https://a.example" }, /either/],
  ["neither", {}, /either/],
])("refuses to be made with %s", (_what, options, message) => {
  expect(() => roomTokens(options as never)).toThrow(message);
});

test.each([
  ["a short secret", { secret: "x".repeat(31) }, /31 bytes/],
  ["no room", { room: "" }, /room must be/],
  ["a user without an id", { user: {} }, /user.id/],
  ["a grant that does not exist", { grants: ["mesage"] }, /"mesage"/],
  ["no time to live", { ttlSeconds: 0 }, /ttlSeconds is 0/],
  ["a life that is too long", { ttlSeconds: 1e9 }, /allowed: 1 to/],
])("mints no token with %s", async (_what, options, message) => {
  const minting = mintToken({ secret, room: "r", ...(options as object) });
  await expect(minting).rejects.toThrow(message);
  await minting.catch((error: Error) => expect(error.message).not.toContain(secret));
});
