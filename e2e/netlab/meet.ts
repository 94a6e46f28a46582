import type { PathReason } from "skein";
import type {} from "../pages/room/main.ts";
import type { ExpectedPath } from "./expectedPath.ts";

/** What one end of a link measured. */
export interface Met {
  secureContext: boolean;
  /** From `joinRoom` to the arrival here of the other's first message, in ms. */
  firstMessageMs: number;
  /** The same for its first cursor. */
  firstCursorMs: number;
  path: ExpectedPath;
  reason: PathReason | null;
  /** From `joinRoom` until it was on the path that it then stayed on, in ms. */
  settledMs: number;
  /** For people: path, reason, and how many attempts and hand-overs there were. */
  detail: string;
}

/**
 * Joins a room of two, streams a cursor, says a message as soon as there is somebody, and waits
 * until the link has settled: on a WebRTC path, or, when the first attempt has failed, on the
 * server's. It runs inside a page, by `page.evaluate`, and so uses nothing from outside its own
 * body.
 */
export async function meet(name: string): Promise<Met> {
  /** A browser may move to a better pair after the first that works; then it has settled. */
  const SETTLED_MS = 1500;
  /** Time for two to meet, for both ends' attempts to fail, and a busy machine. */
  const LIMIT_MS = 40_000;
  const FRAME_MS = 1000 / 60;

  const start = performance.now();
  const { skein } = window;
  const room = skein.joinRoom(name);
  skein.room = room;
  const since = () => performance.now() - start;
  const first = <T>(subscribe: (done: () => void) => T) =>
    new Promise<number>((resolve, reject) => {
      subscribe(() => resolve(since()));
      setTimeout(
        () => reject(new Error(`nothing came: ${JSON.stringify(room.getSnapshot())}`)),
        LIMIT_MS,
      );
    });
  const cursor = first((done) => room.on("cursor", done));
  const message = first((done) => room.onMessage("greeting", done));
  let x = 0;
  const moving = setInterval(() => room.moveCursor({ x: x++, y: 0 }), FRAME_MS);
  const other = room.waitFor(({ peers }) => peers[0]?.id);
  void other.then((to) => room.send("greeting", "hello", { to }));

  const settled = new Promise<number>((resolve, reject) => {
    let wait: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      const peer = room.getSnapshot().peers[0];
      const decided = peer !== undefined && peer.pathReason !== "connecting";
      clearTimeout(wait);
      const at = since();
      if (decided) wait = setTimeout(() => resolve(at), SETTLED_MS);
    };
    room.watch(({ peers }) => `${peers[0]?.path} ${peers[0]?.pathReason}`, look);
    look();
    setTimeout(() => {
      const now = JSON.stringify([room.getSnapshot().peers, room.stats()]);
      reject(new Error(`not settled after ${LIMIT_MS} ms: ${now}`));
    }, LIMIT_MS);
  });
  try {
    const [firstCursorMs, firstMessageMs, settledMs] = await Promise.all([
      cursor,
      message,
      settled,
    ]);
    const peer = room.getSnapshot().peers[0];
    const path = peer?.path ?? "server";
    const stats = room.stats().peers[peer?.id ?? ""];
    return {
      secureContext: isSecureContext,
      firstMessageMs,
      firstCursorMs,
      path,
      reason: peer?.pathReason ?? null,
      settledMs,
      detail: `${path}${peer?.pathReason ? ` (${peer.pathReason})` : ""} attempts=${stats?.attempts} hand-overs=${stats?.handovers}`,
    };
  } finally {
    clearInterval(moving);
  }
}
