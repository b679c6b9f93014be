import { type HashOptions, keyHash } from './key-hash.ts'
import { Miniatures } from './miniatures.ts'
import { Newcomer } from './newcomer.ts'
import { PendingHits } from './pending-hits.ts'
import type { EvictionPolicy, PolicyBooks, Residents } from './policy.ts'
import { ResidentUses } from './resident-uses.ts'
import { type Admission, WindowedSegments } from './windowed-segments.ts'

/**
 * Finds out by itself what suits the requests. Four ways to decide are played in miniature, by up to 1,024 keys chosen by
 * their hash, and the cache follows the one that hits most: by recency alone; by a window of a fifth or a tenth, which lets
 * in what is used repeatedly, as S3-FIFO does; by frequency, as W-TinyLFU does. The same requests always end the same way.
 *
 * Good when the requests are not known, or change. A hit costs as under `wTinyLfu()`, and a step of four small simulations
 * for one key in every (residents / 1,024): in a cache of fewer entries that is every request, and costs more than the hit
 * itself. O(1) amortised; 22 to 30 bytes an entry, and some 200 kB. It follows a change of the requests after some of them,
 * and what it let go of meanwhile is loaded again. A hit is noted, and counts before the next miss; when more hits come in
 * a row than there are residents, a sample of the further ones counts.
 *
 * Sizes are shares of the entries that are resident, so it works the same when weights decide how many those are.
 * Waldspurger, Saemundsson, Ahmad, Park: Cache Modeling and Optimization using Miniature Simulations, USENIX ATC 2017.
 *
 * Keys that are objects need `hash`; without it, the call that would cache one throws a `TypeError`.
 */
export function adaptive(options?: HashOptions): EvictionPolicy {
  const hash = keyHash('adaptive', options)
  return { name: 'adaptive', create: (residents) => new Adaptive(residents, hash) }
}

/** It begins with this one, which is hardly ever far behind. */
const USED_THRICE: Admission = { windowShare: 0.1, usesToBeat: 2 }
const WAYS: readonly Admission[] = [
  // By recency alone: all is window, and nobody is let in anywhere.
  { windowShare: 1, usesToBeat: 0 },
  { windowShare: 0.2, usesToBeat: 1 },
  USED_THRICE,
  { windowShare: 0.01, usesToBeat: 'those of the victim' },
]

/** A miniature has at most so many entries, and a quarter of that before more keys are sampled. */
const LARGEST_MINIATURE = 1024
/** A request fades from the account in about so many requests for each entry. */
const MEMORY = 20
/** A way is followed when it is so many hits ahead, for each entry of a miniature. */
const ENOUGH_LEAD = 0.06
/** And counts as behind by no more than this, for each entry: long success must not make it late to change. */
const LARGEST_LAG = 1

class Adaptive<K> implements PolicyBooks<K> {
  readonly #residents: Residents<K>
  readonly #newcomer: Newcomer<K>
  readonly #uses = new ResidentUses()
  readonly #segments = new WindowedSegments((slot) => this.#uses.of(slot), USED_THRICE)
  readonly #hits = new PendingHits(
    (slot) => this.#hit(slot),
    () => this.#segments.size,
  )
  readonly #miniatures = new Miniatures((hash) => this.#uses.ofHash(hash), WAYS)
  /** How many hits each way is ahead of the one that is followed. */
  readonly #leads = WAYS.map(() => 0)
  #followed = WAYS.indexOf(USED_THRICE)
  /** One key in two to this power is sampled. */
  #sampleBits = 0

  constructor(residents: Residents<K>, hash: (key: unknown) => number) {
    this.#residents = residents
    this.#newcomer = new Newcomer(hash)
  }

  insert(slot: number): void {
    this.#noteNewcomer(this.#residents.keyAt(slot), this.#segments.size + 1)
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
    this.#noteNewcomer(newcomer, this.#segments.size)
    const slot = this.#segments.evict()
    this.#uses.remove(slot)
    return slot
  }

  assertInvariants(size: number): void {
    this.#segments.assertInvariants(size)
    this.#miniatures.assertInvariants(LARGEST_MINIATURE)
    if (this.#segments.admission !== WAYS[this.#followed] || this.#leads[this.#followed] !== 0)
      throw new Error('adaptive: it follows another way than it says')
  }

  #hit(slot: number): void {
    const hash = this.#uses.hashAt(slot)
    // What the miniatures play with is counted where they see it.
    if (this.#isSampled(hash)) this.#note(hash, this.#segments.size)
    else this.#uses.hit(slot)
    this.#segments.hit(slot)
  }

  #noteNewcomer(key: K, size: number): void {
    if (!this.#newcomer.meet(key)) return
    this.#hits.settle()
    this.#note(this.#newcomer.hash, size)
  }

  /** A request, by a cache that may have `size` entries. */
  #note(hash: number, size: number): void {
    this.#uses.count(hash)
    if (this.#isSampled(hash)) this.#play(hash, size)
  }

  #isSampled(hash: number): boolean {
    return ((hash >>> 8) & ((1 << this.#sampleBits) - 1)) === 0
  }

  #play(hash: number, size: number): void {
    this.#fitSample(size)
    const capacity = Math.max(1, Math.round(size / (1 << this.#sampleBits)))
    const remaining = 1 - 1 / (MEMORY * capacity)
    const hits = this.#miniatures.request(hash, capacity)
    const isHit = (hits >>> this.#followed) & 1
    let best = this.#followed
    for (let way = 0; way < WAYS.length; way++) {
      if (way === this.#followed) continue
      const change = ((hits >>> way) & 1) - isHit
      this.#leads[way] = Math.max(-LARGEST_LAG * capacity, this.#leads[way]! * remaining + change)
      if (this.#leads[way]! > this.#leads[best]!) best = way
    }
    if (this.#leads[best]! > ENOUGH_LEAD * capacity) this.#follow(best)
  }

  #follow(way: number): void {
    const lead = this.#leads[way]!
    for (const each of this.#leads.keys()) this.#leads[each]! -= lead
    this.#followed = way
    this.#segments.admission = WAYS[way]!
  }

  #fitSample(size: number): void {
    if (size > LARGEST_MINIATURE << this.#sampleBits) {
      this.#sampleBits++
      this.#miniatures.retain((hash) => this.#isSampled(hash))
    } else if (this.#sampleBits > 0 && size < (LARGEST_MINIATURE / 4) << this.#sampleBits) {
      this.#sampleBits--
    }
  }
}
