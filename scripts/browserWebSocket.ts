/** Gives Node the WebSocket that browsers have. */
import { WebSocket } from "ws";

Object.assign(globalThis, { WebSocket });
