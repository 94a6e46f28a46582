import { createServer } from "node:http";
import { WebSocketServer } from "ws";

/*
 * The smallest signaling there is, for the lab's own tests: an empty page, and a WebSocket that
 * passes each message to everybody else in the room named by its address. Started inside the
 * `signaling` host, with `ADDRESS PORT`.
 */

/** Far above an SDP of the lab's own making. */
const MAX_MESSAGE_BYTES = 64 * 1024;

export async function main([address, port]: string[]): Promise<void> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end("<!doctype html><title>Network lab</title>");
  });
  const rooms = new WebSocketServer({ server, maxPayload: MAX_MESSAGE_BYTES });
  const roomOf = new WeakMap<object, string>();
  rooms.on("connection", (socket, request) => {
    const room = request.url ?? "/";
    roomOf.set(socket, room);
    socket.on("error", () => socket.terminate());
    socket.on("message", (data) => {
      for (const other of rooms.clients)
        if (other !== socket && roomOf.get(other) === room) other.send(data, { binary: false });
    });
  });
  server.listen(Number(port), address, () => process.stdout.write("listening\n"));
  await new Promise(() => {});
}
