/**
 * The field one types a cursor chat in: `/` opens it beside the pointer, it follows the pointer, and
 * the others see what is typed. It stands in a layer of its own, since the one with the others'
 * cursors is hidden from assistive technology, and a field that has the focus must not be.
 */
import type { Area } from "../area.ts";
import type { Point } from "../coordinates.ts";
import { Layer } from "../overlay/layer.ts";
import { cutToCodePoints, oneLine } from "../overlay/text.ts";
import type { Rect } from "../overlay/visible.ts";
import { type ChatText, KEPT_MS, MAX_CHAT_CODE_POINTS } from "./chat-text.ts";
import { CHAT_CSS } from "./style.ts";

const OPEN_KEY = "/";

/** The bubble turns to the other side nearer to the end of what is in sight than this, in pixels. */
const BUBBLE_WIDTH_PX = 284;
const BUBBLE_HEIGHT_PX = 76;

/** From so many left on, it says how many more code points fit. */
const COUNTED_FROM = 20;

/** `keyCode` of a key that an input method takes; where it ends a composition, `isComposing` is over. */
const TAKEN_BY_INPUT_METHOD = 229;

/** Kept from the page while typing: a letter typed here must not be a shortcut there. */
const KEPT_FROM_PAGE = ["keydown", "keypress", "keyup", "beforeinput", "input", "change"] as const;

/** What the field says of itself; replace it to translate. */
export interface ChatTexts {
  /** The field's name for assistive technology. Default `"Say something beside your cursor"`. */
  readonly label?: string;
  /** Shown while it is empty. Default `"Say something"`. */
  readonly placeholder?: string;
}

export interface ChatInputOptions {
  readonly texts: ChatTexts;
  readonly area: Area;
  /** What is in sight of the board. */
  readonly visible: () => Rect;
  readonly color: () => string;
  /** Whether one may say anything here. */
  readonly mayOpen: () => boolean;
  readonly send: (chat: Omit<ChatText, "surface">) => void;
  /** The chat opened without a pointer over the surface: the cursor has to be somewhere. */
  readonly placeCursor: (clientX: number, clientY: number) => void;
  /** The chat that was opened without a pointer ended. */
  readonly hideCursor: () => void;
}

interface Open {
  readonly layer: Layer;
  readonly bubble: HTMLElement;
  readonly input: HTMLInputElement;
  readonly mirror: HTMLElement;
  readonly left: HTMLElement;
  /** What had the focus before. */
  readonly before: Element | null;
  /** It holds the place of a pointer that is not there. */
  readonly withoutPointer: boolean;
}

/** The surface of a room that the pointer is over: where one lies inside another, the inner one. */
const pointed = new WeakMap<object, ChatInput>();

