import { AsyncWriteThroughCache, StoreError } from '@wt/core'
import { type Random, seededRandom } from './random.ts'
import { TroubledStore } from './troubled-store.ts'

export interface TroubledOptions {
  readonly keys: number
  readonly capacity: number
  readonly seed: number
}

/** How operations ended: `answered`, or with the code of a `StoreError`. A batch that failed in part is `PARTLY`. */
export type Endings = Record<string, number>

const CLIENTS = 256

/**
 * Many clients of one asynchronous cache who read, write, remove and give up, over a store that fails and is slow: what could
 * leave something behind for each key that was ever in use.
 */
export class TroubledClients {
  readonly cache: AsyncWriteThroughCache<number, number>
  readonly endings: Endings = {}
  readonly #keys: number
  readonly #random: Random

  constructor({ keys, capacity, seed }: TroubledOptions) {
    this.#keys = keys
    this.#random = seededRandom(seed)
    this.cache = new AsyncWriteThroughCache(new TroubledStore(keys, this.#random), { capacity })
  }

  /** So many operations, and nothing under way afterwards. Throws when the books of the cache are not empty then. */
  async run(operations: number): Promise<void> {
    let left = operations
    const client = async (): Promise<void> => {
      while (left-- > 0) await this.#operation()
    }
    await Promise.all(Array.from({ length: CLIENTS }, client))
    // Calls that were given up go on for a while. What waits for one, behind it in the line of its key, may be slow too.
    await this.#rest()
    this.cache.assertInvariants(true)
  }

  async #operation(): Promise<void> {
    let ending = 'answered'
    try {
      await this.#ask()
    } catch (error) {
      // Whatever the store and the client's patience made of it: counted.
      if (StoreError.is(error)) ending = error.code
      else if (error instanceof AggregateError) ending = 'PARTLY'
      else throw error
    }
    this.endings[ending] = (this.endings[ending] ?? 0) + 1
  }

  #ask(): Promise<unknown> {
    const { cache } = this
    const key = this.#key()
    const options = this.#patience()
    const kind = this.#random() * 100
    if (kind < 50) return cache.get(key, options)
    if (kind < 75) return cache.put(key, Math.floor(this.#random() * 1e6), options)
    if (kind < 82) return cache.update(key, (old) => (old === undefined ? 1 : undefined), options)
    if (kind < 87) return cache.getOrPut(key, () => 1, options)
    if (kind < 92) return cache.invalidate(key, options)
    if (kind < 95) return cache.refresh(key, options)
    const keys = [key, this.#key(), this.#key()]
    if (kind < 97) return cache.getMany(keys, options)
    if (kind < 98) return cache.putMany(new Map(keys.map((each) => [each, 1])), options)
    if (kind < 99) return cache.invalidateMany(keys, options)
    return Promise.resolve(cache.evict(key))
  }

  /** Half of the operations ask for one of a few favourites, so that clients get into each other's way. */
  #key(): number {
    const chance = this.#random()
    return Math.floor((this.#random() < 0.5 ? chance ** 4 : chance) * this.#keys)
  }

  /** One in fifty operations is given up: at once, soon, or after its time. */
  #patience(): { signal?: AbortSignal; timeoutMs?: number } {
    const chance = this.#random() * 200
    if (chance < 2) return { timeoutMs: 1 }
    if (chance >= 4) return {}
    const controller = new AbortController()
    if (chance < 3) controller.abort()
    else setImmediate(() => controller.abort())
    return { signal: controller.signal }
  }

  /** Waits until the books are empty, for a minute at most. */
  async #rest(): Promise<void> {
    for (let tries = 0; tries < 600 && this.isBusy(); tries++)
      await new Promise((resolve) => setTimeout(resolve, 100))
  }

  /** Whether anything is under way with any key. */
  isBusy(): boolean {
    try {
      this.cache.assertInvariants(true)
      return false
    } catch {
      // They are not empty, or not in order; in the end somebody asks again, and hears which.
      return true
    }
  }
}
