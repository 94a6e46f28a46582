/** The least that a socket.io server needs to pass cursors on as JSON to the others in a room. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { answer } from "./answering.ts";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });
io.on("connection", (socket) => {
  const room = String(socket.handshake.query["room"]);
  void socket.join(room);
  socket.on("cursor", (cursor: unknown) => socket.to(room).emit("cursor", cursor));
});
http.listen(0, "127.0.0.1", () => answer((http.address() as AddressInfo).port));
