import type { AsyncBackingStore, Awaitable, Unsubscribe } from './backing-store.ts'
import { AsyncBatches } from './coordination/async-batches.ts'
import { AsyncLeases } from './coordination/async-leases.ts'
import { AsyncReads } from './coordination/async-reads.ts'
import { AsyncUpdates } from './coordination/async-updates.ts'
import { AsyncWrites } from './coordination/async-writes.ts'
import { checkedAsyncOptions } from './checked-options.ts'
import { Coordination } from './coordination/coordination.ts'
import { Patience, type WaitOptions } from './coordination/patience.ts'
import { keyText } from './key-text.ts'
import { hasLeases } from './leases.ts'
import type { AsyncCacheOptions } from './options.ts'
import { Isolation } from './residence/isolation.ts'
import { ABSENT, Residence, type Resident, residentValue } from './residence/residence.ts'
import { type CacheStats, type Counters, snapshot } from './stats.ts'
import { bulkReadError, checkStore, checkValue, readError } from './store-calls.ts'
import { StoreError } from './store-error.ts'

export interface WarmOptions extends WaitOptions {
  /** How many keys are loaded at a time. Default 64. */
  readonly concurrency?: number
  /** Is called after each group of keys: how many have been looked at. */
  readonly onProgress?: (done: number) => void
}

/**
 * The write-through cache for stores that answer later; every synchronous store will do too. All it answers are promises,
 * and all it throws arrives as a rejection. What stands at `WriteThroughCache` holds here as well, and:
 *
 * - **No stale answer.** After a `put` or `invalidate` has settled, no read that starts later answers an older value: not
 *   from the table, not from a load under way. Per key, reads and writes are linearizable in this process.
 * - **One load per key.** Reads of a key that is not resident share one load. When it fails all of them hear of it, and it
 *   is not remembered. No read is rejected because of a write.
 * - **Writes of one key keep their order**; those of different keys do not wait for each other, except through a batch.
 * - **Giving up.** `signal` and `timeoutMs` end the caller's wait, with `ABORTED` or `TIMEOUT`. A load goes on for those who
 *   share it. A write that the store has not been asked for is never sent (`applied: 'no'`). After that it is `'unknown'`,
 *   and until the store has answered the key is *fenced*: nothing is cached, reads ask the store, later writes wait.
 */
export class AsyncWriteThroughCache<K, V> implements AsyncDisposable {
  readonly #store: AsyncBackingStore<K, V>
  readonly #shared: Coordination<K, V>
  readonly #reads: AsyncReads<K, V>
  readonly #writes: AsyncWrites<K, V>
  readonly #updates: AsyncUpdates<K, V>
  /** Absent without `leaseMs`. */
  readonly #leases: AsyncLeases<K, V> | undefined
  readonly #batches: AsyncBatches<K, V>
  readonly #residence: Residence<K, V>
  readonly #isolation: Isolation<V>
  readonly #counters: Counters
  /** Whether reads ask the store first. Where they do not, they reach it in the turn of their call. */
  readonly #asksForChanges: boolean
  readonly #subscription: Promise<Unsubscribe | undefined> | undefined
  #closing: Promise<void> | undefined

