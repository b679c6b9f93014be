/**
 * Slots in an order, oldest first: a circular doubly linked list in two typed arrays, whose node 0 is the sentinel and
 * whose node `slot + 1` stands for a slot. Every operation is O(1); it grows by doubling, 8 bytes a slot.
 */
export class SlotList {
  #next = new Uint32Array(16)
  #previous = new Uint32Array(16)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Adds a slot that is not in the list. */
  pushNewest(slot: number): void {
    if (slot + 1 >= this.#next.length) this.#grow(slot + 2)
    this.#linkNewest(slot + 1)
    this.#size++
  }

  /** A slot of the list becomes its newest. */
  moveToNewest(slot: number): void {
    const node = slot + 1
    if (this.#previous[0] === node) return
    this.#unlink(node)
    this.#linkNewest(node)
  }

  /** Takes a slot of the list out of it. */
  remove(slot: number): void {
    this.#unlink(slot + 1)
    this.#size--
  }

  /** The oldest slot, or -1 when there is none. */
  get oldest(): number {
    return this.#next[0]! - 1
  }

  /** Oldest first. O(size). */
  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (let node = this.#next[0]!; node !== 0; node = this.#next[node]!) yield node - 1
  }

  /** Throws unless both directions agree and hold `size` slots. O(size). */
  assertInvariants(): void {
    let count = 0
    let node = 0
    do {
      const next = this.#next[node]!
      if (this.#previous[next] !== node)
        throw new Error(`SlotList: node ${next} does not point back to ${node}`)
      if (next !== 0) count++
      if (count > this.#size) break
      node = next
    } while (node !== 0)
    if (count !== this.#size) throw new Error(`SlotList: ${count} linked nodes, size says ${this.#size}`)
  }

  #linkNewest(node: number): void {
    const newest = this.#previous[0]!
    this.#next[newest] = node
    this.#previous[node] = newest
    this.#next[node] = 0
    this.#previous[0] = node
  }

  #unlink(node: number): void {
    const previous = this.#previous[node]!
    const next = this.#next[node]!
    this.#next[previous] = next
    this.#previous[next] = previous
  }

  #grow(needed: number): void {
    const length = Math.max(needed, this.#next.length * 2)
    const next = new Uint32Array(length)
    const previous = new Uint32Array(length)
    next.set(this.#next)
    previous.set(this.#previous)
    this.#next = next
    this.#previous = previous
  }
}
