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
  /**
   * How the cache learns of changes that others make to the store. `'revision'`: the store is asked before every hit whether
   * it changed, and if so everything is dropped; for few changes, and a store that answers fast. Default `'none'`: not at all.
   */
  readonly coherence?: 'none' | 'revision'
}

export interface AsyncCacheOptions<K, V> extends Omit<CacheOptions<K, V>, 'coherence'> {
  /**
   * As for the synchronous cache, or `'subscribe'`: the store tells of changes, within one message; until it has said that it
   * will, and while it cannot, nothing is cached. Default: `'subscribe'` where the store can, else `'none'`.
   */
  readonly coherence?: 'none' | 'revision' | 'subscribe'
}

/** V8's `Map` takes 2^24 entries, deleted ones included until it is rehashed; half of that is safe under any churn. */
const LARGEST_CAPACITY = 2 ** 23
const NAMES = ['capacity', 'policy', 'observer', 'coherence']

export interface CheckedOptions<K, V> extends AsyncCacheOptions<K, V> {
  readonly policy: EvictionPolicy
  readonly coherence: Coherence
}

type Coherence = 'none' | 'revision' | 'subscribe'

/** The options of a synchronous cache over `store`. Throws a `RangeError` or `TypeError` that says what is wrong. */
export function checkedOptions<K, V>(options: CacheOptions<K, V>, store: Coherent): CheckedOptions<K, V> {
  checkNames(options)
  return {
    ...checkedBounds(options),
    coherence: checkedCoherence(options.coherence ?? 'none', store, ['revision']),
  }
}

/** The same for an asynchronous cache. */
export function checkedAsyncOptions<K, V>(
  options: AsyncCacheOptions<K, V>,
  store: Coherent,
): CheckedOptions<K, V> {
  checkNames(options)
  const usual = store.subscribe === undefined ? 'none' : 'subscribe'
  const coherence = checkedCoherence(options.coherence ?? usual, store, ['revision', 'subscribe'])
  return { ...checkedBounds(options), coherence }
}

/** What of a store tells of changes by others. */
interface Coherent {
  readonly revision?: unknown
  readonly subscribe?: unknown
}

function checkNames(options: object): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('options: an object such as { capacity: 1000 }')
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) {
      throw new TypeError(`options: there is no option ${name}; there are ${NAMES.join(', ')}`)
    }
  }
}

function checkedBounds<K, V>(
  options: AsyncCacheOptions<K, V>,
): AsyncCacheOptions<K, V> & { policy: EvictionPolicy } {
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

function checkedCoherence(
  coherence: Coherence,
  store: Coherent,
  known: ('revision' | 'subscribe')[],
): Coherence {
  if (coherence === 'none') return coherence
  if (!known.includes(coherence)) {
    throw new TypeError(`coherence: 'none', '${known.join("' or '")}', not ${String(coherence)}`)
  }
  if (typeof store[coherence] !== 'function') {
    throw new TypeError(
      `coherence: '${coherence}' needs a store with a method ${coherence}; this one has none`,
    )
  }
  return coherence
}
