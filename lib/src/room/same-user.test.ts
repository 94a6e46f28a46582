import { expect, test } from "vitest";
import { sameUser } from "./same-user.ts";

test("two tabs of one signed-in user are one user; nobody else is, least of all those without one", () => {
  const ada = { user: { id: "u1", name: "Ada" } };
  const adaElsewhere = { user: { id: "u1", name: "Countess" } };
  const namesake = { user: { id: "u2", name: "Ada" } };
  const nobody = { user: null };
  expect(sameUser(ada, adaElsewhere)).toBe(true);
  expect(sameUser(ada, namesake)).toBe(false);
  expect(sameUser(ada, nobody)).toBe(false);
  expect(sameUser(nobody, nobody)).toBe(false);
  expect(sameUser({ user: {} }, { user: {} })).toBe(false);
});
