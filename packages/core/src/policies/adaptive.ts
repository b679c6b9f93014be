import { type HashOptions, keyHash } from './key-hash.ts'
import { Miniature } from './miniature.ts'
import type { EvictionPolicy, PolicyBooks, Residents } from './policy.ts'
import { ResidentUses } from './resident-uses.ts'
import { type Admission, WindowedSegments } from './windowed-segments.ts'

/**
 * Finds out by itself what suits the requests. Four ways to decide are played in miniature, by up to 1,024 keys chosen by
 * their hash, and the cache follows the one that hits most: by recency alone; by a window of a fifth or a tenth, which lets
 * in what is used repeatedly, as S3-FIFO does; by frequency, as W-TinyLFU does. The same requests always end the same way.
 *
 * Good when the requests are not known, or change. A hit costs as under `wTinyLfu()`, and four small simulations for one
 * key in every (residents / 1,024). In a cache of fewer entries that is every request: there a hit costs several times what
 * it costs under `lru()`. O(1) amortised; 22 to 30 bytes an entry, and some 500 kB. It follows a
 * change of the requests after some of them, and what it let go of meanwhile is loaded again.
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
const USED_THRICE: Admission = { windowShare: 0.1, admits: (candidate) => candidate > 2 }
const WAYS: readonly Admission[] = [
  { windowShare: 1, admits: () => true },
  { windowShare: 0.2, admits: (candidate) => candidate > 1 },
  USED_THRICE,
  { windowShare: 0.01, admits: (candidate, victim) => candidate > victim },
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
  readonly #hash: (key: unknown) => number
  readonly #uses = new ResidentUses()
  readonly #segments = new WindowedSegments((slot) => this.#uses.of(slot), USED_THRICE)
  readonly #miniatures = WAYS.map((way) => new Miniature((hash) => this.#uses.ofHash(hash), way))
  /** How many hits each way is ahead of the one that is followed. */
  readonly #leads = WAYS.map(() => 0)
  #followed = WAYS.indexOf(USED_THRICE)
  /** One key in two to this power is sampled. */
  #sampleBits = 0
  /** The request of a newcomer was noted by `evict`, and need not be again. */
  #isNoted = false

  constructor(residents: Residents<K>, hash: (key: unknown) => number) {
    this.#residents = residents
    this.#hash = hash
  }

  insert(slot: number): void {
    const hash = this.#hash(this.#residents.keyAt(slot))
    if (!this.#isNoted) this.#note(hash, this.#segments.size + 1)
    this.#isNoted = false
    this.#segments.insert(slot)
    this.#uses.insert(slot, hash, this.#segments.size)
  }

  update(slot: number): void {
    this.hit(slot)
  }

  hit(slot: number): void {
    const hash = this.#uses.hashAt(slot)
    // What the miniatures play with is counted where they see it.
    if (this.#isSampled(hash)) this.#note(hash, this.#segments.size)
    else this.#uses.hit(slot)
    this.#segments.hit(slot)
  }

  remove(slot: number): void {
    this.#uses.remove(slot)
    this.#segments.remove(slot)
  }

  evict(newcomer: K): number {
    if (!this.#isNoted) this.#note(this.#hash(newcomer), this.#segments.size)
    this.#isNoted = true
    const slot = this.#segments.evict()
    this.#uses.remove(slot)
    return slot
  }

  assertInvariants(size: number): void {
    this.#segments.assertInvariants(size)
    for (const miniature of this.#miniatures) {
      miniature.assertInvariants()
      if (miniature.size > LARGEST_MINIATURE) throw new Error(`adaptive: a miniature holds ${miniature.size}`)
    }
    if (this.#segments.admission !== WAYS[this.#followed] || this.#leads[this.#followed] !== 0)
      throw new Error('adaptive: it follows another way than it says')
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
    const isHit = this.#miniatures[this.#followed]!.request(hash, capacity)
    let best = this.#followed
    for (let way = 0; way < WAYS.length; way++) {
      if (way === this.#followed) continue
      const change = Number(this.#miniatures[way]!.request(hash, capacity)) - Number(isHit)
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
      for (const miniature of this.#miniatures) miniature.retain((hash) => this.#isSampled(hash))
    } else if (this.#sampleBits > 0 && size < (LARGEST_MINIATURE / 4) << this.#sampleBits) {
      this.#sampleBits--
    }
  }
}
