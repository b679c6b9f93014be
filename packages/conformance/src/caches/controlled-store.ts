import type { AsyncBackingStore, BackingStore } from '@wt/core'

type Method = 'store' | 'load' | 'remove'
type Raw = AsyncBackingStore<string, unknown>

/** A call that was stopped: `reached` resolves when it is, and `release` lets it go on. */
export interface Hold {
  readonly reached: Promise<void>
  release(): void
}

interface Stop {
  readonly method: Method
  readonly key: string
  readonly isAnswer: boolean
  readonly reach: () => void
  readonly released: Promise<void>
}

interface Failure {
  readonly method: Method
  readonly key: string
  readonly error: Error
  readonly isApplied: boolean
}

/** The target's store with a hand on it: its calls are counted, and can be stopped or made to fail. */
export class ControlledStore {
  readonly #raw: Raw
  #stops: Stop[] = []
  #failures: Failure[] = []
  readonly #pause: (() => Promise<void>) | undefined
  loads = 0

  /** With `pause` every call of the asynchronous store waits for one before it is made, and for one before it answers. */
  constructor(raw: Raw, pause?: () => Promise<void>) {
    this.#raw = raw
    this.#pause = pause
  }

  /** Stops the next such call of the asynchronous store: before it is made, or when it has been, before it answers. */
  hold(method: Method, key: string, where: 'before' | 'answer'): Hold {
    const reached = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    this.#stops.push({
      method,
      key,
      isAnswer: where === 'answer',
      reach: reached.resolve,
      released: released.promise,
    })
    return { reached: reached.promise, release: released.resolve }
  }

  /** The next such call throws; with `isApplied` after it was carried out. */
  fail(
    method: Method,
    key: string,
    error: Error,
    { isApplied = false }: { readonly isApplied?: boolean } = {},
  ): void {
    this.#failures.push({ method, key, error, isApplied })
  }

  /** For a synchronous cache; of a target that claims `sync`. Batches go call by call, so that each can be made to fail. */
  synchronous(): BackingStore<string, unknown> {
    const raw = this.#raw as BackingStore<string, unknown>
    return {
      ...(shape(raw) as Partial<BackingStore<string, unknown>>),
      store: (key, value) => this.#now('store', key, () => raw.store(key, value)),
      load: (key) => this.#now('load', key, () => raw.load(key)),
      remove: (key) => this.#now('remove', key, () => raw.remove(key)),
    }
  }

  /** For an asynchronous cache, over any store. It passes on no `subscribe`, so that entries are cached from the start. */
  asynchronous(): Raw {
    const raw = this.#raw
    return {
      ...shape(raw),
      store: (key, value) => this.#later('store', key, () => raw.store(key, value)),
      load: (key) => this.#later('load', key, () => raw.load(key)),
      remove: (key) => this.#later('remove', key, () => raw.remove(key)),
    }
  }

  #now<T>(method: Method, key: string, call: () => T): T {
    if (method === 'load') this.loads++
    const failure = this.#failureOf(method, key)
    if (failure !== undefined && !failure.isApplied) throw failure.error
    const answer = call()
    if (failure !== undefined) throw failure.error
    return answer
  }

  async #later<T>(method: Method, key: string, call: () => T): Promise<Awaited<T>> {
    if (method === 'load') this.loads++
    const failure = this.#failureOf(method, key)
    const stop = this.#stopOf(method, key)
    if (stop !== undefined && !stop.isAnswer) {
      stop.reach()
      await stop.released
    }
    if (this.#pause !== undefined) await this.#pause()
    if (failure !== undefined && !failure.isApplied) throw failure.error
    // Awaited further down: the store is called in the turn in which the cache calls.
    const answer = call()
    if (stop?.isAnswer) {
      // Not left unhandled while it waits.
      await Promise.resolve(answer).then(stop.reach, stop.reach)
      await stop.released
    }
    const settled = await answer
    if (this.#pause !== undefined) await this.#pause()
    if (failure !== undefined) throw failure.error
    return settled
  }

  #failureOf(method: Method, key: string): Failure | undefined {
    const found = this.#failures.find((failure) => failure.method === method && failure.key === key)
    this.#failures = this.#failures.filter((failure) => failure !== found)
    return found
  }

  #stopOf(method: Method, key: string): Stop | undefined {
    const found = this.#stops.find((stop) => stop.method === method && stop.key === key)
    this.#stops = this.#stops.filter((stop) => stop !== found)
    return found
  }
}

/** What both have that is neither counted nor stopped. */
function shape(raw: Raw): Partial<Raw> {
  return {
    ...(raw.durability && { durability: raw.durability }),
    ...(raw.keys && { keys: () => raw.keys!() }),
    ...(raw.revision && { revision: () => raw.revision!() }),
    ...(raw.close && { close: () => raw.close!() }),
  }
}
