/**
 * What simple-peer needs of a stream when nobody uses it as one. Skein sends and reads on the data
 * channels themselves, so in the browser build this takes the place of `readable-stream` and of the
 * Buffer below it, which are two thirds of simple-peer's weight: events, and nothing else.
 */
type Listener = (...values: unknown[]) => void;

export class Duplex {
  // simple-peer ends its stream when it is destroyed, unless it has ended: it never began.
  readonly _readableState = { ended: true };
  readonly _writableState = { finished: true };
  readonly #listeners = new Map<string, Set<Listener>>();

  on(event: string, listener: Listener): this {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) this.#listeners.set(event, new Set([listener]));
    else listeners.add(listener);
    return this;
  }

  once(event: string, listener: Listener): this {
    const first = (...values: unknown[]) => {
      this.removeListener(event, first);
      listener.apply(this, values);
    };
    return this.on(event, first);
  }

  removeListener(event: string, listener: Listener): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  removeAllListeners(): this {
    this.#listeners.clear();
    return this;
  }

  emit(event: string, ...values: unknown[]): boolean {
    const listeners = [...(this.#listeners.get(event) ?? [])];
    for (const listener of listeners) listener.apply(this, values);
    return listeners.length > 0;
  }

  /** What simple-peer read from its channel: it has been taken from the channel already. */
  push(): boolean {
    return true;
  }

  resume(): this {
    return this;
  }

  end(): this {
    return this;
  }
}
