/** The canvas example, as its two people see it. */
import type { Page } from "@playwright/test";
import { joinRoom, type Room, type RoomTypes } from "skein";
import { test as base, expect } from "./fixtures.ts";
import { type Library, startLibrary } from "./library-server.ts";
import { pageFiles } from "./page-files.ts";

const test = base.extend<object, { readonly example: Library }>({
  example: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it
    async ({}, use) => {
      const example = await startLibrary({ files: await pageFiles("examples/canvas") });
      await use(example);
      await example.close();
    },
    { scope: "worker" },
  ],
});

/** Somebody whose program is another. */
async function stranger(server: string, roomName: string): Promise<Room<RoomTypes>> {
  const room = joinRoom(roomName, { server });
  await room.ready;
  return room;
}

/** Whether anything is drawn at a point of the canvas. */
const isDrawnAt = (page: Page, x: number, y: number) =>
  page.evaluate(
    ([x, y]) => {
      const context = document.querySelector("canvas")?.getContext("2d");
      return (context?.getImageData(x, y, 1, 1).data[3] ?? 0) > 0;
    },
    [x, y] as const,
  );

test("pointers show on the other's canvas, and a disc is dragged together", async ({
  example,
  newPerson,
  roomName,
}) => {
  const url = `${example.url}#${roomName}`;
  const [ada, bob] = [await newPerson(url), await newPerson(url)];
  // Until the two see each other nothing is sent.
  let x = 40;
  await expect
    .poll(async () => {
      await ada.mouse.move(++x, 60);
      return isDrawnAt(bob, x, 60);
    })
    .toBe(true);
  await ada.mouse.move(120, 90);
  await expect.poll(() => isDrawnAt(bob, 120, 90)).toBe(true);
  expect(await isDrawnAt(ada, 120, 90), "one's own pointer is the system's").toBe(false);

  await ada.mouse.move(320, 200);
  await ada.mouse.down();
  await ada.mouse.move(500, 300, { steps: 10 });
  for (const page of [ada, bob]) {
    await expect.poll(() => isDrawnAt(page, 520, 300)).toBe(true);
    await expect.poll(() => isDrawnAt(page, 320, 180)).toBe(false);
  }
  await ada.mouse.up();

  // Whoever has it last has it: Bob drags it back.
  await bob.mouse.move(500, 300);
  await bob.mouse.down();
  await bob.mouse.move(100, 330, { steps: 10 });
  await bob.mouse.up();
  await expect.poll(() => isDrawnAt(ada, 80, 330)).toBe(true);

  await ada.mouse.move(500, 600);
  await expect.poll(() => isDrawnAt(bob, 500, 300)).toBe(false);
});

test("a disc that is none leaves the canvas as it is", async ({ example, newPerson, roomName }) => {
  const page = await newPerson(`${example.url}#${roomName}`);
  await expect.poll(() => isDrawnAt(page, 320, 200)).toBe(true);
  const room = await stranger(example.url, roomName);
  const shown = async (x: number) => {
    room.moveCursor({ x, y: 60 });
    await expect.poll(() => isDrawnAt(page, x, 60)).toBe(true);
  };
  for (const [i, data] of [null, 7, {}, { x: "1", y: null }].entries()) {
    room.sendLatest("disc", data);
    // It is lossy, but nothing of one key overtakes: what comes later comes after it.
    await room.send("sent", i, { to: room.getSnapshot().peers.map(({ id }) => id) });
    await shown(100 + 20 * i);
  }
  expect(await isDrawnAt(page, 320, 200)).toBe(true);
  await room.leave();
});
