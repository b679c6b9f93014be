import { keyText } from '../key-text.ts'
import { type EvictionPolicy, type PolicyBooks, REFUSED, type Residents } from '../policies/policy.ts'
import { roomFor } from '../policies/slot-arrays.ts'
import type { Counters } from '../stats.ts'
import { LARGEST_MAP, type SlotMap, WideMap } from './wide-map.ts'

export interface Bounds {
  readonly capacity: number
  /** Without it, weights are not looked at. */
  readonly maxWeight?: number
}

/** An entry that left to make room. */
export type Evicted<K, V> = readonly [key: K, value: V]

/**
 * The bounded table of what is resident: a `Map` from key to slot, and an array of keys and one of values by slot, so
 * that policies keep their books in integers. `get`, `set` and `delete` are O(1), whatever the capacity.
 * When its policy throws, it lets go of everything and starts anew with new books, and the error goes on to the caller.
 */
export class ResidentTable<K, V> implements Residents<K> {
  readonly capacity: number
  /** Where each resident is, and what is there: for the path of a hit, which is one look-up in each. */
  readonly slots: Pick<SlotMap<K>, 'get'>
  readonly values: readonly (V | undefined)[]
  /** Whether a hit has to be told with `touch`. */
  readonly policyTakesHits: boolean
  readonly #policy: EvictionPolicy
  readonly #counters: Counters
  readonly #slots: SlotMap<K>
  readonly #keys: (K | undefined)[] = []
  /** A slot whose value is `undefined`, which is never a value, is free. */
  readonly #values: (V | undefined)[] = []
  readonly #free: number[] = []
  readonly #maxWeight: number | undefined
  #weights = new Float64Array(0)
  #weight = 0
  #books: PolicyBooks<K>

  constructor(bounds: Bounds, policy: EvictionPolicy, counters: Counters) {
    this.capacity = bounds.capacity
    this.#maxWeight = bounds.maxWeight
    this.#policy = policy
    this.#counters = counters
    this.#slots = bounds.capacity > LARGEST_MAP ? new WideMap(bounds.capacity) : new Map<K, number>()
    this.#books = policy.create<K>(this)
    this.slots = this.#slots
    this.values = this.#values
    this.policyTakesHits = this.#books.hit !== undefined
  }

  get size(): number {
    return this.#slots.size
  }

  /** The weights of all residents together. */
  get weight(): number {
    return this.#weight
  }

  /** What is resident, with no effect. */
  peek(key: K): V | undefined {
    const slot = this.#slots.get(key)
    return slot === undefined ? undefined : this.#values[slot]
  }

  /** Tells the policy that the entry in `slot` was read. */
  touch(slot: number): void {
    try {
      this.#books.hit?.(slot)
    } catch (error) {
      // As in `set`.
      this.clear()
      throw error
    }
  }

  /**
   * Makes `value` resident under `key` and returns its slot. What had to leave for it is added to `evicted`, if that is
   * given. `REFUSED` when the policy would not have it, or it is too heavy; then nothing is resident under `key`.
   */
  set(key: K, value: V, weight: number, evicted?: Evicted<K, V>[]): number {
    const slot = this.#slots.get(key)
    try {
      if (slot === undefined) return this.#insert(key, value, weight, evicted)
      if (this.#maxWeight !== undefined) {
        if (!this.#fits(weight, slot)) {
          // A heavier value has to find room as a newcomer does, or else might push out others and then itself.
          this.delete(key)
          return this.#insert(key, value, weight, evicted)
        }
        this.#weigh(slot, weight)
      }
      this.#values[slot] = value
      this.#books.update(slot)
      return slot
    } catch (error) {
      // The policy's books can no longer be trusted, so neither can the order of what is resident.
      this.clear()
      throw error
    }
  }

