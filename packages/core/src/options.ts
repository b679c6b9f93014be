import { checkObserver, type CacheObserver } from './observer.ts'
import { fifo } from './policies/fifo.ts'
import type { EvictionPolicy } from './policies/policy.ts'

export interface CacheOptions<K, V> {
  /** How many entries may be resident: an integer from 1 to 8,388,608 (beyond, a JavaScript `Map` fails under eviction). */
  readonly capacity: number
  /** Who goes when the cache is full. Default `fifo()`. */
  readonly policy?: EvictionPolicy
  /** Is told of hits, misses, loads, writes, removes, evictions and errors. Default: none. */
  readonly observer?: CacheObserver<K, V>
}

export interface AsyncCacheOptions<K, V> extends CacheOptions<K, V> {
  /**
   * How the cache learns of changes that others make to the store. `'subscribe'`: the store tells, within one message;
   * until it has said that it will, and while it cannot, nothing is served from the table. `'none'`: not at all. Default:
   * `'subscribe'` where the store can, else `'none'`.
   */
  readonly coherence?: 'none' | 'subscribe'
}

/** V8's `Map` takes 2^24 entries, deleted ones included until it is rehashed; half of that is safe under any churn. */
const LARGEST_CAPACITY = 2 ** 23
const NAMES = ['capacity', 'policy', 'observer']

export interface CheckedOptions<K, V> extends CacheOptions<K, V> {
  readonly policy: EvictionPolicy
}

/** The options with their defaults. Throws a `RangeError` or `TypeError` that says what is wrong. */
export function checkedOptions<K, V>(
  options: CacheOptions<K, V>,
  names: readonly string[] = NAMES,
): CheckedOptions<K, V> {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('options: an object such as { capacity: 1000 }')
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new TypeError(`options: there is no option ${name}; there are ${names.join(', ')}`)
    }
  }
  const { capacity, policy = fifo(), observer } = options
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw new RangeError(`capacity: a positive integer, not ${String(capacity)}`)
  }
  if (capacity > LARGEST_CAPACITY) {
    throw new RangeError(
      `capacity: at most ${LARGEST_CAPACITY} entries, not ${capacity}; a Map holds no more under eviction`,
    )
  }
  if (typeof policy?.create !== 'function') {
    throw new TypeError(
      'policy: what fifo() or lru() returns (call the function), or an EvictionPolicy of your own',
    )
  }
  if (observer !== undefined) checkObserver(observer)
  return { ...options, policy }
}

/** The same for an asynchronous cache over `store`. */
export function checkedAsyncOptions<K, V>(
  options: AsyncCacheOptions<K, V>,
  store: { readonly subscribe?: unknown },
): CheckedOptions<K, V> & { readonly coherence: 'none' | 'subscribe' } {
  const checked = checkedOptions(options, [...NAMES, 'coherence'])
  const canSubscribe = typeof store.subscribe === 'function'
  const { coherence = canSubscribe ? 'subscribe' : 'none' } = options
  if (coherence !== 'none' && coherence !== 'subscribe') {
    throw new TypeError(`coherence: 'none' or 'subscribe', not ${String(coherence)}`)
  }
  if (coherence === 'subscribe' && !canSubscribe) {
    throw new TypeError("coherence: 'subscribe' needs a store with a method subscribe; this one has none")
  }
  return { ...checked, coherence }
}
