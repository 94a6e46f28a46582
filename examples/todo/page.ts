import type { Room } from "skein";
import { openTodo, type TodoTypes } from "./todo.ts";

/** Shows the list and who else has it open. */
export function showTodo(room: Room<TodoTypes>, page: HTMLElement): void {
  const todo = openTodo(room);
  page.innerHTML = `
    <p role="status"></p>
    <ul></ul>
    <form><input aria-label="What to do" required><button>Add</button></form>`;
  const [status, list, form, input] = ["p", "ul", "form", "input"].map((tag) =>
    page.querySelector(tag),
  ) as [HTMLElement, HTMLUListElement, HTMLFormElement, HTMLInputElement];

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    todo.add(input.value);
    input.value = "";
  });
  todo.onChange(() => {
    const rows = todo.items.map(({ id, text, done }) => {
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = done;
      box.addEventListener("change", () => todo.finish(id));
      const label = document.createElement("label");
      label.append(box, text);
      const row = document.createElement("li");
      row.append(label);
      return row;
    });
    list.replaceChildren(...rows);
  });
  const showStatus = () => {
    const now = room.getSnapshot();
    const names = now.peers.map((peer) => peer.presence.name).join(", ");
    if (now.status === "reconnecting") status.textContent = "Offline: the others get it later";
    else status.textContent = names === "" ? "Only you are here" : `With ${names}`;
  };
  room.watch((now) => now, showStatus);
  showStatus();
}
