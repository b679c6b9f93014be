/** Calls for one key one after the other, in the order in which they came; those for different keys side by side. */
export class KeyTurns<K = string> {
  /** By key: settles when the last call so far is over. Gone when nothing is under way. */
  readonly #last = new Map<K, Promise<void>>()

  /** How many keys have calls under way. */
  get size(): number {
    return this.#last.size
  }

  /**
   * Begins `call` when those for `key` before it are over, however they ended: at once when there are none. Settles as it
   * does.
   */
  run<T>(key: K, call: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const turn = before === undefined ? call() : before.then(call)
    const over: Promise<void> = turn.then(
      () => this.#leave(key, over),
      // How it ended is told to its own caller.
      () => this.#leave(key, over),
    )
    this.#last.set(key, over)
    return turn
  }

  /** Settles when the calls for `key` so far are over. Never rejects. */
  async over(key: K): Promise<void> {
    await this.#last.get(key)
  }

  /** Settles when nothing is under way, what is called meanwhile included. Never rejects. */
  async drained(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values())
  }

  #leave(key: K, over: Promise<void>): void {
    if (this.#last.get(key) === over) this.#last.delete(key)
  }
}
