/** Skein's signaling server, as `npx skein-server` starts it. */
import { createSignalingServer } from "../../signaling-server/src/index.ts";
import { answer } from "./answering.ts";

const server = createSignalingServer({ host: "127.0.0.1", port: 0 });
await server.listen();
answer(Number(new URL(server.url ?? "").port));
