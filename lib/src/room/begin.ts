/** What a room is made of besides, once all that it does not need to join is loaded. */
import { Attending } from "./attending.ts";
import { CursorSender } from "./cursor-sender.ts";
import { Gathering } from "./gathering.ts";
import { Greeting } from "./greeting.ts";
import { Interests } from "./interests.ts";
import { LatestSender } from "./latest-sender.ts";
import { LinkReporter } from "./link-report.ts";
import { MovingOutlet } from "./moving-outlet.ts";
import type { AnyOptions } from "./options.ts";
import type { RoomParts } from "./parts.ts";
import { watchSeat } from "./seat-watch.ts";

export function begin(room: RoomParts, { reportPaths }: AnyOptions): void {
  const { clock, members, motion, outlet, seats, self, server, signaling } = room;
  const moving = new MovingOutlet(room);
  room.attending = new Attending(room);
  room.acks = new Gathering(room);
  room.interests = new Interests(room);
  seats.watch = watchSeat(room);
  const cursor = new CursorSender(clock, moving);
  room.greeting = new Greeting(members, server, outlet, cursor);
  motion.begin(cursor, new LatestSender(clock, moving));
  if (!reportPaths) return;
  room.report = new LinkReporter(clock, {
    paths: () => outlet.links.map(({ path }) => path),
    send: (report) => signaling.say("report", report),
  });
  if (self.info !== null) room.report.welcomed();
}
