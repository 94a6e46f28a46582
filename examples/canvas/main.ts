/** Everybody's pointers and a disc to drag together, on one canvas. */
import { joinRoom } from "skein";
import { trackCursors } from "skein/cursors";

type Point = { x: number; y: number };
const room = joinRoom(location.hash.slice(1) || "canvas");
const cursors = trackCursors(room);
const canvas = document.querySelector("canvas") as HTMLCanvasElement;
const context = canvas.getContext("2d") as CanvasRenderingContext2D;
let disc = { x: 320, y: 200 };
let held = false;
let frame = 0;

const dot = ({ x, y }: Point, radius: number, color: string): void => {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
};
const draw = (now = performance.now()): void => {
  context.clearRect(0, 0, canvas.width, canvas.height);
  dot(disc, 30, "#ffb000");
  for (const cursor of cursors.read(now)) dot(cursor, cursor.pressed ? 9 : 6, cursor.peer.color);
  cancelAnimationFrame(frame);
  if (cursors.active) frame = requestAnimationFrame(draw);
};
const put = (x: unknown, y: unknown): void => {
  if (Number.isFinite(x) && Number.isFinite(y)) disc = { x: Number(x), y: Number(y) };
  draw();
};
canvas.onpointerdown = canvas.onpointermove = ({ offsetX: x, offsetY: y, buttons }) => {
  room.moveCursor({ x, y, pressed: buttons > 0 });
  held = buttons > 0 && (held || Math.hypot(x - disc.x, y - disc.y) < 30);
  if (held) room.sendLatest("disc", { x, y });
  if (held) put(x, y);
};
canvas.onpointerleave = () => room.hideCursor();
// What a peer sends may be anything.
room.onLatest("disc", ({ data }) => put(Object(data).x, Object(data).y));
room.on("join", () => room.sendLatest("disc", disc));
cursors.onWake(draw);
draw();
