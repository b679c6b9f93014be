import type { BackingStore } from './backing-store.ts'
import { checkedOptions } from './checked-options.ts'
import { SyncOperations } from './coordination/sync-operations.ts'
import { SyncUpdates } from './coordination/sync-updates.ts'
import { keyText } from './key-text.ts'
import type { CacheObserver } from './observer.ts'
import type { CacheOptions } from './options.ts'
import { Isolation } from './residence/isolation.ts'
import { ABSENT, Residence, type Resident, residentValue } from './residence/residence.ts'
import type { ResidentTable } from './residence/resident-table.ts'
import { type CacheStats, type Counters, snapshot } from './stats.ts'
import { bulkReadError, bulkStoreError, checkStore, checkValue, notLater, readError } from './store-calls.ts'
import { StoreError } from './store-error.ts'

/**
 * A bounded cache in front of a backing store: every `put` reaches the store before it returns, and every hit is a value
 * that the store holds, as long as nobody else writes to it.
 *
 * - **Cost.** `get`, `put` and an eviction are O(1) beside the store's call, whatever the capacity.
 * - **Values** are handed out as they are held: treat them as immutable. `undefined` is never a value.
 * - **Keys** are compared as a `Map` does.
 * - **Failures** of the store arrive as a `StoreError`: its own, or a `READ_FAILURE` or `WRITE_FAILURE` around whatever
 *   else it threw. After a failed write with `applied: 'no'` the cache is as it was; with `'unknown'` the key has been
 *   dropped, and the next `get` asks the store. A failed read changes nothing, and is never a miss.
 * - **Re-entrance.** A store, an observer or a policy may use the cache while it is being used by it; a key that is
 *   written while the store is at work on it is not cached. A policy that throws empties the table, and its error reaches
 *   the caller; the store may have been written by then.
 * - **After `close`** every operation throws `CLOSED`; `size`, `capacity`, `stats` and `close` itself do not.
 */
export class WriteThroughCache<K, V> implements Disposable {
  readonly #store: BackingStore<K, V>
  readonly #operations: SyncOperations<K, V>
  readonly #updates: SyncUpdates<K, V>
  readonly #residence: Residence<K, V>
  readonly #table: ResidentTable<K, Resident<V>>
  readonly #slots: ResidentTable<K, Resident<V>>['slots']
  readonly #values: ResidentTable<K, Resident<V>>['values']
  readonly #isolation: Isolation<V>
  readonly #asksForChanges: boolean
  /** Whether a hit is more than a look-up: somebody wants to know, the store has to be asked first, or the value looked at. */
  readonly #hitsAreSpecial: boolean
  /** Whether the policy alone makes hits special. */
  readonly #onlyPolicyIsTold: boolean
  readonly #counters: Counters
  readonly #observer: CacheObserver<K, V> | undefined
  #closed = false

  /** Throws a `RangeError` for a bad capacity, a `TypeError` for any other bad argument. Does not touch the store. */
  constructor(store: BackingStore<K, V>, options: CacheOptions<K, V>) {
    checkStore(store)
    const checked = checkedOptions(options, store)
    const residence = new Residence(checked)
    this.#store = store
    this.#operations = new SyncOperations(store, residence)
    this.#residence = residence
    this.#table = residence.table
    this.#slots = residence.table.slots
    this.#values = residence.table.values
    this.#counters = residence.counters
    this.#observer = residence.observer
    this.#isolation = new Isolation(checked.isolate)
    this.#updates = new SyncUpdates(store, residence, this.#operations, this.#isolation)
    this.#asksForChanges = checked.coherence === 'revision'
    const hitsNeedMore =
      this.#asksForChanges || this.#isolation.isOn || residence.ages || residence.observer?.hit !== undefined
    this.#hitsAreSpecial = hitsNeedMore || residence.table.policyTakesHits
    this.#onlyPolicyIsTold = !hitsNeedMore
  }

  /** How many entries are resident, remembered absences included; never more than `capacity`. O(size) when entries age. */
  get size(): number {
    return this.#residence.size
  }

  get capacity(): number {
    return this.#residence.table.capacity
  }

  /** How heavy all residents are together, as `weigh` says; never more than `maxWeight`. 0 without these options. */
  get weight(): number {
    return this.#residence.table.weight
  }

  get backingStore(): BackingStore<K, V> {
    return this.#store
  }

