// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  createSignalingServer,
  type SignalingServer,
} from "../../../signaling-server/src/index.ts";
import { joinRoom, type Room } from "../index.ts";
import "./index.ts";
import type { RoomElement } from "./room-element.ts";

interface Types {
  presence: { name?: string };
}

/** A busy machine takes its time. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000 });

let server: SignalingServer;
let url: string;
let complaint: ReturnType<typeof vi.spyOn>;

beforeEach(async () => {
  complaint = vi.spyOn(console, "error").mockImplementation(() => {});
  server = createSignalingServer({ port: 0, host: "127.0.0.1", log: () => {} });
  await server.listen();
  url = server.url ?? "";
});
afterEach(async () => {
  document.body.replaceChildren();
  await new Promise((resolve) => setTimeout(resolve));
  await server.close();
  vi.restoreAllMocks();
});

async function bobIn(room = "r", name = "Bob"): Promise<{ bob: Room<Types>; log: string[] }> {
  const bob = joinRoom<Types>(room, { server: url, presence: { name } });
  onTestFinished(() => bob.leave());
  await bob.ready;
  const log: string[] = [];
  bob.on("join", ({ peer }) => log.push(`join ${peer.presence.name}`));
  bob.on("leave", ({ peer }) => log.push(`leave ${peer.presence.name}`));
  return { bob, log };
}
const faces = (of: Element | null) =>
  [...(of?.shadowRoot?.querySelectorAll("li") ?? [])].map(
    (li) => li.querySelector(".words")?.textContent,
  );
const page = (html: string) => {
  document.body.innerHTML = html.replaceAll("URL", url);
};
const errorsAt = (html: string): string[] => {
  const codes: string[] = [];
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  document.addEventListener(
    "skein-error",
    (event) => {
      const { error } = (event as CustomEvent<{ readonly error: { readonly code: string } }>)
        .detail;
      codes.push(error.code);
    },
    { signal: stop.signal },
  );
  page(html);
  return codes;
};
const get = (selector: string) => document.querySelector(selector) as RoomElement;

describe("elements of one room", () => {
  test("are one peer, there as long as one of them is", async () => {
    const { log } = await bobIn();
    page(`<skein-cursors server="URL" room="r" name="Ada"></skein-cursors>
      <skein-cursors server="URL" room="r" surface="b"><p>a board</p></skein-cursors>
      <skein-avatars server="URL" room="r"></skein-avatars>`);
    await eventually(() => expect(faces(get("skein-avatars"))).toEqual(["Bob"]));
    expect(log).toEqual(["join Ada"]);
    get("skein-cursors").remove();
    get("skein-cursors").remove();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(faces(get("skein-avatars"))).toEqual(["Bob"]);
    get("skein-avatars").remove();
    await eventually(() => expect(log).toEqual(["join Ada", "leave Ada"]));
  });

  test("an element that is moved stays in its room", async () => {
    const { bob, log } = await bobIn();
    page(`<skein-cursors server="URL" room="r" name="Ada"></skein-cursors><main></main>`);
    await eventually(() => expect(log).toEqual(["join Ada"]));
    get("main").append(get("skein-cursors"));
    await bob.send("moved" as never, undefined as never);
    expect(log).toEqual(["join Ada"]);
  });

  test("avatars without a room are in that of the cursors, whichever that is", async () => {
    await bobIn("r");
    await bobIn("s");
    page(`<skein-avatars></skein-avatars>
      <skein-cursors server="URL" room="r" name="Ada"></skein-cursors>`);
    await eventually(() => expect(faces(get("skein-avatars"))).toEqual(["Bob"]));
    const before = get("skein-avatars").getRoom();
    get("skein-cursors").setAttribute("room", "s");
    await eventually(() => expect(get("skein-avatars").getRoom()?.name).toBe("s"));
    expect(get("skein-avatars").getRoom()).not.toBe(before);
    expect(get("skein-avatars").getRoom()).toBe(get("skein-cursors").getRoom());
    await eventually(() => expect(faces(get("skein-avatars"))).toEqual(["Bob"]));
    get("skein-cursors").remove();
    await eventually(() => expect(faces(get("skein-avatars"))).toEqual([]));
  });

  test("whoever gives no name has words for it, of one's own language", async () => {
    for (const name of ["Bob", "", "Cleo"]) await bobIn("r", name);
    page(`<skein-avatars server="URL" room="r" max="2"></skein-avatars>`);
    const avatars = get("skein-avatars");
    await eventually(() =>
      expect(faces(avatars)).toEqual(["Bob", "Somebody without a name", "1 more"]),
    );
    avatars.setAttribute("unnamed", "Jemand ohne Namen");
    avatars.setAttribute("more", "weitere");
    await eventually(() =>
      expect(faces(avatars)).toEqual(["Bob", "Jemand ohne Namen", "1 weitere"]),
    );
  });

  test("more than fit are counted", async () => {
    for (let i = 0; i < 4; i++) await bobIn();
    page(`<skein-avatars server="URL" room="r" max="3"></skein-avatars>`);
    await eventually(() =>
      expect(faces(get("skein-avatars"))).toEqual(["Bob", "Bob", "Bob", "1 more"]),
    );
    get("skein-avatars").setAttribute("max", "2");
    await eventually(() => expect(faces(get("skein-avatars"))).toEqual(["Bob", "Bob", "2 more"]));
  });
});

describe("attributes", () => {
  test("a new name is seen by all, another room is another room", async () => {
    const { log, bob } = await bobIn("r");
    const there = await bobIn("s");
    page(`<skein-cursors server="URL" room="r" name="Ada"></skein-cursors>`);
    await eventually(() => expect(log).toEqual(["join Ada"]));
    get("skein-cursors").setAttribute("name", "Countess");
    await bob.waitFor(({ peers }) => peers[0]?.presence.name === "Countess");
    get("skein-cursors").setAttribute("room", "s");
    await eventually(() => expect(there.log).toEqual(["join Countess"]));
    await eventually(() => expect(log).toEqual(["join Ada", "leave Countess"]));
  });

  test("a name counts whichever element says it, and until it is taken away", async () => {
    const { bob } = await bobIn();
    const called = (name: string | undefined) =>
      eventually(() =>
        expect(bob.getSnapshot().peers.map(({ presence }) => presence.name)).toEqual([name]),
      );
    page(`<skein-avatars server="URL" room="r"></skein-avatars>
      <skein-cursors server="URL" room="r" name="Ada"></skein-cursors>`);
    await called("Ada");
    get("skein-avatars").setAttribute("name", "Countess");
    await called("Countess");
    get("skein-avatars").removeAttribute("name");
    await called("Ada");
    get("skein-cursors").removeAttribute("name");
    await called(undefined);
  });

  test("content may come later, be made anew, and go", async () => {
    page(`<skein-cursors server="URL" room="r"></skein-cursors>`);
    const board = get("skein-cursors");
    const over = (parent: Element) =>
      eventually(() =>
        expect([...document.querySelectorAll("skein-overlay")].map((o) => o.parentElement)).toEqual(
          [parent],
        ),
      );
    await over(document.documentElement);
    board.append(document.createElement("p"));
    await over(board);
    board.innerHTML = "<p>another</p>";
    await over(board);
    board.textContent = "words";
    await over(board);
    board.textContent = "";
    await over(document.documentElement);
  });

  test("a target may come later, and be made anew", async () => {
    const codes = errorsAt(
      `<skein-cursors server="URL" room="r" target="#t"></skein-cursors><main></main>`,
    );
    await eventually(() => expect(codes).toEqual(["bad-argument"]));
    expect(get("skein-cursors").getRoom()?.name).toBe("r");
    for (let i = 0; i < 2; i++) {
      const target = document.createElement("div");
      target.id = "t";
      get("main").replaceChildren(target);
      await eventually(() => expect(target.querySelector("skein-overlay")).not.toBeNull());
    }
    get("main").replaceChildren();
    await eventually(() => expect(codes).toHaveLength(2));
    // Not at each change of the page.
    get("main").append("more");
    get("skein-cursors").setAttribute("target", "main");
    await eventually(() => expect(document.querySelector("main > skein-overlay")).not.toBeNull());
    expect(codes).toHaveLength(2);
  });

  test("without content the cursors are over the page, with it over that, or over the target", async () => {
    page(`<skein-cursors id="page" server="URL" room="r"></skein-cursors>
      <skein-cursors id="own" server="URL" room="r" surface="own"><p>a board</p></skein-cursors>
      <skein-cursors server="URL" room="r" surface="t" target="#t"></skein-cursors><div id="t"></div>`);
    await eventually(() => expect(document.querySelectorAll("skein-overlay")).toHaveLength(3));
    expect([...document.querySelectorAll("skein-overlay")].map((o) => o.parentElement?.id)).toEqual(
      expect.arrayContaining(["", "own", "t"]),
    );
    get("#page").remove();
    await eventually(() => expect(document.querySelector("html > skein-overlay")).toBeNull());
  });
});

describe("what goes wrong", () => {
  test("is an event, and one line in the console", async () => {
    const codes = errorsAt(`<skein-cursors></skein-cursors>`);
    await eventually(() => expect(codes).toEqual(["bad-argument"]));
    expect(complaint.mock.calls).toEqual([[expect.stringContaining('<skein-cursors room="…">')]]);
    get("skein-cursors").setAttribute("surface", "s");
    await eventually(() => expect(codes).toHaveLength(2));
    expect(complaint).toHaveBeenCalledTimes(1);
    get("skein-cursors").setAttribute("server", url);
    get("skein-cursors").setAttribute("room", "r");
    await eventually(() => expect(document.querySelector("skein-overlay")).not.toBeNull());
  });

  test("of a room that two elements share is an event at each, and one line", async () => {
    const codes = errorsAt(`<skein-cursors server="http://127.0.0.1:9" room="r"></skein-cursors>
      <skein-avatars></skein-avatars>`);
    // It is asked again and again.
    await eventually(() => expect(codes.length).toBeGreaterThanOrEqual(4));
    expect(new Set(codes)).toEqual(new Set(["server-unreachable"]));
    expect(complaint).toHaveBeenCalledTimes(1);
  });

  test("a value that there is none of is named", async () => {
    const codes = errorsAt(
      `<skein-cursors server="URL" room="r" coordinates="miles"></skein-cursors>
       <skein-cursors server="URL" room="r" target="#nothing"></skein-cursors>
       <skein-cursors server="URL" room="r" target="##"></skein-cursors>`,
    );
    await eventually(() => expect(codes).toEqual(["bad-argument", "bad-argument", "bad-argument"]));
    expect(complaint.mock.calls.flat().join()).toMatch(/miles.*#nothing.*"##" is no CSS selector/s);
  });

  test("of cursors without a room keeps no avatars from the room of the next", async () => {
    await bobIn();
    page(`<skein-cursors></skein-cursors>
      <skein-cursors server="URL" room="r"></skein-cursors><skein-avatars></skein-avatars>`);
    await eventually(() => expect(faces(get("skein-avatars"))).toEqual(["Bob"]));
  });
});
