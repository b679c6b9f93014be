/**
 * How often keys were used lately, estimated from their hashes: a count-min sketch of 4-bit counters. After ten uses for
 * every entry it was made for, all counters are halved, so that the past fades. 8 to 16 bytes an entry; O(1) amortised.
 *
 * Cormode, Muthukrishnan: An improved data stream summary, 2005. Ageing: Einziger, Friedman, Manes: TinyLFU, ACM
 * Transactions on Storage 2017, as in Caffeine.
 */
export class FrequencySketch {
  /** Eight counters a word. */
  #words = new Int32Array(2 * SMALLEST)
  #entries = SMALLEST
  #uses = 0

  /** Makes it as large as so many entries need. What was counted stays. O(entries) when it doubles. */
  ensureCapacity(entries: number): void {
    if (entries > this.#entries) this.#entries = entries
    while (this.#words.length < 2 * entries) {
      // Half as long, a hash found its counter at the same place or this far below it: both are copies of it.
      const doubled = new Int32Array(2 * this.#words.length)
      doubled.set(this.#words)
      doubled.set(this.#words, this.#words.length)
      this.#words = doubled
    }
  }

  /** From 0 to 15; never less than it was counted since it was last halved, unless that is more than 15. */
  frequency(hash: number): number {
    const words = this.#words
    let least = LARGEST
    let probe = hash
    for (let row = 0; row < ROWS; row++) {
      probe = nextProbe(probe)
      const count = (words[probe & (words.length - 1)]! >>> shiftOf(probe)) & LARGEST
      if (count < least) least = count
    }
    return least
  }

  /** Counts one use. True when all counts were halved. */
  increment(hash: number): boolean {
    this.add(hash, 1)
    return this.tick()
  }

  /** Counts uses that `tick` was told of. */
  add(hash: number, uses: number): void {
    if (uses === 0) return
    const words = this.#words
    let probe = hash
    for (let row = 0; row < ROWS; row++) {
      probe = nextProbe(probe)
      const index = probe & (words.length - 1)
      const shift = shiftOf(probe)
      const word = words[index]!
      const count = (word >>> shift) & LARGEST
      words[index] = (word + (Math.min(uses, LARGEST - count) << shift)) | 0
    }
  }

  /** There was a use, of whatever key. True when all counts were halved. */
  tick(): boolean {
    if (++this.#uses < USES_AN_ENTRY * this.#entries) return false
    this.#halve()
    return true
  }

  #halve(): void {
    const words = this.#words
    for (let index = 0; index < words.length; index++) {
      words[index] = (words[index]! >>> 1) & 0x77777777
    }
    this.#uses >>>= 1
  }
}

const SMALLEST = 8
const ROWS = 4
const LARGEST = 15
const USES_AN_ENTRY = 10

/** The hashes of one key in the rows, one after the other. All are 32-bit integers with a sign, the kind that is fast. */
function nextProbe(probe: number): number {
  const mixed = Math.imul(probe ^ 0x1e3779b9, 0x45d9f3b5)
  return mixed ^ (mixed >>> 15)
}

/** The highest bits choose the counter in a word, the lowest the word. */
function shiftOf(probe: number): number {
  return (probe >>> 29) << 2
}
