import { joinRoom } from "skein";
import { createFaults } from "skein/testing";
import { showTodo } from "./page.ts";
import type { TodoTypes } from "./todo.ts";

const asked = new URL(location.href).searchParams;
const room = joinRoom<TodoTypes>(asked.get("list") ?? "todo", {
  presence: { name: asked.get("name") ?? "Somebody" },
  server: asked.get("server") ?? location.origin,
});
showTodo(room, document.body);

// Only in an app that is tested: behind `import.meta.env.DEV`, say.
declare global {
  var faults: ReturnType<typeof createFaults>;
}
globalThis.faults = createFaults(room);
