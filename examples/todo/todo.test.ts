// @vitest-environment happy-dom
import { createTestHub, type TestHub } from "skein/testing";
import { beforeEach, expect, test } from "vitest";
import { showTodo } from "./page.ts";
import { openTodo, type TodoTypes } from "./todo.ts";

let hub: TestHub;
beforeEach(() => {
  hub = createTestHub();
  return () => hub.close();
});

/** Somebody with the list open. */
function open(name: string) {
  const room = hub.join<TodoTypes>(name);
  const todo = openTodo(room);
  return { room, todo, list: () => todo.items.map(({ text }) => text) };
}

test("what one adds, the others see", async () => {
  const [ada, bob] = [open("Ada"), open("Bob")];
  await hub.settle();
  ada.todo.add("Buy milk");
  await hub.settle();
  expect(bob.list()).toEqual(["Buy milk"]);
});

test("who comes later gets the whole list", async () => {
  const ada = open("Ada");
  await hub.settle();
  ada.todo.add("Buy milk");
  ada.todo.add("Call Grandma");
  const bob = open("Bob");
  await hub.settle();
  expect(bob.list()).toEqual(["Buy milk", "Call Grandma"]);
});

test("two who are cut off from each other for an hour agree again", async () => {
  const [ada, bob] = [open("Ada"), open("Bob")];
  await hub.settle();
  ada.todo.add("Buy milk");
  await hub.settle();

  hub.partition(ada.room, bob.room);
  ada.todo.add("Call Grandma");
  bob.todo.finish(bob.todo.items[0]?.id ?? "");
  await hub.advance(60 * 60 * 1000);
  expect(ada.list()).toEqual(["Buy milk", "Call Grandma"]);
  expect(bob.list()).toEqual(["Buy milk"]);

  hub.heal();
  await hub.settle();
  expect(ada.todo.items).toEqual(bob.todo.items);
  expect(bob.todo.items).toMatchObject([
    { text: "Buy milk", done: true },
    { text: "Call Grandma", done: false },
  ]);
});

test("a bad network makes it slower, and loses nothing", async () => {
  const [ada, bob] = [open("Ada"), open("Bob")];
  await hub.settle();
  hub.delay(400);
  hub.drop(0.2);
  for (let n = 10; n < 30; n++) ada.todo.add(`Item ${n}`);
  await hub.settle();
  expect(bob.list()).toEqual(ada.list());
  expect(bob.list()).toHaveLength(20);
});

test("the page says who is there, and when it is cut off", async () => {
  const ada = hub.join<TodoTypes>("Ada");
  showTodo(ada, document.body);
  const status = () => document.querySelector("[role=status]")?.textContent;
  const bob = open("Bob");
  await hub.settle();
  expect(status()).toBe("With Bob");

  hub.partition(bob.room, ada);
  await hub.settle();
  expect(status()).toBe("Offline: the others get it later");
});
