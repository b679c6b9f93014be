import { type HashOptions, keyHash } from './key-hash.ts'
import { Newcomer } from './newcomer.ts'
import { PendingHits } from './pending-hits.ts'
import type { EvictionPolicy, PolicyBooks, Residents } from './policy.ts'
import { ResidentUses } from './resident-uses.ts'
import { type Admission, WindowedSegments } from './windowed-segments.ts'

/**
 * W-TinyLFU: newcomers enter a window of 1 % of the cache, in the order of their last use. Who falls out of it takes the
 * place of the main part's next victim only when it was used more often lately, as a sketch estimates it. The main part is
 * a segmented LRU: one use brings an entry to its protected four fifths. O(1) amortised, 22 to 30 bytes an entry. Good for
 * loops, scans and lasting favourites; where recency alone counts, `lru()` is better.
 *
 * A hit is noted, and counts before the next miss; when more hits come in a row than there are residents, a sample of the
 * further ones counts. Sizes are shares of the entries that are resident, so it works the same when weights decide how many
 * those are.
 * Einziger, Friedman, Manes: TinyLFU: A Highly Efficient Cache Admission Policy, ACM Transactions on Storage 2017.
 *
 * Keys that are objects need `hash`; without it, the call that would cache one throws a `TypeError`.
 */
export function wTinyLfu(options?: HashOptions): EvictionPolicy {
  const hash = keyHash('wTinyLfu', options)
  return { name: 'wTinyLfu', create: (residents) => new WindowTinyLfu(residents, hash) }
}

const USED_MORE: Admission = { windowShare: 0.01, usesToBeat: 'those of the victim' }

class WindowTinyLfu<K> implements PolicyBooks<K> {
  readonly #residents: Residents<K>
  readonly #uses = new ResidentUses()
  readonly #segments = new WindowedSegments((slot) => this.#uses.of(slot), USED_MORE)
  readonly #hits = new PendingHits(
    (slot) => {
      this.#uses.hit(slot)
      this.#segments.hit(slot)
    },
    () => this.#segments.size,
  )
  readonly #newcomer: Newcomer<K>

  constructor(residents: Residents<K>, hash: (key: unknown) => number) {
    this.#residents = residents
    this.#newcomer = new Newcomer(hash)
  }

  insert(slot: number): void {
    this.#count(this.#residents.keyAt(slot))
    this.#segments.insert(slot)
    this.#uses.insert(slot, this.#newcomer.hash, this.#segments.size)
    this.#newcomer.forget()
  }

  update(slot: number): void {
    this.#hits.add(slot)
  }

  hit(slot: number): void {
    this.#hits.add(slot)
  }

  remove(slot: number): void {
    this.#hits.settle()
    this.#uses.remove(slot)
    this.#segments.remove(slot)
  }

  evict(newcomer: K): number {
    this.#count(newcomer)
    const slot = this.#segments.evict()
    this.#uses.remove(slot)
    return slot
  }

  assertInvariants(size: number): void {
    this.#segments.assertInvariants(size)
  }

  /** A key that is not resident was asked for. */
  #count(key: K): void {
    if (!this.#newcomer.meet(key)) return
    this.#hits.settle()
    this.#uses.count(this.#newcomer.hash)
  }
}
