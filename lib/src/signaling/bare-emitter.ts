/**
 * What socket.io-client and engine.io-client use of `@socket.io/component-emitter`. In the browser
 * build this takes its place, and is half as long.
 */
type Listener = (...values: never[]) => void;

export class Emitter {
  /** A list is never changed, only replaced: an emit that goes on finishes with the one it began with. */
  readonly #listeners = new Map<string, readonly Listener[]>();

  on(event: string, run: Listener): this {
    this.#listeners.set(event, [...this.#of(event), run]);
    return this;
  }

  once(event: string, run: Listener): this {
    const once: Listener = (...values) => {
      this.off(event, once);
      run.apply(this, values);
    };
    return this.on(event, once);
  }

  off(event: string, run: Listener): this {
    this.#listeners.set(
      event,
      this.#of(event).filter((each) => each !== run),
    );
    return this;
  }

  /** Those of one event, or all. */
  removeAllListeners(event?: string): this {
    if (event === undefined) this.#listeners.clear();
    else this.#listeners.delete(event);
    return this;
  }

  emit(event: string, ...values: unknown[]): this {
    return this.emitReserved(event, ...values);
  }

  /** `emit` of the emitter, where a class on top of it has another. */
  emitReserved(event: string, ...values: unknown[]): this {
    for (const run of this.#of(event)) run.apply(this, values as never[]);
    return this;
  }

  #of(event: string): readonly Listener[] {
    return this.#listeners.get(event) ?? [];
  }
}
