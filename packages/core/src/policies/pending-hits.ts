/**
 * Hits that are noted and not yet counted: noting one costs a store into a small array, and counting many one after the
 * other is what a processor does well. They have to be settled before anything else happens to the books.
 *
 * All hits count, but where more come in a row, with no miss between them, than there are residents. Then what is resident
 * has been seen to be in use, and of the further hits a sample tells enough: the first 64 of every 1,021, which is a prime so
 * as not to be in step with the requests.
 *
 * Batches: Ding, Jiang, Zhang: BP-Wrapper, ICDE 2009, as in Caffeine's read buffers, which leave out hits under load too.
 */
export class PendingHits {
  readonly #count: (slot: number) => void
  readonly #size: () => number
  readonly #slots = new Int32Array(BATCH)
  #noted = 0
  /** Of the hits in a row those that were counted. */
  #counted = 0

  /** `count` is called for each hit that counts, in their order. `size` says how many residents there are. */
  constructor(count: (slot: number) => void, size: () => number) {
    this.#count = count
    this.#size = size
  }

  /** The entry in `slot` was used. O(1) amortised. */
  add(slot: number): void {
    const place = this.#noted++
    if (place < BATCH) this.#slots[place] = slot
    else if (place === IN_A_SAMPLE || this.#counted < this.#size()) this.#begin(slot)
  }

  /** Counts what was noted: something else is about to happen, and no more hits are in a row with these. */
  settle(): void {
    this.#countNoted()
    this.#counted = 0
  }

  /** The first of another batch. */
  #begin(slot: number): void {
    this.#countNoted()
    this.#counted += BATCH
    this.add(slot)
  }

  #countNoted(): void {
    const hits = Math.min(this.#noted, BATCH)
    this.#noted = 0
    for (let place = 0; place < hits; place++) this.#count(this.#slots[place]!)
  }
}

const BATCH = 64
const IN_A_SAMPLE = 1021