export class ChatInput {
  readonly #element: HTMLElement;
  readonly #room: object;
  readonly #options: ChatInputOptions;
  readonly #stop = new AbortController();
  #pointer: Point | null = null;
  #open: Open | null = null;
  #composing = false;
  #sent = "";
  #keptTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement, room: object, options: ChatInputOptions) {
    this.#element = element;
    this.#room = room;
    this.#options = options;
    const window = element.ownerDocument.defaultView;
    window?.addEventListener("keydown", (event) => this.#onKey(event), {
      signal: this.#stop.signal,
    });
  }

  /** The pointer is over the surface, at this point of the window. */
  pointAt(clientX: number, clientY: number): void {
    this.#pointer = { x: clientX, y: clientY };
    pointed.set(this.#room, this);
    if (this.#open !== null) this.#place(this.#open);
  }

  /** The pointer is over it no more. */
  leave(): void {
    if (pointed.get(this.#room) === this) pointed.delete(this.#room);
  }

  /** The layout changed. */
  resize(): void {
    if (this.#open !== null) this.#lay(this.#open);
  }

  /** The layout is about to be measured; `resize` follows. */
  shrink(): void {
    this.#open?.layer.shrink();
  }

  stop(): void {
    this.#stop.abort();
    this.leave();
    this.#close(false);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== OPEN_KEY || event.defaultPrevented || event.isComposing) return;
    if (!this.#options.mayOpen()) return;
    if (event.ctrlKey || event.metaKey || event.altKey || this.#open !== null) return;
    const path = event.composedPath();
    if (isEditable(path[0])) return;
    const over = pointed.get(this.#room);
    // Who has no pointer there has the focus there.
    if (over === undefined ? !path.includes(this.#element) : over !== this) return;
    // A find bar of the browser's would open.
    event.preventDefault();
    this.#show(over === undefined);
  }

  #show(withoutPointer: boolean): void {
    const document = this.#element.ownerDocument;
    const layer = new Layer(this.#element, "skein-cursor-chat", CHAT_CSS);
    const bubble = document.createElement("div");
    bubble.className = "bubble";
    bubble.style.setProperty("--color", this.#options.color());
    const field = document.createElement("div");
    field.className = "field";
    const mirror = document.createElement("span");
    mirror.className = "mirror";
    mirror.setAttribute("aria-hidden", "true");
    const input = document.createElement("input");
    const { label = "Say something beside your cursor", placeholder = "Say something" } =
      this.#options.texts;
    input.type = "text";
    input.dir = "auto";
    input.autocomplete = "off";
    input.enterKeyHint = "send";
    input.spellcheck = false;
    input.setAttribute("aria-label", label);
    input.placeholder = placeholder;
    const left = document.createElement("span");
    left.className = "left";
    left.setAttribute("aria-hidden", "true");
    field.append(mirror, input, left);
    bubble.append(field);
    layer.plane.append(bubble);
    const before = document.activeElement;
    this.#open = { layer, bubble, input, mirror, left, before, withoutPointer };
    this.#sent = "";
    this.#composing = false;
    this.#listen(this.#open);
    this.#options.area.forget();
    if (withoutPointer) this.#pointer = this.#middle();
    this.#lay(this.#open);
    this.#grow(this.#open);
    if (withoutPointer && this.#pointer !== null) {
      this.#options.placeCursor(this.#pointer.x, this.#pointer.y);
    }
    input.focus({ preventScroll: true });
  }

  #listen({ layer, input }: Open): void {
    for (const type of KEPT_FROM_PAGE) {
      layer.host.addEventListener(type, (event) => event.stopPropagation());
    }
    input.addEventListener("compositionstart", () => {
      this.#composing = true;
    });
    input.addEventListener("compositionend", () => {
      this.#composing = false;
      this.#typed();
    });
    input.addEventListener("input", () => this.#typed());
    input.addEventListener("keydown", (event) => {
      // Enter chooses what an input method offers, and Escape puts it away.
      if (this.#composing || event.isComposing || event.keyCode === TAKEN_BY_INPUT_METHOD) return;
      if (event.key === "Escape") {
        event.preventDefault();
        this.#close(true);
      } else if (event.key === "Enter") {
        event.preventDefault();
        this.#keep();
      }
    });
    input.addEventListener("blur", () => {
      // It was closed; or the window went to the background, and the field keeps the focus in it.
      if (this.#open === null || !this.#element.ownerDocument.hasFocus()) return;
      const text = oneLine(input.value);
      if (text !== "") {
        // Who clicks elsewhere has said it.
        this.#say(text, true);
        this.#sent = "";
      }
      this.#close(false);
    });
  }

  #typed(): void {
    const open = this.#open;
    if (open === null) return;
    this.#grow(open);
    // What an input method has not settled on is not said yet, and must not be touched.
    if (this.#composing) return;
    const { input } = open;
    const cut = cutToCodePoints(input.value, MAX_CHAT_CODE_POINTS);
    if (cut !== input.value) {
      input.value = cut;
      this.#grow(open);
    }
    const left = MAX_CHAT_CODE_POINTS - Array.from(input.value).length;
    open.left.textContent = left <= COUNTED_FROM ? String(left) : "";
    this.#unkeep(open);
    this.#say(oneLine(input.value), false);
  }

  #say(text: string, kept: boolean): void {
    if (text === this.#sent && !kept) return;
    this.#sent = text;
    this.#options.send({ text, kept });
  }

  /** Enter: the text stays for a while, and there is room for the next. */
  #keep(): void {
    const open = this.#open;
    if (open === null) return;
    const text = oneLine(open.input.value);
    if (text === "") {
      this.#close(true);
      return;
    }
    this.#say(text, true);
    open.input.placeholder = text;
    open.input.value = "";
    open.left.textContent = "";
    open.bubble.classList.add("kept");
    this.#grow(open);
    clearTimeout(this.#keptTimer);
    this.#keptTimer = setTimeout(() => this.#close(true), KEPT_MS);
  }

  /** What was kept gives way to what is typed. */
  #unkeep({ input, bubble }: Open): void {
    if (input.value === "" || !bubble.classList.contains("kept")) return;
    clearTimeout(this.#keptTimer);
    bubble.classList.remove("kept");
    input.placeholder = "";
  }

  #close(givesFocusBack: boolean): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    clearTimeout(this.#keptTimer);
    if (this.#sent !== "") this.#say("", false);
    open.layer.remove();
    if (open.withoutPointer && pointed.get(this.#room) !== this) this.#options.hideCursor();
    const { before } = open;
    if (givesFocusBack && before !== null && "focus" in before) {
      (before as HTMLElement).focus({ preventScroll: true });
    }
  }

  /** The mirror is as wide as the text, and the field as the mirror. */
  #grow({ input, mirror }: Open): void {
    mirror.textContent = input.value === "" ? input.placeholder : input.value;
  }

  #lay(open: Open): void {
    open.layer.resize(this.#options.area.size, this.#options.area.left);
    this.#place(open);
  }

  #place({ bubble }: Open): void {
    if (this.#pointer === null) return;
    const { x, y } = this.#options.area.locate(this.#pointer.x, this.#pointer.y);
    const { left, top, width, height } = this.#options.visible();
    bubble.style.transform = `translate(${x}px, ${y}px)`;
    const right = left + width - x;
    bubble.classList.toggle("flip-x", right < BUBBLE_WIDTH_PX && x - left > right);
    bubble.classList.toggle("flip-y", top + height - y < BUBBLE_HEIGHT_PX && y - top > height / 2);
  }

  /** The middle of what is in sight, as a point of the window. */
  #middle(): Point {
    const { area, visible } = this.#options;
    const { left, top, width, height } = visible();
    const origin = area.locate(0, 0);
    return { x: left + width / 2 - origin.x, y: top + height / 2 - origin.y };
  }
}

function isEditable(target: EventTarget | undefined): boolean {
  // Also one of another window's document.
  const { isContentEditable, tagName, role } = (target ?? {}) as Partial<HTMLElement>;
  return (
    isContentEditable === true ||
    /^(?:INPUT|TEXTAREA|SELECT)$/.test(tagName ?? "") ||
    /^(?:textbox|searchbox|combobox)$/.test(role ?? "")
  );
}
