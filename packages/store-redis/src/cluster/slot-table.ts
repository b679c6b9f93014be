import type { Address } from './address.ts'
import { SLOTS } from './slot.ts'
import type { Share } from './view.ts'

/** Which node has which slots, as it was heard last. It may be wrong: then the node that is asked says so. */
export class SlotTable {
  /** Counts the times that a slot's owner was found to be another. */
  version = 0
  readonly #owners: (Address | undefined)[] = new Array(SLOTS).fill(undefined)
  /** All that were named, replicas too. */
  #nodes: ReadonlySet<Address> = new Set()

  get isKnown(): boolean {
    return this.#nodes.size > 0
  }

  get nodes(): ReadonlySet<Address> {
    return this.#nodes
  }

  ownerOf(slot: number): Address | undefined {
    return this.#owners[slot]
  }

  /** The owners of all slots, or of one. */
  owners(slot?: number): Set<Address> {
    const owners = new Set(slot === undefined ? this.#owners : [this.#owners[slot]])
    owners.delete(undefined)
    return owners as Set<Address>
  }

  /** The slot is there. */
  set(slot: number, owner: Address | undefined): void {
    if (this.#owners[slot] === owner) return
    this.#owners[slot] = owner
    this.version++
  }

  /** All of it anew, as a node told it. */
  replace(shares: readonly Share[]): void {
    const owners: (Address | undefined)[] = new Array(SLOTS).fill(undefined)
    const nodes = new Set<Address>()
    for (const { first, last, primary, replicas } of shares) {
      owners.fill(primary, first, last + 1)
      for (const node of [primary, ...replicas]) nodes.add(node)
    }
    for (const [slot, owner] of owners.entries()) this.set(slot, owner)
    this.#nodes = nodes
  }
}