  /** Takes the entry out; its value, or `undefined` when it was not resident. */
  delete(key: K): V | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    const value = this.#values[slot]
    this.#slots.delete(key)
    this.#weigh(slot, 0)
    this.#release(slot)
    try {
      this.#books.remove(slot)
    } catch (error) {
      // As in `set`.
      this.clear()
      throw error
    }
    return value
  }

  /** Takes everything out. */
  clear(): void {
    this.#slots.clear()
    this.#keys.length = 0
    this.#values.length = 0
    this.#free.length = 0
    this.#weights.fill(0)
    this.#weight = 0
    this.#books = this.#policy.create<K>(this)
  }

  /** Every resident entry, in no promised order. Follows changes as a `Map` does. */
  *entries(): Generator<[K, V], void, undefined> {
    for (const [key, slot] of this.#slots) yield [key, this.#values[slot]!]
  }

  keyAt(slot: number): K {
    return this.#keys[slot]!
  }

  /** Throws when anything that must hold does not. For tests; O(size). */
  assertInvariants(): void {
    const { size } = this
    assert(size <= this.capacity, `${size} residents in a capacity of ${this.capacity}`)
    assert(this.#keys.length === this.#values.length, 'as many keys as values')
    assert(size + this.#free.length === this.#values.length, 'each slot is in use or free')
    for (const [key, slot] of this.#slots) {
      assert(Object.is(this.#keys[slot], key) || key === 0, `slot ${slot} holds ${keyText(key)}`)
      assert(this.#values[slot] !== undefined, `slot ${slot} of ${keyText(key)} has a value`)
    }
    let weight = 0
    for (const heavy of this.#weights) weight += heavy
    assert(weight === this.#weight, `the residents weigh ${weight}, the sum says ${this.#weight}`)
    assert(weight <= (this.#maxWeight ?? 0), `${weight} weigh more than ${this.#maxWeight}`)
    for (const slot of this.#free) assert(this.#values[slot] === undefined, `free slot ${slot} holds nothing`)
    assert(new Set(this.#free).size === this.#free.length, 'no slot is free twice')
    this.#books.assertInvariants?.(size)
  }

  #insert(key: K, value: V, weight: number, evicted: Evicted<K, V>[] | undefined): number {
    if (this.#maxWeight !== undefined && weight > this.#maxWeight) return this.#refuse()
    let slot: number | undefined
    while (this.#slots.size >= this.capacity || !this.#fits(weight)) {
      const victim = this.#books.evict(key)
      // Only the place of the last to leave is taken at once.
      if (slot !== undefined) this.#release(slot)
      if (victim === REFUSED) return this.#refuse()
      const old = this.#values[victim]
      if (old === undefined) {
        throw new TypeError(`policy ${this.#policy.name} evicted slot ${victim}, which is empty`)
      }
      const oldKey = this.#keys[victim]!
      this.#slots.delete(oldKey)
      this.#weigh(victim, 0)
      this.#counters.evictions++
      evicted?.push([oldKey, old])
      slot = victim
    }
    slot ??= this.#free.pop() ?? this.#values.length
    this.#keys[slot] = key
    this.#values[slot] = value
    this.#slots.set(key, slot)
    this.#weigh(slot, weight)
    this.#books.insert(slot)
    return slot
  }

  #refuse(): typeof REFUSED {
    this.#counters.refusedByPolicy++
    return REFUSED
  }

  /** Whether there is room for so much, also when what is in `slot` leaves for it. */
  #fits(weight: number, slot?: number): boolean {
    if (this.#maxWeight === undefined) return true
    return this.#weight - (slot === undefined ? 0 : this.#weights[slot]!) + weight <= this.#maxWeight
  }

  #weigh(slot: number, weight: number): void {
    if (this.#maxWeight === undefined) return
    this.#weights = roomFor(this.#weights, slot)
    this.#weight += weight - this.#weights[slot]!
    this.#weights[slot] = weight
  }

  /** The slot holds nothing, and may be taken. */
  #release(slot: number): void {
    this.#keys[slot] = undefined
    this.#values[slot] = undefined
    this.#free.push(slot)
  }
}

function assert(condition: boolean, what: string): void {
  if (!condition) throw new Error(`resident table: not so: ${what}`)
}
