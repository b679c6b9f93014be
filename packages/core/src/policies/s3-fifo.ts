import { GhostList } from './ghost-list.ts'
import { type HashOptions, keyHash } from './key-hash.ts'
import type { EvictionPolicy, PolicyBooks, Residents } from './policy.ts'
import { roomFor } from './slot-arrays.ts'
import { SlotLists } from './slot-lists.ts'

/**
 * S3-FIFO: newcomers enter a small queue, a tenth of the cache. Those that were used more than once in it go on to the
 * main queue; the others leave, and their hashes are remembered: who returns soon enters the main queue at once. There,
 * whoever was used gets another round. A hit counts to three and moves nothing; O(1) amortised, 25 to 36 bytes an entry,
 * ghosts included (as many as the main queue has entries). Good where many keys are used once.
 *
 * Sizes are shares of the entries that are resident, so it works the same when weights decide how many those are.
 * Yang, Zhang, Qiu, Yue, Rashmi: FIFO Queues Are All You Need for Cache Eviction, SOSP 2023.
 *
 * Keys that are objects need `hash`; without it, the call that would cache one throws a `TypeError`.
 */
export function s3Fifo(options?: HashOptions): EvictionPolicy {
  const hash = keyHash('s3Fifo', options)
  return { name: 's3Fifo', create: (residents) => new S3Fifo(residents, hash) }
}

const SMALL = 0
const MAIN = 1
const SMALL_SHARE = 0.1
const MOST_USES = 3
/** Used more often than this in the small queue, an entry goes on to the main queue. */
const ONE_HIT_WONDER = 1

class S3Fifo<K> implements PolicyBooks<K> {
  readonly #residents: Residents<K>
  readonly #hash: (key: unknown) => number
  readonly #queues = new SlotLists(2)
  readonly #ghosts = new GhostList()
  #queue = new Uint8Array(16)
  #uses = new Uint8Array(16)
  #hashes = new Int32Array(16)

  constructor(residents: Residents<K>, hash: (key: unknown) => number) {
    this.#residents = residents
    this.#hash = hash
  }

  insert(slot: number): void {
    const hash = this.#hash(this.#residents.keyAt(slot))
    const returned = this.#ghosts.take(hash)
    this.#queue = roomFor(this.#queue, slot)
    this.#uses = roomFor(this.#uses, slot)
    this.#hashes = roomFor(this.#hashes, slot)
    this.#hashes[slot] = hash
    this.#enter(returned ? MAIN : SMALL, slot, 0)
  }

  update(slot: number): void {
    this.hit(slot)
  }

  hit(slot: number): void {
    if (this.#uses[slot]! < MOST_USES) this.#uses[slot]!++
  }

  remove(slot: number): void {
    this.#queues.remove(slot, this.#queue[slot]!)
  }

  evict(): number {
    const small = this.#queues.size(SMALL)
    const size = small + this.#queues.size(MAIN)
    const fromSmall = small >= Math.max(1, Math.floor(SMALL_SHARE * size))
    return (fromSmall ? this.#evictFromSmall(size) : undefined) ?? this.#evictFromMain()
  }

  assertInvariants(size: number): void {
    this.#queues.assertInvariants()
    const slots = [SMALL, MAIN].map((queue) => [...this.#queues.slots(queue)])
    if (slots.flat().length !== size)
      throw new Error(`s3Fifo: ${slots.flat().length} slots for ${size} residents`)
    for (const queue of [SMALL, MAIN])
      for (const slot of slots[queue]!)
        if (this.#queue[slot] !== queue)
          throw new Error(`s3Fifo: slot ${slot} is in another queue than it says`)
  }

  #evictFromSmall(size: number): number | undefined {
    while (this.#queues.size(SMALL) > 0) {
      const slot = this.#queues.oldest(SMALL)
      this.#queues.remove(slot, SMALL)
      if (this.#uses[slot]! <= ONE_HIT_WONDER) {
        const mainShare = size - Math.max(1, Math.floor(SMALL_SHARE * size))
        this.#ghosts.add(this.#hashes[slot]!, mainShare)
        return slot
      }
      this.#enter(MAIN, slot, 0)
    }
    return undefined
  }

  #evictFromMain(): number {
    for (;;) {
      const slot = this.#queues.oldest(MAIN)
      this.#queues.remove(slot, MAIN)
      if (this.#uses[slot] === 0) return slot
      this.#enter(MAIN, slot, this.#uses[slot]! - 1)
    }
  }

  #enter(queue: typeof SMALL | typeof MAIN, slot: number, uses: number): void {
    this.#queue[slot] = queue
    this.#uses[slot] = uses
    this.#queues.pushNewest(slot, queue)
  }
}
