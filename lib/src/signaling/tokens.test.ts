import { beforeEach, expect, test, vi } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { SkeinError } from "../room/errors.ts";
import { isFinal, type TokenOption, type TokenRequest, Tokens } from "./tokens.ts";

let clock: FakeClock;
let shown: string[];
let asked: string[];
beforeEach(() => {
  clock = new FakeClock();
  shown = [];
  asked = [];
});

const setup = (token: TokenOption | undefined, random = 0) =>
  new Tokens({ token, room: "r", clock, random: () => random, show: (one) => shown.push(one) });

/** "t1", "t2" … and why each was asked for. */
const counting = ({ reason }: TokenRequest) => `t${asked.push(reason)}`;
/** Everything that promises do before the next task. */
const promises = () => new Promise((done) => setImmediate(done));
const refusal = (code: "token-expired" | "token-invalid" | "unauthorized") =>
  new SkeinError(code, "No.");

test("a string is there at once and is never asked for again", async () => {
  const tokens = setup("abc");
  expect([tokens.needed, tokens.present]).toEqual([false, "abc"]);
  tokens.accepted(60);
  clock.advance(100_000);
  await promises();
  expect(shown).toEqual([]);
});

test("a function is asked once, and what it gave serves every socket while it is good", async () => {
  const tokens = setup(counting);
  expect(tokens.needed).toBe(true);
  expect(await tokens.fetch()).toBe(true);
  expect(tokens.present).toBe("t1");
  tokens.accepted(600);
  // The socket is lost, and opened again.
  tokens.stop();
  expect(tokens.needed).toBe(false);
  expect(asked).toEqual(["connect"]);
  clock.advance(600_000);
  expect(tokens.needed).toBe(true);
});

test("is renewed while the old one is good, again and again", async () => {
  const tokens = setup(counting);
  await tokens.fetch();
  tokens.accepted(600);
  clock.advance(449_000);
  await promises();
  expect(shown).toEqual([]);
  clock.advance(1_000);
  await promises();
  expect(shown).toEqual(["t2"]);
  tokens.accepted(600);
  clock.advance(450_000);
  await promises();
  expect(shown).toEqual(["t2", "t3"]);
  expect(asked).toEqual(["connect", "refresh", "refresh"]);
});

test("a life longer than a timer is renewed daily", async () => {
  const tokens = setup(counting);
  await tokens.fetch();
  tokens.accepted(365 * 24 * 3600);
  clock.advance(23 * 3600_000);
  await promises();
  expect(shown).toEqual([]);
  clock.advance(3600_000);
  await promises();
  expect(shown).toEqual(["t2"]);
});

test("a renewal that fails is tried again, more and more slowly", async () => {
  let works = true;
  const tokens = setup((request) => {
    if (!works) throw new Error(`offline ${asked.push(request.reason)}`);
    return counting(request);
  });
  await tokens.fetch();
  works = false;
  tokens.accepted(600);
  const at: number[] = [];
  for (let seconds = 0; seconds < 500; seconds++) {
    const before = asked.length;
    clock.advance(500);
    await promises();
    clock.advance(500);
    await promises();
    if (asked.length > before) at.push(seconds);
  }
  expect(at.slice(0, 5)).toEqual([449, 450, 451, 453, 457]);
  works = true;
  clock.advance(30_000);
  await promises();
  expect(shown).toHaveLength(1);
});

test("one that the server did not take leads to another, for the reason `rejected`", async () => {
  const tokens = setup(counting);
  await tokens.fetch();
  expect(tokens.refused(refusal("token-expired"), true).final).toBe(false);
  expect(tokens.needed).toBe(true);
  await tokens.fetch();
  tokens.accepted(600);
  clock.advance(450_000);
  await promises();
  tokens.notRenewed({ code: "token-invalid", message: "No." });
  clock.advance(1_000);
  await promises();
  expect(asked).toEqual(["connect", "rejected", "refresh", "rejected"]);
  expect(shown).toEqual(["t3", "t4"]);
});

test("three in a row that are refused are enough, until somebody begins anew", async () => {
  const tokens = setup(counting);
  const ends: boolean[] = [];
  for (let i = 0; i < 3; i++) {
    await tokens.fetch();
    ends.push(tokens.refused(refusal("token-invalid"), true).final);
  }
  expect(ends).toEqual([false, false, true]);
  tokens.begin();
  await tokens.fetch();
  expect(tokens.refused(refusal("token-invalid"), true).final).toBe(false);
});

test("a string that has expired is the end, and the error says what to do", () => {
  const { error, final } = setup("abc").refused(refusal("token-expired"), true);
  expect(final).toBe(true);
  expect(error).toMatchObject({
    code: "token-expired",
    message: expect.stringMatching(/function/),
  });
  expect(setup("abc").refused(refusal("token-invalid"), true).final).toBe(true);
});

test("without a token a session that expired may be good again, and one that is refused is not", () => {
  expect(setup(undefined).refused(refusal("token-expired"), true).final).toBe(false);
  expect(setup(undefined).refused(refusal("unauthorized"), true).final).toBe(true);
});

test("other refusals are none of a token's business", () => {
  const error = new SkeinError("removed", "Out.");
  expect(setup(counting).refused(error, true)).toEqual({ error, final: true });
});

test.each([
  ["nothing", () => undefined as never],
  ["an empty string", () => ""],
  ["more than a server takes", () => "x".repeat(9000)],
])("%s is no token", async (_what, token) => {
  await expect(setup(token).fetch()).rejects.toMatchObject({ code: "token-failed" });
});

test("what the app throws is told with its cause; its own `unauthorized` is the end", async () => {
  const cause = new Error("500");
  const failing = setup(() => Promise.reject(cause)).fetch();
  await expect(failing).rejects.toMatchObject({ code: "token-failed", cause });
  const ending = setup(() => {
    throw new SkeinError("unauthorized", "Not for you.");
  });
  const error = await ending.fetch().catch((thrown: unknown) => thrown);
  expect(isFinal(error)).toBe(true);
  expect(isFinal(cause)).toBe(false);
});

test("nobody waits any more: the signal says so, and the late answer counts for nothing", async () => {
  let signal: AbortSignal | undefined;
  let answer = (_token: string) => {};
  const tokens = setup(
    vi.fn((request) => {
      signal = request.signal;
      return new Promise<string>((resolve) => {
        answer = resolve;
      });
    }),
  );
  const fetching = tokens.fetch();
  tokens.stop();
  expect(signal?.aborted).toBe(true);
  answer("late");
  expect(await fetching).toBe(false);
  expect(tokens.present).toBeUndefined();
});
