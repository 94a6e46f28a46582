import type { BrowserContext, Page } from "@playwright/test";
import { loaded } from "../library.ts";
import type {} from "../pages/room/main.ts";
import { type BrowserKind, BrowserPool } from "./browsers.ts";
import type { Service } from "./command.ts";
import { Coturn } from "./coturn.ts";
import { LAB_TURN, origin, type TurnAccess } from "./drivers.ts";
import { Lab } from "./lab.ts";
import { startSkeinServer } from "./skeinDriver.ts";
import type { HostPlan } from "./topology.ts";

export interface TabsSetup {
  hosts: Readonly<Record<string, HostPlan>>;
  /** `null`: only STUN is handed out, so that nothing but a direct path can be opened. */
  turn?: TurnAccess | null;
}

/** Tabs with the library on hosts of a lab, and servers that can be stopped and started. */
export class TabsLab {
  readonly lab: Lab;
  readonly coturn: Coturn;
  readonly #turn: TurnAccess | null;
  readonly #browsers: BrowserPool;
  readonly #contexts: BrowserContext[] = [];
  #server: Service;

  private constructor(lab: Lab, coturn: Coturn, turn: TurnAccess | null, server: Service) {
    this.lab = lab;
    this.coturn = coturn;
    this.#turn = turn;
    this.#browsers = new BrowserPool(lab);
    this.#server = server;
  }

