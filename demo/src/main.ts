// Before anything that opens a WebSocket.
import "./socket-cable.ts";

import { joinRoom } from "skein";
import { layCable } from "./cable.ts";
import { Company } from "./company.ts";
import { showCuts } from "./cuts.ts";
import { beat } from "./heartbeat.ts";
import { linkTo, showInvitation } from "./invite.ts";
import { Measure } from "./measure.ts";
import { keepName, newName, ownName, roomFromAddress } from "./names.ts";
import { announceComings } from "./news.ts";
import { find } from "./page.ts";
import { showPane } from "./pane.ts";
import { showPeople } from "./people.ts";
import type { DemoRoom, DemoTypes } from "./presence.ts";
import { showProblem, showStatus } from "./status.ts";

const { name: roomName, fresh } = roomFromAddress();
const name = ownName();
keepName(name);

const cable = layCable();
const room = enter();
// What went wrong is on the page: snapshot.error, in status.ts.
room.ready.catch(() => {});

document.title = `${roomName} · Skein`;
find("#room-name", HTMLElement).textContent = roomName;
showInvitation(linkTo(roomName));
showStatus(room);
showPane(find("#pane-own", HTMLElement), room);
showPeople(room, (typed) => {
  const next = typed.trim() || newName();
  keepName(next);
  room.setPresence({ name: next });
});
announceComings(room);
new Company(room, newName(name), fresh);
beat(room);
showCuts(room, cable, new Measure(room));

const stage = find("#stage", HTMLElement);
stage.addEventListener("pointermove", () => hintTaken(), { once: true });
stage.addEventListener("keydown", () => hintTaken(), { once: true });

function enter(): DemoRoom {
  try {
    return joinRoom<DemoTypes>(roomName, {
      presence: { name },
      ...(cable.wrtc && { wrtc: cable.wrtc }),
    });
  } catch (error) {
    // The address may name a room that cannot be; the message says what is wrong with it.
    showProblem(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** Somebody who moves has read what to do; the words go after a moment. */
function hintTaken(): void {
  setTimeout(() => {
    stage.setAttribute("data-moved", "");
  }, 2_500);
}
