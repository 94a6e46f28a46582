// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createFaults, createTestHub } from "../testing/index.ts";
import {
  type AttachedInspector,
  attachInspector,
  type InspectorOptions,
  shareLinks,
} from "./index.ts";
import { INSPECT, LINKS } from "./link-table.ts";
import { REASONS } from "./reasons.ts";
import { StandInMesh } from "./stand-in-mesh.ts";

let mesh: StandInMesh;
let attached: AttachedInspector[];

beforeEach(() => {
  vi.useFakeTimers();
  mesh = new StandInMesh(5);
  attached = [];
});
afterEach(() => {
  for (const inspector of attached) inspector();
  vi.useRealTimers();
  document.body.replaceChildren();
});

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1_000);

function inspect(options: InspectorOptions = {}) {
  const inspector = attachInspector(mesh.room(0), options);
  attached.push(inspector);
  const host = document.querySelector("skein-inspector");
  const root = host?.shadowRoot;
  if (root == null) throw new Error("There is no inspector.");
  const all = (selector: string) => [...root.querySelectorAll<HTMLElement>(selector)];
  const one = (selector: string) => {
    const [found] = all(selector);
    if (found === undefined) throw new Error(`There is no ${selector}.`);
    return found;
  };
  const named = (selector: string, text: string | RegExp) => {
    const found = all(selector).find(({ textContent }) => textContent?.match(text));
    if (found === undefined) throw new Error(`No ${selector} says ${text}.`);
    return found;
  };
  return { inspector, root, all, one, named };
}

const shareAll = () => {
  for (const [index] of mesh.members.entries()) if (index > 0) shareLinks(mesh.room(index));
};
const lines = (all: (selector: string) => HTMLElement[]) =>
  all(".graph .link").map((path) => path.getAttribute("data-line"));

test("alone it shows one's own links; with what others tell, all of the mesh", async () => {
  const { all, one } = inspect({ open: true });
  expect(lines(all)).toHaveLength(4);
  expect(one(".verdict").textContent).toBe("All 4 links are well");
  expect(one(".verdict-note").textContent).toMatch(/^4 of 4 others do not tell/);
  shareAll();
  await seconds(12);
  expect(lines(all)).toHaveLength(10);
  expect(one(".verdict").textContent).toBe("All 10 links are well");
  expect(one(".verdict-note").hidden).toBe(true);
  expect(all(".member .label").map(({ textContent }) => textContent)).toEqual([
    "You",
    "Brant",
    "Crane",
    "Curlew",
    "Dunlin",
  ]);
});

test("one broken link between two others is named, marked, and explained with what to do", async () => {
  shareAll();
  const { all, one, named } = inspect({ open: true, help: "https://docs.example/trouble" });
  await seconds(2);
  mesh.set(2, 4, { path: "server", reason: "turn-unreachable" });
  await seconds(2);
  expect(one(".verdict").textContent).toBe("1 of 10 links is broken");
  expect(lines(all).filter((line) => line === "broken")).toHaveLength(1);
  expect(all(".graph .badge")).toHaveLength(1);
  expect(all(".hurt .label").map(({ textContent }) => textContent)).toEqual(["Crane", "Dunlin"]);
  expect(one(".graph").getAttribute("aria-label")).toBe(
    "5 members. 1 of 10 links is broken. Crane – Dunlin: broken, turn-unreachable.",
  );
  const culprit = named(".culprit", "Crane – Dunlin: turn-unreachable");
  culprit.click();
  expect(one(".why").textContent).toContain(REASONS["turn-unreachable"].meaning);
  expect(one(".advice").textContent).toBe(REASONS["turn-unreachable"].advice);
  expect(one(".help").getAttribute("href")).toBe("https://docs.example/trouble");
  named(".tab", "Hand-overs").click();
  expect(all(".happening").map(({ textContent }) => textContent)).toEqual([
    expect.stringMatching(/Crane – Dunlin.*direct → server.*turn-unreachable/),
  ]);
  mesh.set(2, 4, { path: "direct", reason: null });
  await seconds(2);
  expect(one(".verdict").textContent).toBe("All 10 links are well");
  expect([all(".graph .badge"), all(".culprit")]).toEqual([[], []]);
});

