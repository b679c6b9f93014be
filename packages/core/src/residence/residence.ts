import type { CheckedOptions } from '../checked-options.ts'
import { keyText } from '../key-text.ts'
import { type CacheObserver, type EvictionReason, shielded } from '../observer.ts'
import { REFUSED } from '../policies/policy.ts'
import { Counters } from '../stats.ts'
import type { StoreError } from '../store-error.ts'
import { Ages } from './ages.ts'
import { type Evicted, ResidentTable } from './resident-table.ts'

/** What is resident under a key: its value, or that the store does not hold it. */
export type Resident<V> = V | typeof ABSENT
export const ABSENT: unique symbol = Symbol('absent')

/** Nothing when nothing is resident, or only a remembered absence. */
export function residentValue<V>(resident: Resident<V> | undefined): V | undefined {
  return resident === ABSENT ? undefined : resident
}

/**
 * What becomes of the table, the counters and the observer when the store has answered: the decisions that do not depend
 * on whether it answered at once or later.
 */
export class Residence<K, V> {
  readonly counters: Counters = new Counters()
  readonly table: ResidentTable<K, Resident<V>>
  readonly observer: CacheObserver<K, V> | undefined
  readonly #weigh: ((value: V, key: K) => number) | undefined
  /** Absent when nothing ages. */
  readonly #ages: Ages | undefined
  readonly #remembersAbsence: boolean
  /** Nothing ages, and nobody listens. */
  readonly #isPlain: boolean

  constructor(options: CheckedOptions<K, V>) {
    const { maxAgeMs, negativeMaxAgeMs, clock = monotonic } = options
    this.table = new ResidentTable<K, Resident<V>>(options, options.policy, this.counters)
    this.observer = options.observer && shielded(options.observer)
    this.#weigh = options.weigh
    this.#remembersAbsence = negativeMaxAgeMs !== undefined
    if (maxAgeMs !== undefined || negativeMaxAgeMs !== undefined) {
      this.#ages = new Ages(clock, maxAgeMs, negativeMaxAgeMs)
    }
    this.#isPlain = this.#ages === undefined && this.observer === undefined
  }

  /** Whether what is resident may have grown too old. */
  get ages(): boolean {
    return this.#ages !== undefined
  }

  /** The time, for a load or write that begins. Asks the clock only when something ages. */
  now(): number {
    return this.#ages?.now() ?? 0
  }

  /** Whether a reader may be answered what a load or write brings that began at `since`. */
  isFresh(since: number): boolean {
    return this.#ages === undefined || this.#ages.isFreshSince(since)
  }

  /** How heavy an entry is; 0 when that is not asked. Throws a `RangeError` when the answer is no weight. */
  weightOf(key: K, value: V): number {
    return this.#weigh === undefined ? 0 : this.#checkedWeight(this.#weigh(value, key), key)
  }

