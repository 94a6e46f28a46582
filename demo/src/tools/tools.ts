/** What the pointer does on the board. One choice for the page, whatever pane it is over. */

export type Tool = "pen" | "move" | "react";

export class Tools {
  #tool: Tool = "pen";
  #emoji: string;
  readonly #listeners = new Set<() => void>();

  constructor(emoji: string) {
    this.#emoji = emoji;
  }

  get tool(): Tool {
    return this.#tool;
  }
  /** What the tool "react" gives. */
  get emoji(): string {
    return this.#emoji;
  }

  choose(tool: Tool): void {
    this.#tool = tool;
    for (const run of this.#listeners) run();
  }

  chooseEmoji(emoji: string): void {
    this.#emoji = emoji;
    this.choose("react");
  }

  /** Calls `run` now and after each change. Returns its undo. */
  watch(run: () => void): () => void {
    this.#listeners.add(run);
    run();
    return () => this.#listeners.delete(run);
  }
}
