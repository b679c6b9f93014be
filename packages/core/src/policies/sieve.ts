import type { EvictionPolicy, PolicyBooks } from './policy.ts'
import { roomFor } from './slot-arrays.ts'
import { NO_SLOT, SlotLists } from './slot-lists.ts'

/**
 * SIEVE: entries stand in the order of their arrival; a hand goes from the oldest to the newest and takes the first that
 * was not used since it last came by. A hit sets one byte, so it costs hardly more than under `fifo()`; O(1) amortised,
 * 9 bytes an entry. Good for web-like requests; a scan or a loop larger than the cache defeats it as it does `lru()`.
 * Weights change nothing in the way of the hand: as many go, one after the other, as make room.
 *
 * Zhang, Yang, Yue, Vigfusson, Rashmi: SIEVE is Simpler than LRU, NSDI 2024.
 */
export function sieve(): EvictionPolicy {
  return { name: 'sieve', create: () => new Sieve() }
}

class Sieve implements PolicyBooks<unknown> {
  readonly #arrivals = new SlotLists()
  #used = new Uint8Array(16)
  /** Where the hand stands; at `NO_SLOT` it begins again with the oldest. */
  #hand = NO_SLOT

  insert(slot: number): void {
    this.#used = roomFor(this.#used, slot)
    this.#used[slot] = 0
    this.#arrivals.pushNewest(slot)
  }

  update(slot: number): void {
    this.#used[slot] = 1
  }

  hit(slot: number): void {
    this.#used[slot] = 1
  }

  remove(slot: number): void {
    if (slot === this.#hand) this.#hand = this.#arrivals.newer(slot)
    this.#arrivals.remove(slot)
  }

  evict(): number {
    let slot = this.#hand === NO_SLOT ? this.#arrivals.oldest() : this.#hand
    while (this.#used[slot] === 1) {
      this.#used[slot] = 0
      const newer = this.#arrivals.newer(slot)
      slot = newer === NO_SLOT ? this.#arrivals.oldest() : newer
    }
    this.#hand = slot
    this.remove(slot)
    return slot
  }

  assertInvariants(size: number): void {
    this.#arrivals.assertInvariants()
    if (this.#arrivals.size() !== size)
      throw new Error(`sieve: ${this.#arrivals.size()} slots for ${size} residents`)
    if (this.#hand !== NO_SLOT && ![...this.#arrivals.slots()].includes(this.#hand))
      throw new Error(`sieve: the hand stands at slot ${this.#hand}, which is empty`)
  }
}
