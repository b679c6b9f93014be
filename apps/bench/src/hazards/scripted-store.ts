export type StoreOperation = 'read' | 'write' | 'remove'

/**
 * The second tier of a trial: a `Map` that answers late, or fails, as the scenario says. A read takes the value when it is
 * called and answers it later; a write or remove takes effect when it is let go.
 */
export class ScriptedStore {
  readonly entries: Map<string, unknown> = new Map()
  /** How often a key was read. */
  reads = 0
  readonly #failing = new Set<string>()
  readonly #held: Partial<Record<StoreOperation, Held>> = {}

  /** The next call of `operation` waits until it is let go. */
  hold(operation: StoreOperation): Held {
    const held = new Held()
    this.#held[operation] = held
    return held
  }

  /** From now on this operation on `key` fails, and changes nothing. */
  fail(operation: StoreOperation, key: string): void {
    this.#failing.add(`${operation} ${key}`)
  }

  async read(key: string): Promise<unknown> {
    this.reads++
    const value = this.entries.get(key)
    await this.#passes('read', key)
    return value
  }

  async write(key: string, value: unknown): Promise<void> {
    await this.#passes('write', key)
    this.entries.set(key, value)
  }

  /** Whether there was something to remove. */
  async remove(key: string): Promise<boolean> {
    await this.#passes('remove', key)
    return this.entries.delete(key)
  }

  async #passes(operation: StoreOperation, key: string): Promise<void> {
    const held = this.#held[operation]
    delete this.#held[operation]
    await held?.pass()
    if (this.#failing.has(`${operation} ${key}`)) throw new Error(`the store failed to ${operation} ${key}`)
  }
}

/** A call that waits in the store. */
export class Held {
  readonly #reached = Promise.withResolvers<void>()
  readonly #letGo = Promise.withResolvers<void>()

  /** Resolves when the call has come. */
  get reached(): Promise<void> {
    return this.#reached.promise
  }

  letGo(): void {
    this.#letGo.resolve()
  }

  async pass(): Promise<void> {
    this.#reached.resolve()
    await this.#letGo.promise
  }
}
