/** Calls for one key one after the other, in the order in which they came; those for different keys side by side. */
export class KeyTurns {
  /** By key: settles when the last call so far is over. Gone when nothing is under way. */
  readonly #last = new Map<string, Promise<void>>()

  /** How many keys are remembered. */
  get size(): number {
    return this.#last.size
  }

  /** Begins `call` when those for `key` before it are over, however they ended. */
  run<T>(key: string, call: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const turn = before === undefined ? call() : before.then(call)
    // How it ended is told to its own caller.
    const over = turn.then(
      () => {},
      () => {},
    )
    this.#last.set(key, over)
    void over.then(() => {
      if (this.#last.get(key) === over) this.#last.delete(key)
    })
    return turn
  }

  /** Settles when the calls for `key` so far are over. */
  async over(key: string): Promise<void> {
    await this.#last.get(key)
  }
}
