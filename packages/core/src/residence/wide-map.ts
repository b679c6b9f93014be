import { hashOf, spread } from '../policies/key-hash.ts'

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
 * Several `Map`s as one, for more entries than one can hold. A key that can be hashed has its place by its hash; any other,
 * such as an object, is looked for in one after the other. They fill evenly, and are half full at most.
 */
export class WideMap<K> implements SlotMap<K> {
  readonly #maps: readonly Map<K, number>[]
  /** So that nobody who chooses the keys knows where they go. */
  readonly #seed = (Math.random() * 2 ** 32) | 0

  constructor(capacity: number, largest: number = LARGEST_MAP) {
    this.#maps = Array.from({ length: Math.ceil(capacity / (largest / 2)) }, () => new Map<K, number>())
  }

  get size(): number {
    let size = 0
    for (const map of this.#maps) size += map.size
    return size
  }

  get(key: K): number | undefined {
    return this.#mapWith(key)?.get(key)
  }

  set(key: K, slot: number): void {
    const map = this.#mapWith(key) ?? this.#maps.reduce((least, map) => (map.size < least.size ? map : least))
    map.set(key, slot)
  }

  delete(key: K): boolean {
    return this.#mapWith(key)?.delete(key) ?? false
  }

  clear(): void {
    for (const map of this.#maps) map.clear()
  }

  *[Symbol.iterator](): Generator<[K, number], void, undefined> {
    for (const map of this.#maps) yield* map
  }

  /** The map that has the key, or is to have it; `undefined` when any may have it. */
  #mapWith(key: K): Map<K, number> | undefined {
    const hash = hashOf(key)
    if (hash === undefined) return this.#maps.find((map) => map.has(key))
    return this.#maps[(spread(hash ^ this.#seed) >>> 0) % this.#maps.length]
  }
}
