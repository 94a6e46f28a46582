/** Birds for people, weather and birds for rooms: easy to say across a table. */
const BIRDS =
  "Avocet Barnacle Brant Crane Curlew Dunlin Egret Eider Gadwall Godwit Grebe Heron Ibis Knot Lapwing Merlin Osprey Petrel Plover Puffin Rail Ruff Snipe Stilt Stork Swan Tern Turnstone Whimbrel Wigeon".split(
    " ",
  );
const WEATHERS =
  "amber breezy bright calm clear crisp dawn dewy drifting early frosty golden hazy high late misty mild northern pale quiet rising rosy silver soft still sunny tidal windy".split(
    " ",
  );

/** With the two words before it: some eight million rooms, enough not to meet by accident. */
const ROOM_NUMBERS = 10_000;

const NAME_KEY = "skein-demo-name";

function pick<T>(from: readonly T[]): T {
  const index = random(from.length);
  const picked = from[index];
  if (picked === undefined) throw new Error("Nothing to pick from.");
  return picked;
}

function random(below: number): number {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return number % below;
}

/** A name that is not taken, as long as there are any. */
export function newName(taken: readonly string[] = []): string {
  const free = BIRDS.filter((bird) => !taken.includes(bird));
  return pick(free.length > 0 ? free : BIRDS);
}

const newRoomName = (): string =>
  `${pick(WEATHERS)}-${pick(BIRDS).toLowerCase()}-${String(random(ROOM_NUMBERS)).padStart(4, "0")}`;

/** The name this tab used before a reload, or a new one. */
export function ownName(): { name: string; fresh: boolean } {
  try {
    const kept = sessionStorage.getItem(NAME_KEY);
    if (kept) return { name: kept, fresh: false };
  } catch {
    // Storage is blocked; a new name is as good.
  }
  return { name: newName(), fresh: true };
}

export function keepName(name: string): void {
  try {
    sessionStorage.setItem(NAME_KEY, name);
  } catch {
    // Storage is blocked; the name lasts as long as the page.
  }
}

/** The room in the address, else a fresh one that is put there, so that the address can be shared. */
export function roomFromAddress(): { name: string; fresh: boolean } {
  const url = new URL(location.href);
  const named = url.searchParams.get("room") || decoded(url.hash.slice(1));
  if (named) return { name: named, fresh: false };
  const name = newRoomName();
  url.searchParams.set("room", name);
  history.replaceState(null, "", url);
  return { name, fresh: true };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
