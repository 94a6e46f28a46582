/**
 * What sockets are told within one turn of the event loop leaves at its end, in one write each: under
 * load, when many uploads are read in a turn, a receiver costs one call of the system and not one a
 * message. Nothing is later for it: the turn ends when what has arrived is read.
 */
export class LoopTurn {
  readonly #atEnd: (run: () => void) => void;
  #writers: { flush(): void }[] = [];

  constructor(atEnd: (run: () => void) => void = setImmediate) {
    this.#atEnd = atEnd;
  }

  /** It has something to write; to be called once until it is flushed. */
  add(writer: { flush(): void }): void {
    this.#writers.push(writer);
    if (this.#writers.length === 1) this.#atEnd(() => this.#flush());
  }

  #flush(): void {
    const writers = this.#writers;
    this.#writers = [];
    for (const writer of writers) writer.flush();
  }
}