  /**
   * The value of `key`: the resident one, else what the store holds, which becomes resident. `undefined` when neither has
   * it. Throws the store's failure to read.
   */
  get(key: K): V | undefined {
    // What a hit costs is spelled out here: one hash look-up, one of an array, one count.
    const slot = this.#slots.get(key)
    if (slot === undefined) return this.#readThrough(key)
    if (this.#hitsAreSpecial) return this.#onlyPolicyIsTold ? this.#toldHit(slot) : this.#specialHit(key)
    this.#counters.cacheHits++
    return this.#values[slot] as V
  }

  /** As `get`, but throws `KEY_NOT_FOUND` when neither has it. */
  getOrThrow(key: K): V {
    const value = this.get(key)
    if (value !== undefined) return value
    throw new StoreError('KEY_NOT_FOUND', `getOrThrow of ${keyText(key)}: it is neither cached nor stored`, {
      key,
    })
  }

  /**
   * The values of those keys that exist, in the order of the keys. Asks the store once for all that are not resident,
   * where it has `loadMany`. Throws a `BulkReadError` with the rest when some could not be read.
   */
  getMany(keys: Iterable<K>): Map<K, V> {
    this.#checkOpen('getMany')
    this.#dropIfChanged()
    const values = new Map<K, Resident<V> | undefined>()
    for (const key of keys) if (!values.has(key)) values.set(key, this.#readResident(key))
    const missing = new Set<K>()
    for (const [key, value] of values) if (value === undefined) missing.add(key)

    const failures = new Map<K, StoreError>()
    const loaded = this.#operations.loadEach(missing, failures)
    this.#counters.backingStoreHits += loaded.size
    this.#counters.misses += missing.size - loaded.size - failures.size

    const found = new Map<K, V>()
    for (const [key, resident] of values) {
      const value = resident === undefined ? loaded.get(key) : residentValue(resident)
      if (value !== undefined) found.set(key, this.#isolation.leave(value))
    }
    if (failures.size > 0) throw bulkReadError('getMany', failures, found)
    return found
  }

  /**
   * The value of `key` as `get` finds it; when there is none, what `produce` returns, written through. `produce` must not
   * use the cache for `key`, nor return a promise or `undefined`: a `TypeError`, with nothing written by this call.
   */
  getOrPut(key: K, produce: () => V): V {
    const present = this.get(key)
    if (present !== undefined) return present
    const value = this.#operations.compute(key, 'getOrPut', produce)
    this.put(key, value)
    return value
  }

  /** Stores `value`, then makes it resident. Throws the store's failure to write; see there for the state it leaves. */
  put(key: K, value: V): void {
    this.#checkOpen('put', key)
    this.#operations.write(key, this.#entering('put', key, value))
  }

  /**
   * Stores all entries, then makes them resident; of duplicate keys the last wins. One `storeMany` where the store has it,
   * else one `store` each, also after a failure. Throws a `BulkStoreError` when some failed: those in `written` are stored.
   */
  putMany(entries: Iterable<readonly [K, V]>): void {
    this.#checkOpen('putMany')
    const batch = new Map(entries)
    for (const [key, value] of batch) batch.set(key, this.#entering('putMany', key, value))
    if (batch.size === 0) return
    const outcome = this.#operations.writeEach(batch)
    if (outcome !== undefined) throw bulkStoreError('putMany', batch.size, outcome)
  }

  /**
   * Replaces the value of `key` by what `change` makes of it, and returns that; `undefined` on either side is absence, so
   * returning it removes the key. Nothing else comes between: over a store that has versions nobody anywhere, and `change` is
   * called again when somebody did (`BUSY` after 1,000 times); over any other nothing in this process. `change` must not use
   * the cache for `key`, nor return a promise: a `TypeError`, with nothing written by this call.
   */
  update(key: K, change: (old: V | undefined) => V | undefined): V | undefined {
    this.#checkOpen('update', key)
    return this.#updates.update(key, change, () => this.get(key))
  }

  /**
   * Stores `value` if there is none, and returns whether it did. Of all processes that do so at once one is told `true`.
   * Asks the store, whatever is resident. A `TypeError` over a store that has no versions.
   */
  putIfAbsent(key: K, value: V): boolean {
    this.#checkOpen('putIfAbsent', key)
    return this.#updates.putIfAbsent(key, value)
  }

  /** Stores `value` if there is one already, and returns whether it did; else as `putIfAbsent`. */
  replace(key: K, value: V): boolean {
    this.#checkOpen('replace', key)
    return this.#updates.replace(key, value)
  }

  /** Removes `key` from the store as well as from the cache; true when the store held it. To drop it here alone: `evict`. */
  invalidate(key: K): boolean {
    this.#checkOpen('invalidate', key)
    return this.#operations.remove(key)
  }

  /** As `invalidate`, for many keys; how many the store held. Throws a `BulkStoreError` when some failed. */
  invalidateMany(keys: Iterable<K>): number {
    this.#checkOpen('invalidateMany')
    const batch = new Set(keys)
    if (batch.size === 0) return 0
    const { existed, outcome } = this.#operations.removeEach(batch)
    if (outcome !== undefined) throw bulkStoreError('invalidateMany', batch.size, outcome)
    return existed
  }

  /** Whether `key` exists. Asks the store when it is not resident; counts as no hit, changes no order, caches nothing. */
  has(key: K): boolean {
    this.#checkOpen('has', key)
    this.#dropIfChanged()
    const resident = this.#residence.peek(key)
    if (resident !== undefined) return resident !== ABSENT
    return this.#operations.loadOnly(key) !== undefined
  }

  /** The resident value, or `undefined`. Never asks the store; counts as no hit, changes no order. */
  peek(key: K): V | undefined {
    this.#checkOpen('peek', key)
    return this.#isolation.leave(residentValue(this.#residence.peek(key)))
  }

  /** Loads `key` again, whether resident or not, and returns what the store holds. Counts as no hit and no miss. */
  refresh(key: K): V | undefined {
    this.#checkOpen('refresh', key)
    return this.#isolation.leave(this.#operations.load(key))
  }

  /**
   * Loads those keys that are not resident, so that they are; how many the store held. More of them than fit push each
   * other out. Counts as no hit and no miss. Throws a `BulkReadError` with the rest when some could not be read.
   */
  warm(keys: Iterable<K>): number {
    this.#checkOpen('warm')
    this.#dropIfChanged()
    const missing = new Set<K>()
    for (const key of keys) if (this.#residence.peek(key) === undefined) missing.add(key)
    const failures = new Map<K, StoreError>()
    const loaded = this.#operations.loadEach(missing, failures)
    if (failures.size > 0) throw bulkReadError('warm', failures, loaded)
    return loaded.size
  }

  /** Drops `key` from the cache and leaves the store alone; true when it was resident. To remove it: `invalidate`. */
  evict(key: K): boolean {
    this.#checkOpen('evict', key)
    return this.#operations.evict(key)
  }

  /** Drops everything from the cache and leaves the store alone. */
  evictAll(): void {
    this.#checkOpen('evictAll')
    this.#operations.evictAll()
  }

  /** The keys of the store, as its `keys` gives them. A `TypeError` when it has none. */
  keys(): Iterable<K> {
    this.#checkOpen('keys')
    const store = this.#store
    if (store.keys === undefined) throw new TypeError('keys: the backing store cannot list its keys')
    return readable(notLater(store.keys(), 'keys'))
  }

  /** The resident entries, in no promised order; follows changes as a `Map` does. */
  entries(): Iterable<[K, V]> {
    this.#checkOpen('entries')
    return this.#isolation.leaving(this.#residence.entries())
  }

  /** What the cache has done, as a frozen snapshot. */
  stats(): Readonly<CacheStats> {
    return snapshot(this.#counters)
  }

  /** Every count begins at 0 again. */
  resetStats(): void {
    this.#counters.reset()
  }

  /** Drops everything and closes the store, where it can be closed. Idempotent; what the store's `close` throws goes on. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#operations.evictAll()
    notLater(this.#store.close?.() as unknown, 'close')
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Throws an `Error` when the cache's own books contradict each other. For tests; O(size). */
  assertInvariants(): void {
    this.#operations.assertInvariants()
  }

  #toldHit(slot: number): V {
    // Read first: the policy may use the cache.
    const value = this.#values[slot] as V
    this.#table.touch(slot)
    this.#counters.cacheHits++
    return value
  }

  #specialHit(key: K): V | undefined {
    this.#dropIfChanged()
    const resident = this.#readResident(key)
    if (resident === undefined) return this.#loadThrough(key)
    return this.#isolation.leave(residentValue(resident))
  }

  #readThrough(key: K): V | undefined {
    this.#checkOpen('get', key)
    this.#dropIfChanged()
    this.#observer?.miss?.(key)
    return this.#loadThrough(key)
  }

  #loadThrough(key: K): V | undefined {
    const value = this.#operations.load(key)
    if (value === undefined) this.#counters.misses++
    else this.#counters.backingStoreHits++
    return this.#isolation.leave(value)
  }

  /** What is resident, as a hit or the beginning of a miss. */
  #readResident(key: K): Resident<V> | undefined {
    const resident = this.#residence.read(key)
    if (resident === undefined) {
      this.#observer?.miss?.(key)
      return undefined
    }
    if (resident === ABSENT) this.#counters.negativeHits++
    else this.#counters.cacheHits++
    this.#observer?.hit?.(key)
    return resident
  }

  /** A caller's value, as it goes to the store and into the table. */
  #entering(operation: string, key: K, value: V): V {
    checkValue(operation, key, value)
    return this.#isolation.enter(operation, key, value)
  }

  /** With `coherence: 'revision'`: what was read or written before the store's last change by others is not served. */
  #dropIfChanged(): void {
    if (this.#asksForChanges) this.#operations.dropIfChanged()
  }

  #checkOpen(operation: string, key?: K): void {
    if (!this.#closed) return
    const what = key === undefined ? operation : `${operation} of ${keyText(key)}`
    throw new StoreError('CLOSED', `${what}: this cache was closed; make another`, { key })
  }
}

/** The same keys, where what the store throws between two of them is a `StoreError`. */
function* readable<K>(keys: Iterable<K>): Generator<K, void, undefined> {
  try {
    yield* keys
  } catch (cause) {
    throw readError(cause, undefined)
  }
}
