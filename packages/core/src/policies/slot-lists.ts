import { roomFor } from './slot-arrays.ts'

/**
 * Slots in one or several orders, each oldest first; a slot is in at most one of them. Circular doubly linked lists in two
 * typed arrays: list `i` has node `i` as its sentinel, and a slot has the node `slot` + the number of lists. Every
 * operation is O(1); the arrays grow by doubling, 8 bytes a slot, however many lists there are.
 */
export class SlotLists {
  readonly #sizes: number[]
  #next: Uint32Array
  #previous: Uint32Array

  constructor(lists = 1) {
    this.#sizes = new Array<number>(lists).fill(0)
    // Each sentinel points to itself, both ways: an empty list.
    this.#next = new Uint32Array(16).map((_, node) => (node < lists ? node : 0))
    this.#previous = this.#next.slice()
  }

  size(list = 0): number {
    return this.#sizes[list]!
  }

  /** Adds a slot that is in no list. */
  pushNewest(slot: number, list = 0): void {
    const node = slot + this.#sizes.length
    if (node >= this.#next.length) this.#grow(node)
    this.#linkNewest(node, list)
    this.#sizes[list]!++
  }

  /** A slot of the list becomes its newest. */
  moveToNewest(slot: number, list = 0): void {
    const node = slot + this.#sizes.length
    if (this.#previous[list] === node) return
    this.#unlink(node)
    this.#linkNewest(node, list)
  }

  /** Takes a slot of the list out of it. */
  remove(slot: number, list = 0): void {
    this.#unlink(slot + this.#sizes.length)
    this.#sizes[list]!--
  }

  /** The oldest slot, or a negative number when there is none. */
  oldest(list = 0): number {
    const node = this.#next[list]!
    return node === list ? NO_SLOT : node - this.#sizes.length
  }

  /** The slot that came into the list after this one, or a negative number when this is the newest. */
  newer(slot: number): number {
    return Math.max(NO_SLOT, this.#next[slot + this.#sizes.length]! - this.#sizes.length)
  }

  /** Oldest first. O(size). */
  *slots(list = 0): Generator<number, void, undefined> {
    for (let node = this.#next[list]!; node !== list; node = this.#next[node]!)
      yield node - this.#sizes.length
  }

  /** Throws unless each list agrees in both directions and holds as many slots as its size says. O(size). */
  assertInvariants(): void {
    for (const [list, size] of this.#sizes.entries()) {
      let count = 0
      let node = list
      do {
        const next = this.#next[node]!
        if (this.#previous[next] !== node)
          throw new Error(`SlotLists: node ${next} does not point back to ${node}`)
        if (next !== list) count++
        if (count > size) break
        node = next
      } while (node !== list)
      if (count !== size) throw new Error(`SlotLists: ${count} nodes in list ${list}, its size says ${size}`)
    }
  }

  #linkNewest(node: number, list: number): void {
    const newest = this.#previous[list]!
    this.#next[newest] = node
    this.#previous[node] = newest
    this.#next[node] = list
    this.#previous[list] = node
  }

  #unlink(node: number): void {
    const previous = this.#previous[node]!
    const next = this.#next[node]!
    this.#next[previous] = next
    this.#previous[next] = previous
  }

  #grow(node: number): void {
    this.#next = roomFor(this.#next, node)
    this.#previous = roomFor(this.#previous, node)
  }
}

/** Stands for a slot where there is none. */
export const NO_SLOT = -1
