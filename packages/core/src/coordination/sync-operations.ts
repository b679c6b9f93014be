import type { BackingStore } from '../backing-store.ts'
import { keyText } from '../key-text.ts'
import { type Residence, residentValue } from '../residence/residence.ts'
import { type BulkOutcome, bulkOutcome, isThenable, notLater, readError, writeError } from '../store-calls.ts'
import { StoreError } from '../store-error.ts'
import { Generations } from './generations.ts'

/** How often a read looks again when the store, while it loads a key, keeps writing that key through the cache. */
const OVERTAKEN_AT_MOST = 3

/**
 * The protocol between table and store when the store answers at once: each operation notes the generation of its key,
 * calls the store, and lets the residence decide by whether the key held. Only a store that calls back into the cache
 * makes it not hold. Costs O(1) a key beside the store's call.
 */
export class SyncOperations<K, V> {
  readonly #store: BackingStore<K, V>
  readonly #residence: Residence<K, V>
  readonly #generations: Generations<K> = new Generations()
  /** What the store answered last. Nothing that is resident was read or written before that. */
  #revision: unknown

  constructor(store: BackingStore<K, V>, residence: Residence<K, V>) {
    this.#store = store
    this.#residence = residence
  }

  /** Loads a key, by `load` where that is given, and makes it resident. */
  load(key: K, load?: () => V | undefined): V | undefined {
    for (let attempt = 1; ; attempt++) {
      const since = this.#residence.now()
      const began = this.#generations.begin()
      try {
        const value = this.loadOnly(key, load)
        if (this.#generations.held(key, began)) {
          this.#residence.loaded(key, value, since)
          return value
        }
        if (attempt === OVERTAKEN_AT_MOST) return value
      } finally {
        this.#generations.end()
      }
      const newer = this.#residence.peek(key)
      if (newer !== undefined) return residentValue(newer)
    }
  }

