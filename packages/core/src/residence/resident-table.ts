import { keyText } from '../key-text.ts'
import { type EvictionPolicy, type PolicyBooks, REFUSED, type Residents } from '../policies/policy.ts'
import type { Counters } from '../stats.ts'

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
  readonly slots: ReadonlyMap<K, number>
  readonly values: readonly (V | undefined)[]
  /** Whether a hit has to be told with `touch`. */
  readonly policyTakesHits: boolean
  readonly #policy: EvictionPolicy
  readonly #counters: Counters
  readonly #slots: Map<K, number> = new Map()
  readonly #keys: (K | undefined)[] = []
  /** A slot whose value is `undefined`, which is never a value, is free. */
  readonly #values: (V | undefined)[] = []
  readonly #free: number[] = []
  #books: PolicyBooks<K>

  constructor(capacity: number, policy: EvictionPolicy, counters: Counters) {
    this.capacity = capacity
    this.#policy = policy
    this.#counters = counters
    this.#books = policy.create<K>(this)
    this.slots = this.#slots
    this.values = this.#values
    this.policyTakesHits = this.#books.hit !== undefined
  }

  get size(): number {
    return this.#slots.size
  }

  /** The resident value, as a use of it: the policy is told. `undefined` when there is none. */
  read(key: K): V | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    const value = this.#values[slot]
    if (this.policyTakesHits) this.touch(slot)
    return value
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

  /** The resident value, with no effect. */
  peek(key: K): V | undefined {
    const slot = this.#slots.get(key)
    return slot === undefined ? undefined : this.#values[slot]
  }

  /**
   * Makes `value` resident under `key`. What had to leave for it is added to `evicted`, if that is given.
   * False when the policy refused the newcomer; then nothing is resident under `key`.
   */
  set(key: K, value: V, evicted?: Evicted<K, V>[]): boolean {
    const slot = this.#slots.get(key)
    try {
      if (slot === undefined) return this.#insert(key, value, evicted)
      this.#values[slot] = value
      this.#books.update(slot)
      return true
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
    for (const slot of this.#free) assert(this.#values[slot] === undefined, `free slot ${slot} holds nothing`)
    assert(new Set(this.#free).size === this.#free.length, 'no slot is free twice')
    this.#books.assertInvariants?.(size)
  }

  #insert(key: K, value: V, evicted: Evicted<K, V>[] | undefined): boolean {
    let slot: number | undefined
    while (this.#slots.size >= this.capacity) {
      const victim = this.#books.evict(key)
      // Only the place of the last to leave is taken at once.
      if (slot !== undefined) this.#release(slot)
      if (victim === REFUSED) {
        this.#counters.refusedByPolicy++
        return false
      }
      const old = this.#values[victim]
      if (old === undefined) {
        throw new TypeError(`policy ${this.#policy.name} evicted slot ${victim}, which is empty`)
      }
      const oldKey = this.#keys[victim]!
      this.#slots.delete(oldKey)
      this.#counters.evictions++
      evicted?.push([oldKey, old])
      slot = victim
    }
    slot ??= this.#free.pop() ?? this.#values.length
    this.#keys[slot] = key
    this.#values[slot] = value
    this.#slots.set(key, slot)
    this.#books.insert(slot)
    return true
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
