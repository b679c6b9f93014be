import { WriteOrder } from './fifo.ts'
import type { EvictionPolicy } from './policy.ts'

/**
 * Least recently used: the entry that was read or written longest ago goes. A hit moves the entry in a list, O(1). Weights
 * change nothing in that order: as many go, one after the other, as make room.
 */
export function lru(): EvictionPolicy {
  return { name: 'lru', create: () => new UseOrder() }
}

class UseOrder extends WriteOrder {
  hit(slot: number): void {
    this.order.moveToNewest(slot)
  }
}
