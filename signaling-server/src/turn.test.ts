import { expect, test } from "vitest";
import { iceServersFor, turnCredentials } from "./turn.ts";

test("credentials are what coturn computes for a static-auth-secret", () => {
  // printf 1600003600:peer | openssl dgst -sha1 -hmac north -binary | base64
  expect(turnCredentials("north", "peer", 3600, 1_600_000_000_999)).toEqual({
    username: "1600003600:peer",
    credential: "WmJVoYcAKNr/ukDY10lkoPRmqHg=",
  });
});

test("fixed servers need no time to live; TURN has one", () => {
  const stun = { urls: "stun:stun.example.com" };
  expect(iceServersFor("peer", [stun], undefined, 0)).toEqual({ servers: [stun], ttlSeconds: 0 });
  const turn = { urls: ["turn:turn.example.com"], secret: "north" };
  expect(iceServersFor("peer", [stun], turn, 1_600_000_000_000)).toEqual({
    servers: [
      stun,
      { urls: turn.urls, ...turnCredentials("north", "peer", 3600, 1_600_000_000_000) },
    ],
    ttlSeconds: 3600,
  });
});
