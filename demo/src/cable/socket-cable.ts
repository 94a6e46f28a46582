/**
 * The cable under this page's WebSocket. To be imported before `skein`: socket.io-client takes the
 * global WebSocket when it loads, and from then on ours.
 *
 * A cut network loses nothing that TCP would not bring later: what either side says while the cable
 * is cut waits at the cut, and goes on in order once it is mended. Meanwhile nothing is heard.
 */

/** The signaling server's path, whatever is before it. Vite has a WebSocket here as well. */
const SIGNALING = /\/skein\/?$/;

let isCut = false;
const laid = new Set<CabledSocket>();

class CabledSocket extends WebSocket {
  #waiting: (() => void)[] = [];
  /** Events that passed the cut already. */
  readonly #passed = new WeakSet<Event>();
  #carriesSignaling: boolean;

  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    this.#carriesSignaling = SIGNALING.test(new URL(this.url).pathname);
    if (!this.#carriesSignaling) return;
    laid.add(this);
    // The first listeners of the socket: nobody hears what they stop.
    for (const type of ["open", "message", "error", "close"] as const) {
      this.addEventListener(type, (event) => this.#hold(event));
    }
    this.addEventListener("close", () => laid.delete(this));
  }

  override send(data: Parameters<WebSocket["send"]>[0]): void {
    const say = () => {
      if (this.readyState === WebSocket.OPEN) super.send(data);
    };
    if (isCut && this.#carriesSignaling) this.#waiting.push(say);
    else super.send(data);
  }

  override close(code?: number, reason?: string): void {
    if (isCut && this.#carriesSignaling) this.#waiting.push(() => super.close(code, reason));
    else super.close(code, reason);
  }

  mend(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const pass of waiting) pass();
  }

  #hold(event: Event): void {
    if (!isCut || this.#passed.has(event)) return;
    event.stopImmediatePropagation();
    const again = copyOf(event);
    this.#passed.add(again);
    this.#waiting.push(() => this.dispatchEvent(again));
  }
}

/** An event can be dispatched by its browser only once. */
function copyOf(event: Event): Event {
  if (event instanceof MessageEvent) {
    return new MessageEvent("message", { data: event.data, origin: event.origin });
  }
  if (event instanceof CloseEvent) {
    const { code, reason, wasClean } = event;
    return new CloseEvent("close", { code, reason, wasClean });
  }
  return new Event(event.type);
}

globalThis.WebSocket = CabledSocket;

export function setSocketCut(cut: boolean): void {
  isCut = cut;
  if (!cut) for (const socket of [...laid]) socket.mend();
}