test("waiting at the server is broken only where WebRTC failed", async () => {
  mesh.set(0, 1, { path: "server", reason: "no-seat" });
  mesh.set(0, 2, { path: "server", reason: "connecting" });
  mesh.set(0, 3, { path: "relay", reason: null });
  const { all, one } = inspect({ open: true });
  expect(lines(all)).toEqual(["server", "trying", "relay", "direct"]);
  expect(one(".verdict").textContent).toBe("1 of 4 links is still opening");
});

test("two ends that differ are as bad as the worse one, and it is said", async () => {
  const { one, named } = inspect({ open: true });
  vi.spyOn(mesh.room(1), "stats").mockImplementation(() => {
    const stats = mesh.room(2).stats();
    const [link] = Object.values(stats.peers);
    if (link === undefined) throw new Error("No link to tell of.");
    const self = mesh.room(0).getSnapshot().self?.id ?? "";
    return { ...stats, peers: { [self]: { ...link, path: "server", reason: "path-lost" } } };
  });
  shareLinks(mesh.room(1));
  await seconds(12);
  named(".culprit", "You – Brant: path-lost").click();
  expect(one(".why").textContent).toContain(
    "The two ends differ: you send on direct, Brant sends on server.",
  );
});

test("the table has each own link with figures, by keyboard and in words", async () => {
  const { all, one, named } = inspect({ open: true });
  await seconds(3);
  expect(all("thead th").map(({ textContent }) => textContent)).toEqual([
    "Link",
    "Path",
    "Round trip",
    "Rate",
  ]);
  const [row] = all("tbody tr");
  expect(row?.textContent).toMatch(/^Brantdirect\d.* ms\d.* k?B\/s$/);
  const button = named(".row-name", "Curlew");
  expect(button.getAttribute("aria-expanded")).toBe("false");
  button.click();
  expect(button.getAttribute("aria-expanded")).toBe("true");
  expect(one(".detail").hidden).toBe(false);
  expect(one(".detail").textContent).toMatch(/You – Curlew.*Straight from browser to browser/);
  expect(one(".figures").textContent).toMatch(/Sent\d.*frames/);
  button.click();
  expect(one(".detail").hidden).toBe(true);
});

describe("nobody tells anything", () => {
  test("until somebody looks, and not after", async () => {
    shareAll();
    const { inspector } = inspect();
    mesh.set(1, 2, { path: "server", reason: "timeout" });
    await seconds(30);
    expect(mesh.log).toEqual([]);
    inspector.open();
    await seconds(3);
    expect(mesh.log).toContain(`2 ${LINKS} 0`);
    // Only to whoever looks.
    expect(mesh.log.filter((line) => / skein:links [^0]/.test(line))).toEqual([]);
    inspector.close();
    const told = mesh.log.length;
    await seconds(60);
    expect(mesh.log).toHaveLength(told);
  });

  test("more than once a second, however a path flaps and whoever comes", async () => {
    shareLinks(mesh.room(1));
    mesh.members[1]?.hear(INSPECT, { on: true }, 0);
    mesh.members[1]?.hear(INSPECT, { on: true }, 2);
    await seconds(1);
    const before = mesh.log.length;
    for (let turn = 0; turn < 100; turn++) {
      mesh.set(1, 3, { path: turn % 2 === 0 ? "server" : "direct" });
      mesh.members[1]?.hear(INSPECT, { on: turn % 2 === 1 }, 2);
      await vi.advanceTimersByTimeAsync(100);
    }
    const tables = mesh.log.slice(before).filter((line) => line.startsWith(`1 ${LINKS}`));
    // Each goes to two.
    expect(tables.length).toBeGreaterThan(10);
    expect(tables.length).toBeLessThanOrEqual(2 * 10);
  });

  test("once whoever looked is not heard of any more", async () => {
    shareLinks(mesh.room(1));
    mesh.members[1]?.hear(INSPECT, { on: true }, 3);
    await seconds(10);
    const told = mesh.log.length;
    expect(told).toBeGreaterThan(8);
    await seconds(60);
    expect(mesh.log.length).toBeLessThan(told + 20);
    const last = mesh.log.length;
    await seconds(60);
    expect(mesh.log).toHaveLength(last);
  });

  test("at what strangers ask, nor draws what they tell", async () => {
    const undo = shareLinks(mesh.room(1));
    for (const data of [null, 7, {}, { on: 1 }, []]) mesh.members[1]?.hear(INSPECT, data, 2);
    await seconds(5);
    expect(mesh.log).toEqual([]);
    undo();
    const { all } = inspect({ open: true });
    const id = mesh.peer(3, 0).id;
    for (const data of [
      null,
      "table",
      [[id, "teleport", null, 1, 1]],
      [[7, "direct", null, 1, 1], null, [id.repeat(9), "direct"]],
      [["nobody-of-this-room", "server", "ice-failed", 1, 1]],
    ]) {
      mesh.members[0]?.hear(LINKS, data, 2);
    }
    await seconds(2);
    expect(lines(all)).toHaveLength(4);
    mesh.members[0]?.hear(LINKS, [[id, "server", "<img>", -5, {}]], 2);
    await seconds(2);
    expect(lines(all)).toEqual(["direct", "direct", "direct", "direct", "server"]);
  });
});

