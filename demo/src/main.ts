// Before anything that opens a WebSocket.
import "./cable/socket-cable.ts";

import { joinRoom } from "skein";
import { announcePeers } from "skein/cursors";
import { Board } from "./board/board.ts";
import { showCuts } from "./cable/cuts.ts";
import { beat } from "./cable/heartbeat.ts";
import { Measure } from "./cable/measure.ts";
import { Company } from "./company/company.ts";
import { find } from "./page.ts";
import { showFollowing } from "./people/following.ts";
import { linkTo, showInvitation } from "./people/invite.ts";
import { showNetwork } from "./people/network.ts";
import { showPeople } from "./people/people.ts";
import { showProblem, showStatus } from "./people/status.ts";
import { REACTIONS } from "./reactions/reactions.ts";
import { keepName, newName, ownName, roomFromAddress } from "./room/names.ts";
import { type DemoRoom, type DemoTypes, isVisitor } from "./room/presence.ts";
import { drawToolbar } from "./tools/toolbar.ts";
import { Tools } from "./tools/tools.ts";

const { name: roomName, fresh } = roomFromAddress();
const { name, fresh: isNameFresh } = ownName();
keepName(name);

const room = enter();
// What went wrong is on the page: snapshot.error, in status.ts.
room.ready.then(isNameFresh ? differ : undefined).catch(() => {});

document.title = `${roomName} · Skein`;
find("#room-name", HTMLElement).textContent = roomName;
showInvitation(linkTo(roomName));
showStatus(room);

const tools = new Tools(REACTIONS[0].emoji);
const pane = find("#pane-own", HTMLElement);
const board = new Board(pane, room, tools, "board-help");
pane.append(
  drawToolbar({
    tools,
    camera: board.camera,
    give: (emoji) => board.give(emoji),
    chat: () => board.chat(),
  }),
);
showFollowing(pane, board, room);
showPeople(room, board, (typed) => {
  rename(typed.trim() || newName());
});
announcePeers(room, { who: isVisitor });
new Company(room, board, tools, newName([name]), fresh);
beat(room);
showNetwork(room, showCuts(room, new Measure(room)));

const stage = find("#stage", HTMLElement);
stage.addEventListener("pointerdown", () => stage.setAttribute("data-moved", ""), { once: true });
stage.addEventListener("keydown", () => stage.setAttribute("data-moved", ""), { once: true });

function enter(): DemoRoom {
  try {
    return joinRoom<DemoTypes>(roomName, { presence: { name } });
  } catch (error) {
    // The address may name a room that cannot be; the message says what is wrong with it.
    showProblem(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

function rename(name: string): void {
  keepName(name);
  room.setPresence({ name });
}

/** Who was here before may have drawn the same name. */
function differ(): void {
  const taken = room.getSnapshot().peers.map(({ presence }) => presence.name);
  if (taken.includes(name)) rename(newName(taken));
}
