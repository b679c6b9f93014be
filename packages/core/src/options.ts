import type { CacheObserver } from './observer.ts'
import type { EvictionPolicy } from './policies/policy.ts'

export interface CacheOptions<K, V> {
  /** How many entries may be resident: an integer from 1 to 67,108,864. */
  readonly capacity: number
  /** How heavy all residents together may be: a positive integer, in the unit of `weigh`. An entry heavier than that is written and not cached. */
  readonly maxWeight?: number
  /** How heavy an entry is: an integer from 0. It is called once, before the store is written to, or after it was loaded. */
  readonly weigh?: (value: V, key: K) => number
  /** Who goes when the cache is full. Default `fifo()`. */
  readonly policy?: EvictionPolicy
  /**
   * An entry as old as that, in milliseconds, is no longer resident: it is loaded again. Its age counts from the start of its
   * load or write, so that no hit is older than this. Default: entries do not age.
   */
  readonly maxAgeMs?: number
  /**
   * For so long, in milliseconds, it is remembered that the store does not hold a key; reads of it are `negativeHits`, and do
   * not ask the store. A remembered absence takes the place of an entry, weighs nothing, and is dropped by any write of the
   * key. Default: absence is not remembered.
   */
  readonly negativeMaxAgeMs?: number
  /**
   * Copies values on their way in and out, so that nobody changes what is cached: `true` for `structuredClone` (of objects;
   * it makes plain objects of class instances), or a function. Default: values are handed out as they are held.
   */
  readonly isolate?: boolean | ((value: V) => V)
  /** Is told of hits, misses, loads, writes, removes, evictions and errors. Default: none. */
  readonly observer?: CacheObserver<K, V>
  /**
   * How the cache learns of changes that others make to the store. `'revision'`: the store is asked before every hit whether
   * it changed, and if so everything is dropped; for few changes, and a store that answers fast. Default `'none'`: not at all.
   */
  readonly coherence?: 'none' | 'revision'
  /** The time in milliseconds, by which ages are told. Default `performance.now`. For tests. */
  readonly clock?: () => number
}

export interface AsyncCacheOptions<K, V> extends Omit<CacheOptions<K, V>, 'coherence'> {
  /**
   * As for the synchronous cache, or `'subscribe'`: the store tells of changes, within one message; until it has said that it
   * will, and while it cannot, nothing is cached. Default: `'subscribe'` where the store can, else `'none'`.
   */
  readonly coherence?: 'none' | 'revision' | 'subscribe'
  /**
   * Of many processes that miss a key at once in `getOrPut`, one produces, and the others wait for its value: for so long at most,
   * in milliseconds, an integer from 1, before another produces, as the first may have died. So it should be longer than
   * `produce` takes; one that takes longer runs twice, and the value that is stored first stays. Needs a store with leases and
   * versions. Default: each process produces for itself, and the last value stays.
   */
  readonly leaseMs?: number
}