  #checkedWeight(weight: number, key: K): number {
    if (Number.isSafeInteger(weight) && weight >= 0) return weight
    throw new RangeError(`weigh of ${keyText(key)}: an integer from 0, not ${String(weight)}`)
  }

  /** What is resident, as a use of it: the policy is told. */
  read(key: K): Resident<V> | undefined {
    const slot = this.#slotOf(key)
    if (slot === undefined) return undefined
    const resident = this.table.values[slot]
    if (this.table.policyTakesHits) this.table.touch(slot)
    return resident
  }

  /** What is resident, with no effect. */
  peek(key: K): Resident<V> | undefined {
    const slot = this.#slotOf(key)
    return slot === undefined ? undefined : this.table.values[slot]
  }

  /** How many entries are resident, remembered absences included. O(residents) when anything ages. */
  get size(): number {
    if (this.#ages !== undefined) for (const [key] of this.table.entries()) this.#slotOf(key)
    return this.table.size
  }

  /** Every resident value, in no promised order. Follows changes as a `Map` does. */
  *entries(): Generator<[K, V], void, undefined> {
    for (const [key] of this.table.entries()) {
      const value = residentValue(this.peek(key))
      if (value !== undefined) yield [key, value]
    }
  }

  /** The store answered a load, and nobody wrote the key meanwhile. `undefined`: it does not hold the key. */
  loaded(key: K, value: V | undefined, since: number): void {
    if (value !== undefined) this.#install(key, value, this.#weightOfLoaded(key, value), since)
    else if (this.#remembersAbsence) this.#install(key, ABSENT, 0, since)
    else this.drop(key, 'outdated')
    this.observer?.load?.(key, value)
  }

  /** A load failed. The table stays as it is. Returns the error. */
  loadFailed(error: StoreError): StoreError {
    this.counters.loadErrors++
    this.observer?.error?.(error)
    return error
  }

  /** The store took a write. When somebody else wrote the key meanwhile, it cannot be said what the store holds now. */
  written(key: K, value: V, weight: number, since: number, held: boolean): void {
    if (held && this.#isPlain) this.table.set(key, value, weight)
    else this.#writtenTold(key, value, weight, since, held)
  }

  #writtenTold(key: K, value: V, weight: number, since: number, held: boolean): void {
    if (held) this.#install(key, value, weight, since)
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

  /** The store refused a write, because somebody else had changed the key. */
  refused(key: K): void {
    this.counters.conflicts++
    this.drop(key, 'outdated')
  }

  /** Takes a key out of the table, and tells why; true when a value was resident. */
  drop(key: K, reason: EvictionReason): boolean {
    return this.#tell(key, this.table.delete(key), reason)
  }

  /** Takes everything out of the table. O(residents) when an observer wants to know of evictions. */
  dropAll(reason: EvictionReason): void {
    const dropped = this.observer?.eviction === undefined ? [] : [...this.table.entries()]
    this.table.clear()
    for (const [key, resident] of dropped) this.#tell(key, resident, reason)
  }

  /** Where the key is resident. What has grown too old leaves. */
  #slotOf(key: K): number | undefined {
    const slot = this.table.slots.get(key)
    if (slot === undefined || this.#ages === undefined) return slot
    if (this.#ages.isFresh(slot, this.table.values[slot] === ABSENT)) return slot
    this.drop(key, 'expired')
    return undefined
  }

  /** With `applied: 'no'` the store is as it was, and so stays the table. Else the next read has to ask the store. */
  #failed<E extends StoreError | undefined>(key: K, error: E): E {
    if (error?.applied !== 'no') this.drop(key, 'outdated')
    if (error !== undefined) this.observer?.error?.(error)
    return error
  }

  #weightOfLoaded(key: K, value: V): number {
    try {
      return this.weightOf(key, value)
    } catch (error) {
      // What is resident is not what was loaded, which cannot be.
      this.drop(key, 'outdated')
      throw error
    }
  }

  #install(key: K, resident: Resident<V>, weight: number, since: number): void {
    if (this.observer?.eviction === undefined) {
      const slot = this.table.set(key, resident, weight)
      if (slot !== REFUSED) this.#ages?.note(slot, since)
      return
    }
    // The observer hears of it when the table is whole again, so that it may use the cache.
    const before = this.table.peek(key)
    const evicted: Evicted<K, Resident<V>>[] = []
    const slot = this.table.set(key, resident, weight, evicted)
    if (slot !== REFUSED) this.#ages?.note(slot, since)
    else this.#tell(key, before, 'outdated')
    for (const [oldKey, old] of evicted) this.#tell(oldKey, old, 'capacity')
  }

  /** True when a value left the table. A remembered absence that leaves is nobody's loss. */
  #tell(key: K, resident: Resident<V> | undefined, reason: EvictionReason): boolean {
    const value = residentValue(resident)
    if (value === undefined) return false
    this.observer?.eviction?.(key, value, reason)
    return true
  }
}

/** Is not set back when the clock on the wall is. */
function monotonic(): number {
  return performance.now()
}