  static async create({ hosts, turn = LAB_TURN }: TabsSetup): Promise<TabsLab> {
    const lab = await Lab.create(hosts);
    try {
      const coturn = await Coturn.start(lab);
      return new TabsLab(lab, coturn, turn, await startSkeinServer(lab, turn));
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** Opens the test page in a context, and so a process, of its own. */
  async open(host: string, kind: BrowserKind, before?: () => void): Promise<Page> {
    const browser = await this.#browsers.get(this.lab.host(host), kind);
    const context = await browser.newContext();
    this.#contexts.push(context);
    const page = await context.newPage();
    if (before !== undefined) await page.addInitScript(before);
    await page.goto(origin(this.lab));
    await loaded(page);
    return page;
  }

  stopServer(signal: NodeJS.Signals): Promise<void> {
    return this.#server.stop(signal);
  }

  async startServer(): Promise<void> {
    this.#server = await startSkeinServer(this.lab, this.#turn);
  }

  /** Closes all tabs; browsers and servers stay. */
  async closeTabs(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
  }

  async close(): Promise<void> {
    await this.#browsers.close();
    await this.lab.close();
  }
}

/** What a tab notes of everything that happens to it, times on its own `performance.now()`. */
export interface Notes {
  /** Arrivals of cursors by peer. */
  readonly cursors: Record<string, number[]>;
  readonly paths: { at: number; peer: string; path: string }[];
  readonly leaves: string[];
  readonly missed: string[];
  /** Numbers of messages, by sender, in order of arrival. */
  readonly received: Record<string, number[]>;
  /** Own messages by number; `to` null: to everybody. */
  readonly sent: { to: string | null }[];
  /** Messages for which `send` has not resolved. */
  unresolved: number;
  /** Peers that `send` said had missed something. */
  readonly reportedMissed: string[];
  stop(): void;
}

declare global {
  var notes: Notes | undefined;
}

/** 60 Hz. */
export const CURSOR_EVERY_MS = 1000 / 60;

/**
 * Joins a room, notes what happens, and streams a cursor. Runs inside a page, by `page.evaluate`,
 * and so uses nothing from outside its own body.
 */
export async function take([name, cursorEveryMs]: readonly [string, number]): Promise<string> {
  const { skein } = window;
  const room = skein.joinRoom(name);
  skein.room = room;
  let moving: ReturnType<typeof setInterval> | undefined;
  const notes: Notes = {
    cursors: {},
    paths: [],
    leaves: [],
    missed: [],
    received: {},
    sent: [],
    unresolved: 0,
    reportedMissed: [],
    stop: () => clearInterval(moving),
  };
  globalThis.notes = notes;
  room.on("cursor", ({ peer }) => {
    notes.cursors[peer.id] ??= [];
    notes.cursors[peer.id]?.push(performance.now());
  });
  room.on("path", ({ peer, path }) =>
    notes.paths.push({ at: performance.now(), peer: peer.id, path }),
  );
  room.on("leave", ({ peer }) => notes.leaves.push(peer.id));
  room.on("missed", ({ peer }) => notes.missed.push(peer.id));
  room.onMessage("numbered", ({ data, peer }) => {
    notes.received[peer.id] ??= [];
    notes.received[peer.id]?.push(Number(data));
  });
  await room.ready;
  let x = 0;
  moving = setInterval(() => room.moveCursor({ x: x++, y: 0 }), cursorEveryMs);
  return room.getSnapshot().self?.id ?? "";
}

/** Joins a room in each tab; resolves with their ids when all see each other. */
export async function gather(pages: readonly Page[], room: string): Promise<string[]> {
  const ids = await Promise.all(
    pages.map((page) => page.evaluate(take, [room, CURSOR_EVERY_MS] as const)),
  );
  await Promise.all(
    pages.map((page) =>
      page.evaluate(
        (others) => window.skein.room?.waitFor((s) => s.peers.length === others),
        pages.length - 1,
      ),
    ),
  );
  return ids;
}

/**
 * Begins to send numbered messages of so many characters at least, to everybody and to single peers
 * in turn. Runs inside a page, after `take`.
 */
export function talk([everyMs, length = 0]: readonly [everyMs: number, length?: number]): void {
  const { notes } = globalThis;
  const { room } = window.skein;
  if (notes === undefined || room === undefined) throw new Error("join first");
  const timer = setInterval(() => {
    const { peers } = room.getSnapshot();
    const number = notes.sent.length;
    // One to all, then one to each peer in turn.
    const turn = number % (peers.length + 1);
    const to = turn === 0 ? null : (peers[turn - 1]?.id ?? null);
    const text = `${number}`.padEnd(length);
    let sending: ReturnType<typeof room.send>;
    try {
      sending = room.send("numbered", text, to === null ? {} : { to });
    } catch (error) {
      // One who listens to nothing cannot be told more for now, and the caller knows it at once.
      if ((error as { code?: string }).code === "queue-full") return;
      throw error;
    }
    notes.sent.push({ to });
    notes.unresolved += 1;
    void sending.then(({ missed }) => {
      notes.unresolved -= 1;
      notes.reportedMissed.push(...missed);
    });
  }, everyMs);
  const stop = notes.stop;
  notes.stop = () => {
    stop();
    clearInterval(timer);
  };
}

export const now = (page: Page): Promise<number> => page.evaluate(() => performance.now());

export async function notesOf(page: Page): Promise<Omit<Notes, "stop">> {
  return page.evaluate(() => {
    if (globalThis.notes === undefined) throw new Error("join first");
    const { stop: _, ...rest } = globalThis.notes;
    return rest;
  });
}

/** The longest time without an arrival between two moments, both of them on the arrivals' clock. */
export function longestGap(arrivals: readonly number[], from: number, to: number): number {
  const inside = arrivals.filter((at) => at > from && at < to);
  // A gap counts whole, also the part of it before `from`: that is what somebody saw.
  const before = arrivals.findLast((at) => at <= from) ?? from;
  const moments = [before, ...inside, to];
  return Math.max(...moments.slice(1).map((at, index) => at - (moments[index] ?? at)));
}

/** The same over everybody whose cursors arrived, and the worst of them. */
export function worstGap(notes: Pick<Notes, "cursors">, from: number, to: number): number {
  const gaps = Object.values(notes.cursors).map((times) => longestGap(times, from, to));
  // Where no cursor ever arrived the gap has no end.
  return gaps.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...gaps);
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
