/** Runs in Vitest's project "lean", where the plugin is at work. */
import { Manager } from "socket.io-client";
import { expect, it } from "vitest";
import * as parser from "../lib/src/signaling/parser.ts";

it("gives connections a socket.io-client without what only others use", () => {
  const manager = new Manager("http://127.0.0.1:9", { path: "/skein/", parser });
  const socket = manager.socket("/", { auth: {} });
  for (const unused of ["reconnection", "timeout", "connect"]) {
    expect(manager).not.toHaveProperty(unused);
  }
  for (const unused of ["emitWithAck", "volatile", "compress", "onAnyOutgoing", "_queue", "acks"]) {
    expect(socket).not.toHaveProperty(unused);
  }
  for (const used of ["emit", "on", "onAny", "offAny", "connect", "disconnect"]) {
    expect(socket).toHaveProperty(used);
  }
});
