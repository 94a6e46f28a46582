import type { Room } from "skein";

export interface Item {
  readonly id: string;
  readonly text: string;
  readonly done: boolean;
}
export interface TodoTypes {
  presence: { name: string };
  messages: { items: readonly Item[] };
}

/** A list that everybody in the room has: what one knows, it tells the others. */
export function openTodo(room: Room<TodoTypes>) {
  const items = new Map<string, Item>();
  const listeners = new Set<() => void>();
  const take = (changes: readonly Item[]) => {
    for (const item of changes) {
      const done = item.done || items.get(item.id)?.done === true;
      items.set(item.id, { ...item, done });
    }
    for (const run of listeners) run();
  };
  const change = (item: Item) => {
    take([item]);
    void room.send("items", [item]);
  };
  room.onMessage("items", ({ data }) => take(data));
  // Whoever comes knows nothing; whoever was away may know what nobody else does.
  room.on("join", ({ peer }) => void room.send("items", [...items.values()], { to: peer.id }));
  room.on("status", ({ status }) => {
    if (status === "connected" && items.size > 0) void room.send("items", [...items.values()]);
  });
  return {
    add: (text: string) => change({ id: crypto.randomUUID(), text, done: false }),
    finish: (id: string) => {
      const item = items.get(id);
      if (item !== undefined) change({ ...item, done: true });
    },
    get items(): readonly Item[] {
      return [...items.values()].sort((a, b) => a.text.localeCompare(b.text));
    },
    onChange: (run: () => void) => void listeners.add(run),
  };
}
