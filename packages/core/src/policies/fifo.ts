import type { EvictionPolicy, PolicyBooks } from './policy.ts'
import { SlotLists } from './slot-lists.ts'

/**
 * First in, first out: the entry that was written or loaded longest ago goes. A `put` renews an entry's place, a `get`
 * does not. The default: a hit costs one hash look-up and nothing else, O(1).
 */
export function fifo(): EvictionPolicy {
  return { name: 'fifo', create: () => new WriteOrder() }
}

/** Residents by their last write, oldest first. */
export class WriteOrder implements PolicyBooks<unknown> {
  protected readonly order: SlotLists = new SlotLists()

  insert(slot: number): void {
    this.order.pushNewest(slot)
  }

  update(slot: number): void {
    this.order.moveToNewest(slot)
  }

  remove(slot: number): void {
    this.order.remove(slot)
  }

  evict(): number {
    const slot = this.order.oldest()
    this.order.remove(slot)
    return slot
  }

  assertInvariants(size: number): void {
    this.order.assertInvariants()
    if (this.order.size() !== size)
      throw new Error(`policy: ${this.order.size()} slots for ${size} residents`)
  }
}
