// @vitest-environment happy-dom
import { readFile } from "node:fs/promises";
import type { Room, RoomSnapshot } from "skein";
import { createTestHub, type TestHub } from "skein/testing";
import { createEffect, createRoot } from "solid-js";
import { get } from "svelte/store";
import { beforeEach, expect, test, vi } from "vitest";
import { createApp, defineComponent, effectScope, h, watch } from "vue";
import { createSkein } from "./solid.ts";
import { skein } from "./svelte.ts";
import { useSkein } from "./vue.ts";

// Node finds Solid for servers, where nothing reacts.
vi.mock("solid-js", () => vi.importActual("solid-js/dist/solid.js"));

interface Types {
  presence: { name: string; mood?: string };
}

let hub: TestHub;
let ada: Room<Types>;
let bob: Room<Types>;

beforeEach(async () => {
  hub = createTestHub();
  ada = hub.join<Types>("Ada");
  bob = hub.join<Types>("Bob");
  await hub.settle();
  return () => hub.close();
});

const nameOfBob = ({ peers }: { readonly peers: readonly { presence: { name: string } }[] }) =>
  peers[0]?.presence.name ?? "nobody";

/** What a page shows, first and after Bob calls himself something else; then it goes. */
async function expectToFollow(shown: () => string | null, end: () => void): Promise<void> {
  expect(shown()).toBe("Bob");
  bob.setPresence({ name: "Robert" });
  await hub.settle();
  expect(shown()).toBe("Robert");
  end();
}

/** How many watch the room, counted from now on. */
function countWatchers(room: Room<Types>): () => number {
  let watching = 0;
  const watch = room.watch.bind(room);
  vi.spyOn(room, "watch").mockImplementation((select, run, options) => {
    const undo = watch(select, run, options);
    watching += 1;
    return () => {
      watching -= 1;
      undo();
    };
  });
  return () => watching;
}

test("Vue", async () => {
  const watchers = countWatchers(ada);
  const page = document.createElement("div");
  const Names = defineComponent(() => {
    const name = useSkein(ada, nameOfBob);
    return () => h("p", name.value);
  });
  const app = createApp(Names);
  app.mount(page);
  expect(watchers()).toBe(1);
  await expectToFollow(
    () => page.textContent,
    () => app.unmount(),
  );
  expect(watchers()).toBe(0);
});

test("Svelte", async () => {
  const watchers = countWatchers(ada);
  const store = skein(ada, nameOfBob);
  const seen: string[] = [];
  expect(watchers()).toBe(0);
  const undo = store.subscribe((name) => seen.push(name));
  expect(watchers()).toBe(1);
  await expectToFollow(() => seen.at(-1) ?? null, undo);
  expect(watchers()).toBe(0);
  bob.setPresence({ name: "Rob" });
  await hub.settle();
  expect(get(store), "who comes later begins with what is").toBe("Rob");
});

test("Solid", async () => {
  const watchers = countWatchers(ada);
  const seen: string[] = [];
  const dispose = createRoot((end) => {
    const name = createSkein(ada, nameOfBob);
    createEffect(() => void seen.push(name()));
    return end;
  });
  expect(watchers()).toBe(1);
  await expectToFollow(() => seen.at(-1) ?? null, dispose);
  expect(watchers()).toBe(0);
});

test("what is equal is not told again", async () => {
  const names = ({ peers }: RoomSnapshot<Types>) => peers.map(({ presence }) => presence.name);
  const same = (a: string[], b: string[]) => a.join() === b.join();
  const seen: Record<string, number> = { vue: 0, svelte: 0, solid: 0 };
  const count = (what: string) => {
    seen[what] = (seen[what] ?? 0) + 1;
  };
  const scope = effectScope();
  scope.run(() => {
    const part = useSkein(ada, names, same);
    watch(part, () => count("vue"), { flush: "sync" });
  });
  const undo = skein(ada, names, same).subscribe(() => count("svelte"));
  const dispose = createRoot((end) => {
    const part = createSkein(ada, names, same);
    createEffect(() => {
      part();
      count("solid");
    });
    return end;
  });
  const before = { ...seen };
  bob.setPresence({ mood: "glad" });
  await hub.settle();
  expect(ada.getSnapshot().peers[0]?.presence.mood).toBe("glad");
  expect(seen).toEqual(before);
  bob.setPresence({ name: "Robert" });
  await hub.settle();
  expect(seen).toEqual(Object.fromEntries(Object.entries(before).map(([k, n]) => [k, n + 1])));
  scope.stop();
  undo();
  dispose();
});

for (const name of ["vue", "svelte", "solid"]) {
  test(`docs/recipes.md shows ${name}.ts as it is`, async () => {
    const [page, file] = await Promise.all(
      ["../recipes.md", `${name}.ts`].map((path) =>
        readFile(new URL(path, import.meta.url), "utf8"),
      ),
    );
    expect(page).toContain(`\`\`\`ts\n${file}\`\`\``);
    expect(page).toMatch(/a dozen lines\s+at most/);
    const lines = file?.slice(file.indexOf("export function")).trim().split("\n") ?? [];
    expect(lines.length).toBeLessThanOrEqual(12);
  });
}