  /** Throws a `RangeError` for a bad capacity, a `TypeError` for any other bad argument. */
  constructor(store: AsyncBackingStore<K, V>, options: AsyncCacheOptions<K, V>) {
    checkStore(store)
    const checked = checkedAsyncOptions(options, store)
    const residence = new Residence(checked)
    this.#residence = residence
    this.#isolation = new Isolation(checked.isolate)
    this.#store = store
    this.#shared = new Coordination(store, residence)
    this.#reads = new AsyncReads(this.#shared)
    this.#writes = new AsyncWrites(this.#shared)
    this.#updates = new AsyncUpdates(this.#shared, this.#reads, this.#writes, this.#isolation)
    if (checked.leaseMs !== undefined && hasLeases(store)) {
      const parts = { reads: this.#reads, updates: this.#updates, isolation: this.#isolation }
      this.#leases = new AsyncLeases(this.#shared, parts, store, checked.leaseMs)
    }
    this.#batches = new AsyncBatches(this.#shared, this.#reads, this.#writes)
    this.#counters = residence.counters
    this.#asksForChanges = checked.coherence === 'revision'
    if (checked.coherence === 'subscribe') this.#subscription = this.#subscribe()
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

  get backingStore(): AsyncBackingStore<K, V> {
    return this.#store
  }

  /** The value of `key`: the resident one, else what the store holds, which becomes resident; `undefined` when there is none. */
  get(key: K, options?: WaitOptions): Promise<V | undefined> {
    if (options === undefined && !this.#asksForChanges) {
      try {
        const resident = this.#residence.read(key)
        if (resident !== undefined) return Promise.resolve(this.#hit(key, resident))
      } catch (error) {
        // The policy's, the clock's or the copy's.
        return Promise.reject(error)
      }
    }
    return this.#serve('get', key, options, (patience) => this.#read(key, patience))
  }

  /** As `get`, but rejects with `KEY_NOT_FOUND` when there is none. */
  async getOrThrow(key: K, options?: WaitOptions): Promise<V> {
    const value = await this.get(key, options)
    if (value !== undefined) return value
    throw new StoreError('KEY_NOT_FOUND', `getOrThrow of ${keyText(key)}: it is neither cached nor stored`, {
      key,
    })
  }

  /**
   * The values of those keys that exist, in the order of the keys: one `loadMany` for those that are neither resident nor
   * being loaded. Rejects with a `BulkReadError` that has the rest when some could not be read.
   */
  getMany(keys: Iterable<K>, options?: WaitOptions): Promise<Map<K, V>> {
    return this.#serve('getMany', undefined, options, async (patience) => {
      const { found, failures } = await this.#batches.readEach(
        new Set(keys),
        (key) => this.#read(key, patience),
        patience,
      )
      if (failures.size > 0) throw bulkReadError('getMany', failures, found)
      return found
    })
  }

