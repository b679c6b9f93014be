import { type HashOptions, keyHash } from './key-hash.ts'
import type { EvictionPolicy, PolicyBooks, Residents } from './policy.ts'
import { ResidentUses } from './resident-uses.ts'
import { type Admission, WindowedSegments } from './windowed-segments.ts'

/**
 * W-TinyLFU: newcomers enter a window of 1 % of the cache, in the order of their last use. Who falls out of it takes the
 * place of the main part's next victim only when it was used more often lately, as a sketch estimates it. The main part is
 * a segmented LRU: one use brings an entry to its protected four fifths. O(1) amortised, 22 to 30 bytes an entry. Good for
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

const USED_MORE: Admission = { windowShare: 0.01, admits: (candidate, victim) => candidate > victim }

class WindowTinyLfu<K> implements PolicyBooks<K> {
  readonly #residents: Residents<K>
  readonly #hash: (key: unknown) => number
  readonly #uses = new ResidentUses()
  readonly #segments = new WindowedSegments((slot) => this.#uses.of(slot), USED_MORE)
  /** The use of a newcomer was counted by `evict`, and need not be again. */
  #isCounted = false

  constructor(residents: Residents<K>, hash: (key: unknown) => number) {
    this.#residents = residents
    this.#hash = hash
  }

  insert(slot: number): void {
    const hash = this.#hash(this.#residents.keyAt(slot))
    if (!this.#isCounted) this.#uses.count(hash)
    this.#isCounted = false
    this.#segments.insert(slot)
    this.#uses.insert(slot, hash, this.#segments.size)
  }

  update(slot: number): void {
    this.hit(slot)
  }

  hit(slot: number): void {
    this.#uses.hit(slot)
    this.#segments.hit(slot)
  }

  remove(slot: number): void {
    this.#uses.remove(slot)
    this.#segments.remove(slot)
  }

  evict(newcomer: K): number {
    if (!this.#isCounted) this.#uses.count(this.#hash(newcomer))
    this.#isCounted = true
    const slot = this.#segments.evict()
    this.#uses.remove(slot)
    return slot
  }

  assertInvariants(size: number): void {
    this.#segments.assertInvariants(size)
  }
}