test("a report has figures and reasons, and nothing of anybody", async () => {
  shareAll();
  const { inspector } = inspect({ open: true });
  await seconds(2);
  mesh.set(0, 3, { path: "server", reason: "ice-failed" });
  mesh.set(1, 2, { path: "relay" });
  await seconds(2);
  const report = inspector.report();
  expect(report).toMatch(/^Status: connected$/m);
  expect(report).toMatch(/^Links \(10, 1 broken\):$/m);
  expect(report).toMatch(
    /^self–P3, server, ice-failed, rtt [\d.]+ ms, hand-overs 1, attempts 1, sent/m,
  );
  expect(report).toMatch(/^P1–P2, relay, -,/m);
  expect(report).toMatch(/^[\d.]+ s ago {2}self–P3 {2}direct → server {2}ice-failed$/m);
  const secrets = ["secret", "Avocet", "Brant", "Curlew", 'presence"', location.origin];
  for (let i = 0; i < 5; i++) secrets.push(mesh.peer(i, 0).id, mesh.peer(i, 0).id.slice(0, 8));
  for (const secret of secrets) expect(report).not.toContain(secret);
});

test("what cannot be copied can be selected", async () => {
  vi.stubGlobal("navigator", { userAgent: "A browser" });
  const { one, named } = inspect({ open: true });
  named("button", "Copy as bug report").click();
  await seconds(0);
  const area = one("textarea") as HTMLTextAreaElement;
  expect(area.hidden).toBe(false);
  expect(area.value).toContain("Status: connected");
  vi.unstubAllGlobals();
});

test("fault switches are those that the faults offer, and follow what others do", async () => {
  const log: string[] = [];
  const active = { webrtc: false, socket: false };
  const fault = (name: string) => {
    log.push(name);
    return () => log.push(`not ${name}`);
  };
  const { all, named, one } = inspect({
    open: true,
    faults: {
      cut: (what) => {
        active[what] = true;
        const mend = fault(`cut ${what}`);
        return () => {
          active[what] = false;
          mend();
        };
      },
      delay: (ms) => fault(`delay ${ms}`),
      mend: () => {
        active.webrtc = false;
        log.push("mend");
      },
      active,
    },
  });
  const toggle = named("[role=switch]", "WebSocket");
  toggle.click();
  expect(toggle.getAttribute("aria-checked")).toBe("true");
  toggle.click();
  expect(toggle.getAttribute("aria-checked")).toBe("false");
  const select = one("select") as HTMLSelectElement;
  for (const value of ["150", "500", "0"]) {
    select.value = value;
    select.dispatchEvent(new Event("change"));
  }
  expect(log).toEqual([
    "cut socket",
    "not cut socket",
    "delay 150",
    "not delay 150",
    "delay 500",
    "not delay 500",
  ]);
  expect(all("select")).toHaveLength(1);
  active.webrtc = true;
  await seconds(2);
  const webrtc = named("[role=switch]", "WebRTC");
  expect(webrtc.getAttribute("aria-checked")).toBe("true");
  webrtc.click();
  expect([log.at(-1), webrtc.getAttribute("aria-checked")]).toEqual(["mend", "false"]);
});

