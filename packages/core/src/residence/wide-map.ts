import { hashOf } from '../policies/key-hash.ts'

/** What the table needs of a `Map` from key to slot. */
export interface SlotMap<K> extends Iterable<[K, number]> {
  readonly size: number
  get(key: K): number | undefined
  set(key: K, slot: number): unknown
  delete(key: K): boolean
  clear(): void
}

/** V8's `Map` takes 2^24 entries, deleted ones included until it is rehashed: half of that is safe under any churn. */
export const LARGEST_MAP: number = 2 ** 23

/**
 * Several `Map`s as one, for more entries than one can hold, with room for twice as many. A key has its home in one of them, by
 * a few of its bits: to hash it whole would cost more than to look it up. Where so many keys have the same home that it is full,
 * the others stray, and are looked for in one map after the other; so are keys that are known by their identity alone.
 */
export class WideMap<K> implements SlotMap<K> {
  readonly #maps: readonly Map<K, number>[]
  readonly #largest: number
  #hasStrays = false

  constructor(capacity: number, largest: number = LARGEST_MAP) {
    this.#largest = largest
    this.#maps = Array.from({ length: Math.ceil(capacity / (largest / 2)) }, () => new Map<K, number>())
  }

  get size(): number {
    let size = 0
    for (const map of this.#maps) size += map.size
    return size
  }

  get(key: K): number | undefined {
    const home = this.#homeOf(key)
    const slot = home?.get(key)
    return slot === undefined && this.#mayStray(home) ? this.#mapWith(key)?.get(key) : slot
  }

  set(key: K, slot: number): void {
    const home = this.#homeOf(key)
    const present = this.#mayStray(home) ? this.#mapWith(key) : undefined
    const map = present ?? (home !== undefined && home.size < this.#largest ? home : this.#emptiest())
    if (home !== undefined && map !== home) this.#hasStrays = true
    map.set(key, slot)
  }

  delete(key: K): boolean {
    const home = this.#homeOf(key)
    if (home?.delete(key)) return true
    return this.#mayStray(home) && (this.#mapWith(key)?.delete(key) ?? false)
  }

  clear(): void {
    for (const map of this.#maps) map.clear()
    this.#hasStrays = false
  }

  *[Symbol.iterator](): Generator<[K, number], void, undefined> {
    for (const map of this.#maps) yield* map
  }

  #homeOf(key: K): Map<K, number> | undefined {
    const bits = typeof key === 'string' && key.length > 0 ? bitsOf(key) : hashOf(key)
    return bits === undefined ? undefined : this.#maps[(bits >>> 0) % this.#maps.length]
  }

  #mayStray(home: Map<K, number> | undefined): boolean {
    return home === undefined || this.#hasStrays
  }

  #mapWith(key: K): Map<K, number> | undefined {
    return this.#maps.find((map) => map.has(key))
  }

  #emptiest(): Map<K, number> {
    return this.#maps.reduce((least, map) => (map.size < least.size ? map : least))
  }
}

/** Of its end and its middle, where most keys differ. Any more would keep the processor from looking up several at a time. */
function bitsOf(text: string): number {
  const { length } = text
  return text.charCodeAt(length - 1) ^ (text.charCodeAt(length >>> 1) << 2)
}
