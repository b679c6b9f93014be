import { type CacheObserver, type EvictionReason, shielded } from '../observer.ts'
import type { CheckedOptions } from '../options.ts'
import { Counters } from '../stats.ts'
import type { StoreError } from '../store-error.ts'
import { type Evicted, ResidentTable } from './resident-table.ts'

/**
 * What becomes of the table, the counters and the observer when the store has answered: the decisions that do not depend
 * on whether it answered at once or later.
 */
export class Residence<K, V> {
  readonly counters: Counters = new Counters()
  readonly table: ResidentTable<K, V>
  readonly observer: CacheObserver<K, V> | undefined

  constructor(options: CheckedOptions<K, V>) {
    this.table = new ResidentTable<K, V>(options.capacity, options.policy, this.counters)
    this.observer = options.observer && shielded(options.observer)
  }

  /** The store answered a load, and nobody wrote the key meanwhile. `undefined`: it does not hold the key. */
  loaded(key: K, value: V | undefined): void {
    if (value === undefined) this.drop(key, 'outdated')
    else this.#install(key, value)
    this.observer?.load?.(key, value)
  }

  /** A load failed. The table stays as it is. Returns the error. */
  loadFailed(error: StoreError): StoreError {
    this.counters.loadErrors++
    this.observer?.error?.(error)
    return error
  }

  /** The store took a write. When somebody else wrote the key meanwhile, it cannot be said what the store holds now. */
  written(key: K, value: V, held: boolean): void {
    if (held) this.#install(key, value)
    else this.drop(key, 'outdated')
    this.observer?.write?.(key, value)
  }

  /** A write failed; without an error, its outcome is unknown. Returns the error. */
  writeFailed<E extends StoreError | undefined>(key: K, error: E): E {
    this.counters.writeErrors++
    return this.#failed(key, error)
  }

  /** The store took a remove. */
  removed(key: K): void {
    this.table.delete(key)
    this.observer?.remove?.(key)
  }

  /** As `writeFailed`. */
  removeFailed<E extends StoreError | undefined>(key: K, error: E): E {
    this.counters.removeErrors++
    return this.#failed(key, error)
  }

  /** Takes a key out of the table, and tells why; true when it was resident. */
  drop(key: K, reason: EvictionReason): boolean {
    const value = this.table.delete(key)
    if (value === undefined) return false
    this.observer?.eviction?.(key, value, reason)
    return true
  }

  /** Takes everything out of the table. O(residents) when an observer wants to know of evictions. */
  dropAll(reason: EvictionReason): void {
    const dropped = this.observer?.eviction === undefined ? [] : [...this.table.entries()]
    this.table.clear()
    for (const [key, value] of dropped) this.observer?.eviction?.(key, value, reason)
  }

  /** With `applied: 'no'` the store is as it was, and so stays the table. Else the next read has to ask the store. */
  #failed<E extends StoreError | undefined>(key: K, error: E): E {
    if (error?.applied !== 'no') this.drop(key, 'outdated')
    if (error !== undefined) this.observer?.error?.(error)
    return error
  }

  #install(key: K, value: V): void {
    if (this.observer?.eviction === undefined) {
      this.table.set(key, value)
      return
    }
    // The observer hears of it when the table is whole again, so that it may use the cache.
    const evicted: Evicted<K, V>[] = []
    this.table.set(key, value, evicted)
    for (const [oldKey, oldValue] of evicted) this.observer.eviction(oldKey, oldValue, 'capacity')
  }
}
