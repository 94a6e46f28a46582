import { joinRoom } from "skein";
import { layCable } from "./cable.ts";
import { Company } from "./company.ts";
import { linkTo, showInvitation } from "./invite.ts";
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

const toggle = find("#cable", HTMLButtonElement);
toggle.disabled = cable.wrtc === undefined;
toggle.addEventListener("click", () => {
  const cut = toggle.getAttribute("aria-checked") !== "true";
  toggle.setAttribute("aria-checked", String(cut));
  cable.setCut(cut);
  // Said into the cut cable: it arrives all the same.
  room.setPresence({ cut });
});

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
