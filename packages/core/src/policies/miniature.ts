import { type Admission, WindowedSegments } from './windowed-segments.ts'

/** A small cache of hashes that plays what a cache with this admission would hold. */
export class Miniature {
  readonly admission: Admission
  readonly #segments: WindowedSegments
  readonly #slots = new Map<number, number>()
  readonly #hashes: number[] = []
  readonly #free: number[] = []

  /** `usesOf` estimates the uses of the key with a hash. */
  constructor(usesOf: (hash: number) => number, admission: Admission) {
    this.admission = admission
    this.#segments = new WindowedSegments((slot) => usesOf(this.#hashes[slot]!), admission)
  }

  get size(): number {
    return this.#slots.size
  }

  /** A request for a key, at a capacity of so many entries; whether it hits. */
  request(hash: number, capacity: number): boolean {
    const slot = this.#slots.get(hash)
    if (slot !== undefined) {
      this.#segments.hit(slot)
      return true
    }
    while (this.size >= capacity) this.#vacate(this.#segments.evict())
    const free = this.#free.pop() ?? this.#hashes.length
    this.#hashes[free] = hash
    this.#slots.set(hash, free)
    this.#segments.insert(free)
    return false
  }

  /** Lets go of the hashes that are not `wanted`. O(size). */
  retain(wanted: (hash: number) => boolean): void {
    for (const [hash, slot] of this.#slots) {
      if (wanted(hash)) continue
      this.#segments.remove(slot)
      this.#vacate(slot)
    }
  }

  assertInvariants(): void {
    this.#segments.assertInvariants(this.size)
    if (this.size + this.#free.length !== this.#hashes.length)
      throw new Error('miniature: each slot is in use or free')
  }

  #vacate(slot: number): void {
    this.#slots.delete(this.#hashes[slot]!)
    this.#free.push(slot)
  }
}