test("faults of the testing kit fit", () => {
  const hub = createTestHub();
  const room = hub.join("Ada");
  const inspector = attachInspector(room, { open: true, faults: createFaults(room) });
  attached.push(inspector);
  const root = document.querySelector("skein-inspector")?.shadowRoot;
  const toggle = root?.querySelector<HTMLElement>("[role=switch]");
  toggle?.click();
  expect(createFaults(room).active.webrtc).toBe(true);
  toggle?.click();
  expect(createFaults(room).active.webrtc).toBe(false);
  inspector();
  return hub.close();
});

test("delays and losses show what is wrong, whoever did it", async () => {
  await using hub = createTestHub();
  const room = hub.join("Ada");
  const faults = createFaults(room);
  attached.push(attachInspector(room, { open: true, faults }));
  const root = document.querySelector("skein-inspector")?.shadowRoot;
  const shown = () => [...(root?.querySelectorAll("select") ?? [])].map(textOf);
  const textOf = ({ options, value }: HTMLSelectElement) =>
    [...options].find((option) => option.value === value)?.textContent;
  expect(shown()).toEqual(["none", "none"]);
  const undo = faults.delay(150);
  faults.loss(0.02);
  await seconds(2);
  expect(shown()).toEqual(["150 ms", "2 %"]);
  faults.delay(70);
  await seconds(2);
  expect(shown()).toEqual(["220 ms", "2 %"]);
  undo();
  await seconds(2);
  expect(shown()).toEqual(["70 ms", "2 %"]);
  faults.mend();
  await seconds(2);
  expect(shown()).toEqual(["none", "none"]);
});

test("floating and closed, a button says how the room is; open, Escape closes it", async () => {
  const { inspector, one } = inspect();
  expect(inspector.isOpen).toBe(false);
  expect(one(".panel").hidden).toBe(true);
  expect(one(".pill").textContent).toBe("All 4 links are well");
  mesh.set(0, 1, { path: "server", reason: "timeout" });
  await seconds(1);
  expect(one(".pill").textContent).toBe("1 of 4 links is broken");
  one(".pill").focus();
  one(".pill").click();
  expect([inspector.isOpen, one(".panel").hidden, one(".pill").hidden]).toEqual([
    true,
    false,
    true,
  ]);
  one(".panel").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  expect(inspector.isOpen).toBe(false);
});

test("detached, nothing of it is left", async () => {
  const before = mesh.members[0]?.listening;
  const { inspector } = inspect({ open: true });
  await seconds(2);
  inspector();
  expect(mesh.members[0]?.listening).toBe(before);
  expect(document.querySelector("skein-inspector")).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
  inspector.open();
  expect(inspector.isOpen).toBe(false);
});

test("links are shared until the last who asked for it is done", () => {
  const undo = [shareLinks(mesh.room(1)), shareLinks(mesh.room(1))];
  const listening = mesh.members[1]?.listening;
  undo[0]?.();
  undo[0]?.();
  expect(mesh.members[1]?.listening).toBe(listening);
  undo[1]?.();
  expect(mesh.members[1]?.listening).toBe(0);
});

test("options are checked at the call", () => {
  const bad = (options: object) => () => attachInspector(mesh.room(0), options as InspectorOptions);
  const code = (name: string) => expect.objectContaining({ code: name });
  expect(bad({ elment: null })).toThrow(code("not-supported"));
  expect(bad({ element: {} })).toThrow(code("bad-argument"));
  expect(bad({ open: 1 })).toThrow(code("bad-argument"));
  expect(bad({ scheme: "pink" })).toThrow(code("bad-argument"));
  expect(bad({ faults: true })).toThrow(code("bad-argument"));
  for (const help of ["javascript:alert(1)", "//evil.example", 7]) {
    expect(bad({ help })).toThrow(code("bad-argument"));
  }
  expect(document.querySelector("skein-inspector")).toBeNull();
});