  /**
   * The value of `key`; when there is none, what `produce` brings, written through. Of callers at the same time one
   * produces, the others get its value: with `leaseMs` also those in other processes; without it each process produces.
   * `produce` must not write `key` through this cache: it would wait for itself.
   */
  getOrPut(key: K, produce: () => Awaitable<V>, options?: WaitOptions): Promise<V> {
    return this.#serve('getOrPut', key, options, async (patience) => {
      const present = await this.#read(key, patience)
      if (present !== undefined) return present
      return await this.#writes.inTurn([key], patience, async (turn) => {
        if (this.#asksForChanges) await this.#reads.dropIfChanged(patience)
        if (this.#leases !== undefined) {
          const resident = this.#isolation.leave(residentValue(this.#residence.peek(key)))
          if (resident !== undefined) return resident
          return await this.#leases.getOrPut(turn, key, () => this.#run(produce), patience)
        }
        const meanwhile = await this.#reads.read(key, patience)
        if (meanwhile !== undefined) return this.#isolation.leave(meanwhile)
        const value = await patience.wait(this.#run(produce))
        await this.#writes.storeOne(turn, key, this.#entering('getOrPut', key, value), patience)
        return value
      })
    })
  }

  /** Stores `value`, then makes it resident. Rejects with the store's failure to write. */
  put(key: K, value: V, options?: WaitOptions): Promise<void> {
    return this.#serve('put', key, options, (patience) => {
      const held = this.#entering('put', key, value)
      return this.#writes.inTurn([key], patience, (turn) => this.#writes.storeOne(turn, key, held, patience))
    })
  }

  /**
   * Stores all entries, then makes them resident; of duplicate keys the last wins. One `storeMany` where the store has it,
   * when its turn has come for all keys; else one `store` each. Rejects with a `BulkStoreError` when some failed.
   */
  putMany(entries: Iterable<readonly [K, V]>, options?: WaitOptions): Promise<void> {
    return this.#serve('putMany', undefined, options, async (patience) => {
      const batch = new Map(entries)
      for (const [key, value] of batch) batch.set(key, this.#entering('putMany', key, value))
      if (batch.size > 0) await this.#batches.store(batch, patience)
    })
  }

  /**
   * Replaces the value of `key` by what `change` makes of it, and answers that; `undefined` on either side is absence.
   * No other write comes between: over a store that has versions nobody's anywhere, and `change` is called again, after a
   * pause, when one did (`BUSY` after 1,000 times); over any other none of this process. `change` must not write `key` through
   * this cache: it would wait for itself.
   */
  update(
    key: K,
    change: (old: V | undefined) => Awaitable<V | undefined>,
    options?: WaitOptions,
  ): Promise<V | undefined> {
    return this.#serve('update', key, options, (patience) =>
      this.#updates.update(key, change, patience, () => this.#read(key, patience)),
    )
  }

  /**
   * Stores `value` if there is none, and answers whether it did. Of all processes that do so at once one is told `true`.
   * Asks the store, whatever is resident. A `TypeError` over a store that has no versions.
   */
  putIfAbsent(key: K, value: V, options?: WaitOptions): Promise<boolean> {
    return this.#serve('putIfAbsent', key, options, (patience) =>
      this.#updates.putIfAbsent(key, value, patience),
    )
  }

  /** Stores `value` if there is one already, and answers whether it did; else as `putIfAbsent`. */
  replace(key: K, value: V, options?: WaitOptions): Promise<boolean> {
    return this.#serve('replace', key, options, (patience) => this.#updates.replace(key, value, patience))
  }

  /** Removes `key` from the store as well as from the cache; true when the store held it. To drop it here alone: `evict`. */
  invalidate(key: K, options?: WaitOptions): Promise<boolean> {
    return this.#serve('invalidate', key, options, (patience) => {
      this.#residence.table.delete(key)
      return this.#writes.inTurn([key], patience, (turn) => this.#writes.removeOne(turn, key, patience))
    })
  }

  /** As `invalidate`, for many keys; how many the store held. Rejects with a `BulkStoreError` when some failed. */
  invalidateMany(keys: Iterable<K>, options?: WaitOptions): Promise<number> {
    return this.#serve('invalidateMany', undefined, options, async (patience) => {
      const batch = new Set(keys)
      for (const key of batch) this.#residence.table.delete(key)
      return batch.size > 0 ? await this.#batches.remove(batch, patience) : 0
    })
  }

  /** Whether `key` exists. Asks the store when it is not resident; counts as no hit, changes no order. */
  has(key: K, options?: WaitOptions): Promise<boolean> {
    return this.#serve('has', key, options, async (patience) => {
      if (this.#asksForChanges) await this.#reads.dropIfChanged(patience)
      return (await this.#reads.read(key, patience, false)) !== undefined
    })
  }

  /** The resident value, or `undefined`; at once. Never asks the store; counts as no hit, changes no order. */
  peek(key: K): V | undefined {
    this.#checkOpen('peek', key)
    return this.#isolation.leave(residentValue(this.#residence.peek(key)))
  }

  /** Loads `key` again, whether resident or not. Counts as no hit and no miss. */
  refresh(key: K, options?: WaitOptions): Promise<V | undefined> {
    return this.#serve('refresh', key, options, async (patience) => {
      // A write under way may have been overwritten already: then its value will not do.
      if (this.#asksForChanges) await this.#reads.dropIfChanged(patience)
      return this.#isolation.leave(await this.#reads.refresh(key, patience))
    })
  }

  /** Loads those keys that are not resident, `concurrency` at a time; how many of the keys exist. Counts as no hit and no miss. */
  warm(keys: Iterable<K>, options: WarmOptions = {}): Promise<number> {
    return this.#serve('warm', undefined, options, async (patience) => {
      const { concurrency = 64, onProgress } = options
      if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
        throw new RangeError(`warm: concurrency is a positive integer, not ${String(concurrency)}`)
      }
      if (this.#asksForChanges) await this.#reads.dropIfChanged(patience)
      const all = [...new Set(keys)]
      const found = new Map<K, V>()
      const failures = new Map<K, StoreError>()
      for (let done = 0; done < all.length; done += concurrency) {
        const group = new Set(all.slice(done, done + concurrency))
        const read = await this.#batches.readEach(group, (key) => this.#reads.read(key, patience), patience)
        for (const [key, value] of read.found) found.set(key, value)
        for (const [key, error] of read.failures) failures.set(key, error)
        onProgress?.(Math.min(done + concurrency, all.length))
      }
      if (failures.size > 0) throw bulkReadError('warm', failures, found)
      return found.size
    })
  }

  /** Drops `key` from the cache and leaves the store alone; true when it was resident. At once. To remove it: `invalidate`. */
  evict(key: K): boolean {
    this.#checkOpen('evict', key)
    return this.#shared.evict(key)
  }

  /** Drops everything from the cache and leaves the store alone. At once. */
  evictAll(): void {
    this.#checkOpen('evictAll')
    this.#shared.evictAll()
  }

  /** The keys of the store, as its `keys` gives them. A `TypeError` when it has none. */
  keys(): AsyncIterable<K> {
    this.#checkOpen('keys')
    const store = this.#store
    if (store.keys === undefined) throw new TypeError('keys: the backing store cannot list its keys')
    return readable(store.keys())
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

  /**
   * Takes no more operations, waits for those under way, and closes the store. With `timeoutMs` it waits no longer than
   * that: who still waits is told `CLOSED`, with `applied: 'unknown'` where the store had been asked to write, and the
   * store is closed without waiting for its answer. Idempotent: the first call decides.
   */
  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs)
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Throws an `Error` when the cache's own books contradict each other or, `atRest`, a key is still in use. For tests. */
  assertInvariants(atRest = false): void {
    this.#shared.assertInvariants(atRest)
  }

  async #close(timeoutMs: number | undefined): Promise<void> {
    const drained = await this.#shared.gate.drained(timeoutMs)
    this.#shared.gate.end()
    this.#shared.evictAll()
    const closing = this.#closeStore()
    if (drained) await closing
    else closing.catch(() => {})
  }

  async #closeStore(): Promise<void> {
    const unsubscribe = await this.#subscription
    await unsubscribe?.()
    await this.#store.close?.()
  }

  /** Until the store has said `up`, and for good when it cannot be subscribed to, the cache is down. */
  async #subscribe(): Promise<Unsubscribe | undefined> {
    this.#shared.down = true
    try {
      return await this.#store.subscribe?.((change) => this.#shared.changed(change))
    } catch (cause) {
      this.#residence.observer?.error?.(readError(cause, undefined))
      return undefined
    }
  }

  async #serve<T>(
    operation: string,
    key: K | undefined,
    options: WaitOptions | undefined,
    body: (patience: Patience) => Promise<T>,
  ): Promise<T> {
    this.#checkOpen(operation, key)
    const what = key === undefined ? operation : `${operation} of ${keyText(key)}`
    const patience = new Patience(what, key, options)
    return await this.#shared.gate.serve(patience, body)
  }

  async #read(key: K, patience: Patience): Promise<V | undefined> {
    if (this.#asksForChanges) await this.#reads.dropIfChanged(patience)
    return await this.#count(key, patience)
  }

  /** Reads a key, as a hit or a miss. */
  async #count(key: K, patience: Patience): Promise<V | undefined> {
    if (patience.over !== undefined) throw patience.over
    const resident = this.#residence.read(key)
    if (resident !== undefined) return this.#hit(key, resident)
    this.#residence.observer?.miss?.(key)
    const value = await this.#reads.read(key, patience)
    if (value !== undefined) this.#counters.backingStoreHits++
    else this.#counters.misses++
    return this.#isolation.leave(value)
  }

  #hit(key: K, resident: Resident<V>): V | undefined {
    if (resident === ABSENT) this.#counters.negativeHits++
    else this.#counters.cacheHits++
    this.#residence.observer?.hit?.(key)
    return this.#isolation.leave(residentValue(resident))
  }

  /** A caller's value, as it goes to the store and into the table. */
  #entering(operation: string, key: K, value: V): V {
    checkValue(operation, key, value)
    return this.#isolation.enter(operation, key, value)
  }

  /** What a caller's function brings, also when it throws at once. */
  async #run<T>(produce: () => Awaitable<T>): Promise<T> {
    return await produce()
  }

  #checkOpen(operation: string, key?: K): void {
    if (this.#closing === undefined) return
    const what = key === undefined ? operation : `${operation} of ${keyText(key)}`
    throw new StoreError('CLOSED', `${what}: this cache was closed; make another`, { key })
  }
}

/** The same keys, where what the store throws between two of them is a `StoreError`. */
async function* readable<K>(keys: Iterable<K> | AsyncIterable<K>): AsyncGenerator<K, void, undefined> {
  try {
    yield* keys
  } catch (cause) {
    throw readError(cause, undefined)
  }
}
