import { FrequencySketch } from './frequency-sketch.ts'
import { type HashOptions, keyHash } from './key-hash.ts'
import type { EvictionPolicy, PolicyBooks, Residents } from './policy.ts'
import { roomFor } from './slot-arrays.ts'
import { SlotLists } from './slot-lists.ts'

/**
 * W-TinyLFU: newcomers enter a window of 1 % of the cache, in the order of their last use. Who falls out of it takes the
 * place of the main part's next victim only when it was used more often lately, as a sketch estimates it. The main part is
 * a segmented LRU: one use brings an entry to its protected four fifths. O(1) amortised, some 25 bytes an entry. Good for
 * loops, scans and lasting favourites; where recency alone counts, `lru()` is better.
 *
 * Sizes are shares of the entries that are resident, so it works the same when weights decide how many those are.
 * Einziger, Friedman, Manes: TinyLFU: A Highly Efficient Cache Admission Policy, ACM Transactions on Storage 2017.
 *
 * Keys that are objects need `hash`; without it, the call that would cache one throws a `TypeError`.
 */
export function wTinyLfu(options?: HashOptions): EvictionPolicy {
  const hash = keyHash('wTinyLfu', options)
  return { name: 'wTinyLfu', create: (residents) => new WindowTinyLfu(residents, hash) }
}

const WINDOW = 0
const PROBATION = 1
const PROTECTED = 2
const MAIN_SHARE = 0.99
const PROTECTED_SHARE = 0.8

class WindowTinyLfu<K> implements PolicyBooks<K> {
  readonly #residents: Residents<K>
  readonly #hash: (key: unknown) => number
  readonly #segments = new SlotLists(3)
  readonly #sketch = new FrequencySketch()
  #segment = new Uint8Array(16)
  #hashes = new Int32Array(16)
  #size = 0
  /** The use of a newcomer was counted by `evict`, and need not be again. */
  #isCounted = false

  constructor(residents: Residents<K>, hash: (key: unknown) => number) {
    this.#residents = residents
    this.#hash = hash
  }

  insert(slot: number): void {
    const hash = this.#hash(this.#residents.keyAt(slot))
    if (!this.#isCounted) this.#sketch.increment(hash)
    this.#isCounted = false
    this.#segment = roomFor(this.#segment, slot)
    this.#hashes = roomFor(this.#hashes, slot)
    this.#hashes[slot] = hash
    this.#size++
    this.#sketch.ensureCapacity(this.#size)
    this.#enter(WINDOW, slot)
    while (this.#segments.size(WINDOW) > this.#windowSize)
      this.#move(this.#segments.oldest(WINDOW), PROBATION)
  }

  update(slot: number): void {
    this.hit(slot)
  }

  hit(slot: number): void {
    this.#sketch.increment(this.#hashes[slot]!)
    const segment = this.#segment[slot]!
    if (segment !== PROBATION) {
      this.#segments.moveToNewest(slot, segment)
      return
    }
    this.#move(slot, PROTECTED)
    const protectedSize = Math.floor(PROTECTED_SHARE * (this.#size - this.#segments.size(WINDOW)))
    while (this.#segments.size(PROTECTED) > protectedSize)
      this.#move(this.#segments.oldest(PROTECTED), PROBATION)
  }

  remove(slot: number): void {
    this.#segments.remove(slot, this.#segment[slot]!)
    this.#size--
  }

  evict(newcomer: K): number {
    if (!this.#isCounted) this.#sketch.increment(this.#hash(newcomer))
    this.#isCounted = true
    const slot = this.#victim()
    this.remove(slot)
    return slot
  }

  assertInvariants(size: number): void {
    this.#segments.assertInvariants()
    let count = 0
    for (const segment of [WINDOW, PROBATION, PROTECTED])
      for (const slot of this.#segments.slots(segment)) {
        count++
        if (this.#segment[slot] !== segment)
          throw new Error(`wTinyLfu: slot ${slot} is in another segment than it says`)
        if (this.#hashes[slot] !== this.#hash(this.#residents.keyAt(slot)))
          throw new Error(`wTinyLfu: slot ${slot} has the hash of another key`)
      }
    if (count !== size || this.#size !== size)
      throw new Error(`wTinyLfu: ${count} slots, ${this.#size} counted, for ${size} residents`)
  }

  get #windowSize(): number {
    return this.#size - Math.floor(MAIN_SHARE * this.#size)
  }

  /** Who has to go: the one that falls out of a full window, or the main part's next victim if it was used less. */
  #victim(): number {
    const candidate = this.#segments.oldest(WINDOW)
    const probation = this.#segments.oldest(PROBATION)
    const victim = probation < 0 ? this.#segments.oldest(PROTECTED) : probation
    if (victim < 0) return candidate
    if (this.#segments.size(WINDOW) < this.#windowSize) return victim
    const { [candidate]: candidateHash = 0, [victim]: victimHash = 0 } = this.#hashes
    if (this.#sketch.frequency(candidateHash) <= this.#sketch.frequency(victimHash)) return candidate
    this.#move(candidate, PROBATION)
    return victim
  }

  #move(slot: number, to: typeof PROBATION | typeof PROTECTED): void {
    this.#segments.remove(slot, this.#segment[slot]!)
    this.#enter(to, slot)
  }

  #enter(segment: number, slot: number): void {
    this.#segment[slot] = segment
    this.#segments.pushNewest(slot, segment)
  }
}
