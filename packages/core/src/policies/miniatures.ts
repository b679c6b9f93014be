import { roomFor } from './slot-arrays.ts'
import { type Admission, WindowedSegments } from './windowed-segments.ts'

/**
 * Small caches of hashes, one for each admission, that play what a cache with it would hold. They share one look-up: a hash
 * that is in any of them has one number in all of them.
 */
export class Miniatures {
  readonly #caches: readonly WindowedSegments[]
  readonly #numbers = new Map<number, number>()
  readonly #hashes: number[] = []
  /** In how many caches each number is. */
  #holders = new Uint8Array(16)
  readonly #free: number[] = []

  /** `usesOf` estimates the uses of the key with a hash. */
  constructor(usesOf: (hash: number) => number, admissions: readonly Admission[]) {
    const usesOfNumber = (number: number): number => usesOf(this.#hashes[number]!)
    this.#caches = admissions.map((admission) => new WindowedSegments(usesOfNumber, admission))
  }

  /** A request for a key, at a capacity of so many entries. Which caches hit: bit `i` stands for the `i`th. O(caches). */
  request(hash: number, capacity: number): number {
    const number = this.#numbers.get(hash) ?? this.#newNumber(hash)
    let hits = 0
    for (let index = 0; index < this.#caches.length; index++) {
      const cache = this.#caches[index]!
      if (cache.has(number)) {
        cache.hit(number)
        hits |= 1 << index
      } else {
        while (cache.size >= capacity) this.#leave(cache.evict())
        cache.insert(number)
        this.#holders[number]!++
      }
    }
    return hits
  }

  /** Lets go of the hashes that are not `wanted`. O(size). */
  retain(wanted: (hash: number) => boolean): void {
    for (const [hash, number] of this.#numbers) {
      if (wanted(hash)) continue
      for (const cache of this.#caches) {
        if (!cache.has(number)) continue
        cache.remove(number)
        this.#leave(number)
      }
    }
  }

  /** Throws when the books contradict themselves or a cache has more than `most` entries. O(size). */
  assertInvariants(most: number): void {
    let held = 0
    for (const cache of this.#caches) {
      cache.assertInvariants(cache.size)
      if (cache.size > most) throw new Error(`miniatures: one holds ${cache.size}`)
      held += cache.size
    }
    for (const number of this.#numbers.values()) held -= this.#holders[number]!
    if (held !== 0) throw new Error('miniatures: a number is in more or fewer caches than it says')
    if (this.#numbers.size + this.#free.length !== this.#hashes.length)
      throw new Error('miniatures: each number is in use or free')
  }

  #newNumber(hash: number): number {
    const number = this.#free.pop() ?? this.#hashes.length
    this.#holders = roomFor(this.#holders, number)
    this.#holders[number] = 0
    this.#hashes[number] = hash
    this.#numbers.set(hash, number)
    return number
  }

  /** A number left one of the caches. */
  #leave(number: number): void {
    if (--this.#holders[number]! > 0) return
    this.#numbers.delete(this.#hashes[number]!)
    this.#free.push(number)
  }
}