  /** Loads a key and leaves the table alone. */
  loadOnly(key: K, load?: () => V | undefined): V | undefined {
    try {
      return load === undefined ? notLater(this.#store.load(key), 'load') : load()
    } catch (cause) {
      // The store's own error, or one around whatever else it threw.
      throw this.#residence.loadFailed(readError(cause, key))
    }
  }

  /** Loads keys and makes them resident; those that could not be read are added to `failures`. */
  loadEach(keys: ReadonlySet<K>, failures: Map<K, StoreError>): Map<K, V> {
    const found = new Map<K, V>()
    if (keys.size === 0) return found
    const since = this.#residence.now()
    const began = this.#generations.begin()
    try {
      const batch = this.#loadMany(keys)
      for (const key of keys) {
        let value = batch?.get(key)
        if (batch !== undefined && this.#generations.held(key, began))
          this.#residence.loaded(key, value, since)
        else value = this.#loadInto(failures, key)
        if (value !== undefined) found.set(key, value)
      }
    } finally {
      this.#generations.end()
    }
    return found
  }

  /** Writes to the store, then makes the value resident. */
  write(key: K, value: V): void {
    const weight = this.#residence.weightOf(key, value)
    const since = this.#residence.now()
    this.#residence.counters.writes++
    this.#generations.move(key)
    const began = this.#generations.begin()
    try {
      const failure = this.#tryStore(key, value)
      if (failure !== undefined) throw this.#residence.writeFailed(key, failure)
      this.#residence.written(key, value, weight, since, this.#generations.held(key, began))
    } finally {
      this.#generations.end()
    }
  }

  /** Writes all entries; how it went, key by key, when some failed. */
  writeEach(batch: ReadonlyMap<K, V>): BulkOutcome<K> | undefined {
    const weights = [...batch].map(([key, value]) => this.#residence.weightOf(key, value))
    const since = this.#residence.now()
    this.#residence.counters.writes += batch.size
    for (const key of batch.keys()) this.#generations.move(key)
    const began = this.#generations.begin()
    try {
      const outcome = this.#storeMany(batch)
      let index = 0
      for (const [key, value] of batch) {
        const weight = weights[index++]!
        if (outcome === undefined || outcome.written.has(key)) {
          this.#residence.written(key, value, weight, since, this.#generations.held(key, began))
        } else {
          this.#residence.writeFailed(key, outcome.failures.get(key))
        }
      }
      return outcome
    } finally {
      this.#generations.end()
    }
  }

  /** Removes from both; true when the store held the key. */
  remove(key: K): boolean {
    this.#residence.counters.removals++
    this.#beforeRemove(key)
    this.#generations.begin()
    try {
      const removed = this.#tryRemove(key)
      if (StoreError.is(removed)) throw this.#residence.removeFailed(key, removed)
      this.#residence.removed(key)
      return removed
    } finally {
      this.#generations.end()
    }
  }

  /** Removes keys from both; how many the store held, and how it went, key by key, when some failed. */
  removeEach(keys: ReadonlySet<K>): { existed: number; outcome: BulkOutcome<K> | undefined } {
    this.#residence.counters.removals += keys.size
    for (const key of keys) this.#beforeRemove(key)
    this.#generations.begin()
    try {
      const { existed, outcome } = this.#removeMany(keys)
      for (const key of keys) {
        if (outcome === undefined || outcome.written.has(key)) this.#residence.removed(key)
        else this.#residence.removeFailed(key, outcome.failures.get(key))
      }
      return { existed, outcome }
    } finally {
      this.#generations.end()
    }
  }

  /** Writes a key by `run`, which is told whether it held so far: whether no other operation came between. */
  writeBy<T>(key: K, run: (held: () => boolean) => T): T {
    this.#generations.move(key)
    const began = this.#generations.begin()
    try {
      return run(() => this.#generations.held(key, began))
    } finally {
      this.#generations.end()
    }
  }

  /** What a caller's function returns for a key, which it must not write through the cache, nor answer later. */
  compute<T>(key: K, operation: string, compute: () => T): T {
    const began = this.#generations.begin()
    try {
      const result = compute()
      if (isThenable(result)) {
        throw new TypeError(
          `${operation} of ${keyText(key)}: the function returned a promise; it has to return the value`,
        )
      }
      if (!this.#generations.held(key, began)) {
        throw new TypeError(
          `${operation} of ${keyText(key)}: the function used the cache for that key; it has to return the value`,
        )
      }
      return result
    } finally {
      this.#generations.end()
    }
  }

  /** The key leaves the table, and no operation under way brings it back; true when it was resident. */
  evict(key: K): boolean {
    this.#generations.move(key)
    return this.#residence.drop(key, 'requested')
  }

  /** Asks the store whether others changed it since this was asked last; then nothing stays resident. */
  dropIfChanged(): void {
    let revision: unknown
    try {
      revision = notLater(this.#store.revision?.(), 'revision')
    } catch (cause) {
      // Whether what is resident may be served is not known, so that it is not.
      throw this.#residence.loadFailed(readError(cause, undefined))
    }
    if (revision === this.#revision) return
    this.#revision = revision
    this.#generations.moveAll()
    this.#residence.dropAll('outdated')
  }

  evictAll(): void {
    this.#generations.moveAll()
    this.#residence.dropAll('requested')
  }

  assertInvariants(): void {
    this.#generations.assertInvariants()
    this.#residence.table.assertInvariants()
  }

  #loadMany(keys: ReadonlySet<K>): Map<K, V> | undefined {
    if (this.#store.loadMany === undefined) return undefined
    try {
      return notLater(this.#store.loadMany(keys), 'loadMany')
    } catch {
      // Which key is to blame is for `load` to say, key by key.
      return undefined
    }
  }

  #loadInto(failures: Map<K, StoreError>, key: K): V | undefined {
    try {
      return this.load(key)
    } catch (error) {
      if (!StoreError.is(error)) throw error
      failures.set(key, error)
      return undefined
    }
  }

  #tryStore(key: K, value: V): StoreError | undefined {
    try {
      notLater(this.#store.store(key, value) as unknown, 'store')
      return undefined
    } catch (cause) {
      return writeError(cause, key, 'store')
    }
  }

  #storeMany(batch: ReadonlyMap<K, V>): BulkOutcome<K> | undefined {
    if (this.#store.storeMany !== undefined) {
      try {
        notLater(this.#store.storeMany(batch) as unknown, 'storeMany')
        return undefined
      } catch (cause) {
        return bulkOutcome(cause, batch.keys(), 'store')
      }
    }
    const failures = new Map<K, StoreError>()
    const written = new Set<K>()
    for (const [key, value] of batch) {
      const failure = this.#tryStore(key, value)
      if (failure === undefined) written.add(key)
      else failures.set(key, failure)
    }
    return failures.size > 0 ? { failures, written } : undefined
  }

  /** Dropped before the store is asked, so that nobody is served what is about to go, and again when it has gone. */
  #beforeRemove(key: K): void {
    this.#residence.table.delete(key)
    this.#generations.move(key)
  }

  #tryRemove(key: K): boolean | StoreError {
    try {
      return notLater(this.#store.remove(key), 'remove')
    } catch (cause) {
      return writeError(cause, key, 'remove')
    }
  }

  #removeMany(keys: ReadonlySet<K>): { existed: number; outcome: BulkOutcome<K> | undefined } {
    if (this.#store.removeMany !== undefined) {
      try {
        return { existed: notLater(this.#store.removeMany(keys), 'removeMany'), outcome: undefined }
      } catch (cause) {
        return { existed: 0, outcome: bulkOutcome(cause, keys, 'remove') }
      }
    }
    const failures = new Map<K, StoreError>()
    const written = new Set<K>()
    let existed = 0
    for (const key of keys) {
      const removed = this.#tryRemove(key)
      if (StoreError.is(removed)) failures.set(key, removed)
      else written.add(key)
      if (removed === true) existed++
    }
    return { existed, outcome: failures.size > 0 ? { failures, written } : undefined }
  }
}
