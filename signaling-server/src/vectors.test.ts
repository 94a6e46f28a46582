/** The peer ids of docs/vectors.json, which other languages' clients can test against. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeKey, peerIdOf } from "./identity.ts";

const { peerIds } = JSON.parse(
  readFileSync(new URL("../../docs/vectors.json", import.meta.url), "utf8"),
) as { readonly peerIds: readonly { room: string; key: string; id: string }[] };

test.each(peerIds)("$key in room $room is $id", ({ room, key, id }) => {
  const bytes = decodeKey(key);
  expect(bytes && peerIdOf(room, bytes)).toBe(id);
});
