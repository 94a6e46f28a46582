/**
 * Joins and leaves for people who do not see the cursors: a live region, spoken when there is time for
 * it. What happens together is said together.
 */
import { SkeinError } from "../room/errors.ts";
import { callSafely } from "../room/report.ts";
import type { Peer, RegisteredTypes, Room, RoomTypes } from "../room/types.ts";
import { CHAT_TYPE, readChat } from "./chat/chat-text.ts";
import { nameOf } from "./name.ts";
import { withOwnTypes } from "./own-types.ts";

/** Joins and leaves within this time of the first become one sentence, in milliseconds. */
const GATHER_MS = 2_000;

/** What was said is taken away again, so that nobody who reads the page comes upon old news. Milliseconds. */
const CLEAR_MS = 6_000;

/** Names in one sentence; the others are counted. */
const MAX_NAMES = 3;

/** Kept out of sight by these, each set as a property: a page's policy may forbid style attributes. */
const OUT_OF_SIGHT: Readonly<Record<string, string>> = {
  position: "absolute",
  width: "1px",
  height: "1px",
  margin: "-1px",
  overflow: "hidden",
  "clip-path": "inset(50%)",
  "white-space": "nowrap",
  "pointer-events": "none",
};

/** The sentences; each gets at least one name, "" for a peer that has none, and how many there are more. */
export interface AnnouncementTexts {
  readonly joined: (names: readonly string[], more: number) => string;
  readonly left: (names: readonly string[], more: number) => string;
  /** What somebody said beside the cursor. */
  readonly said: (name: string, text: string) => string;
}

export interface AnnounceOptions<T extends RoomTypes = RegisteredTypes> {
  /** In another language, or in other words. */
  readonly texts?: Partial<AnnouncementTexts>;
  /** Whether finished cursor chat is said too. Default true. */
  readonly chat?: boolean;
  /** False for peers not worth a word, such as bots. Default: everybody is. */
  readonly who?: (peer: Peer<T>) => boolean;
  /** Where the live region is put. Default: the document's body. */
  readonly container?: HTMLElement;
}

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof AnnounceOptions>([
  "texts",
  "chat",
  "who",
  "container",
]);

const ENGLISH: AnnouncementTexts = {
  joined: (names, more) => `${listOf(names, more)} joined`,
  left: (names, more) => `${listOf(names, more)} left`,
  said: (name, text) => `${name || "Somebody"}: ${text}`,
};

/**
 * Says politely who joins and who leaves, to people with a screen reader: "Ada and Bob joined". Who
 * comes and goes within two seconds is not mentioned. Returns its undo.
 *
 * @throws SkeinError `not-supported` for an option that does not exist, `bad-argument` where there is
 * no element to put the live region in.
 */
export function announcePeers<T extends RoomTypes = RegisteredTypes>(
  room: Room<T>,
  options: AnnounceOptions<T> = {},
): () => void {
  for (const name of Object.keys(options)) {
    if (!OPTION_NAMES.has(name)) {
      throw new SkeinError(
        "not-supported",
        `announcePeers has no option "${name}". There are: ${[...OPTION_NAMES].join(", ")}.`,
      );
    }
  }
  const { texts, chat = true, who = () => true, container = globalThis.document?.body } = options;
  if (container?.nodeType !== 1) {
    throw new SkeinError(
      "bad-argument",
      "announcePeers needs an element to put its live region in: call it when the page has a body, or give it a container.",
    );
  }
  const words = { ...ENGLISH, ...texts };
  const region = container.ownerDocument.createElement("div");
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  for (const [name, value] of Object.entries(OUT_OF_SIGHT)) region.style.setProperty(name, value);
  container.append(region);

  const stop = new AbortController();
  const { signal } = stop;
  const joined = new Map<string, Peer<T>>();
  const left = new Map<string, Peer<T>>();
  const said: string[] = [];
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let clearing: ReturnType<typeof setTimeout> | undefined;

  const speak = (): void => {
    gathering = undefined;
    const sentences: string[] = [];
    for (const [peers, sentence] of [
      [joined, words.joined],
      [left, words.left],
    ] as const) {
      const names = [...peers.values()].map(nameOf);
      peers.clear();
      if (names.length === 0) continue;
      const shown = names.length > MAX_NAMES ? MAX_NAMES - 1 : MAX_NAMES;
      callSafely(() => {
        sentences.push(sentence(names.slice(0, shown), Math.max(0, names.length - shown)));
      });
    }
    sentences.push(...said.splice(0));
    if (sentences.length === 0) return;
    region.textContent = sentences.join(". ");
    clearTimeout(clearing);
    clearing = setTimeout(() => {
      region.textContent = "";
    }, CLEAR_MS);
  };
  const gather = (): void => {
    gathering ??= setTimeout(speak, GATHER_MS);
  };

  room.on(
    "join",
    ({ peer }) => {
      if (!who(peer)) return;
      if (!left.delete(peer.id)) joined.set(peer.id, peer);
      gather();
    },
    { signal },
  );
  room.on(
    "leave",
    ({ peer }) => {
      if (!who(peer)) return;
      if (!joined.delete(peer.id)) left.set(peer.id, peer);
      gather();
    },
    { signal },
  );
  if (chat) {
    withOwnTypes(room).onLatest(
      CHAT_TYPE,
      ({ data, peer }) => {
        const heard = readChat(data);
        if (heard === null || !heard.kept || heard.text === "") return;
        callSafely(() => {
          // One remark of each time is enough to be read out.
          if (said.length < MAX_NAMES) said.push(words.said(nameOf(peer), heard.text));
        });
        gather();
      },
      { signal },
    );
  }

  return () => {
    stop.abort();
    clearTimeout(gathering);
    clearTimeout(clearing);
    region.remove();
  };
}

function listOf(names: readonly string[], more: number): string {
  const known = names.map((name) => name || "Somebody");
  if (more > 0) known.push(more === 1 ? "1 other" : `${more} others`);
  if (known.length < 2) return known.join("");
  return `${known.slice(0, -1).join(", ")} and ${known.at(-1)}`;
}
