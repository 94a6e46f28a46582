// @vitest-environment happy-dom
import { readFile } from "node:fs/promises";
import { joinRoom, type Room } from "skein";
import { createSignalingServer, type SignalingServer } from "skein-server";
import { createEffect, createRoot } from "solid-js";
import { get } from "svelte/store";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createApp, defineComponent, h } from "vue";
import { createSkein } from "./solid.ts";
import { skein } from "./svelte.ts";
import { useSkein } from "./vue.ts";

// Node finds Solid for servers, where nothing reacts.
vi.mock("solid-js", () => vi.importActual("solid-js/dist/solid.js"));

interface Types {
  presence: { name: string };
}

/** A busy machine takes its time. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000 });

let server: SignalingServer;
let ada: Room<Types>;
let bob: Room<Types>;
let rooms = 0;

beforeAll(async () => {
  server = createSignalingServer({ port: 0, host: "127.0.0.1", log: () => {} });
  await server.listen();
});
afterAll(() => server.close());
beforeEach(async () => {
  const join = (name: string) =>
    joinRoom<Types>(`r${rooms}`, {
      server: server.url ?? "",
      presence: { name },
      paths: "server",
    });
  rooms += 1;
  ada = join("Ada");
  bob = join("Bob");
  await Promise.all([ada.ready, bob.ready]);
  await ada.waitFor(({ peers }) => peers.length === 1);
  return async () => {
    await Promise.all([ada.leave(), bob.leave()]);
  };
});

const nameOfBob = ({ peers }: { readonly peers: readonly { presence: { name: string } }[] }) =>
  peers[0]?.presence.name ?? "nobody";

/** What a page shows, first and after Bob calls himself something else; then it goes. */
async function expectToFollow(shown: () => string | null, end: () => void): Promise<void> {
  await eventually(() => expect(shown()).toBe("Bob"));
  bob.setPresence({ name: "Robert" });
  await eventually(() => expect(shown()).toBe("Robert"));
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
  await ada.waitFor((now) => nameOfBob(now) === "Rob");
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

for (const name of ["vue", "svelte", "solid"]) {
  test(`docs/recipes.md shows ${name}.ts as it is`, async () => {
    const [page, file] = await Promise.all(
      ["../recipes.md", `${name}.ts`].map((path) =>
        readFile(new URL(path, import.meta.url), "utf8"),
      ),
    );
    expect(page).toContain(`\`\`\`ts\n${file}\`\`\``);
  });
}
