/**
 * The hashes of keys that left not long ago, oldest forgotten first: a ring of hashes, and an open hash table with linear
 * probing that finds a hash's place in the ring. Two keys with the same 32-bit hash are one ghost. `add` and `take` are
 * O(1) amortised; both arrays grow by doubling, 12 to 24 bytes a ghost.
 */
export class GhostList {
  /** Hashes in the order they came; one that was taken leaves a hole, which no place of the table points to. */
  #ring = new Int32Array(16)
  /** An index of the ring, plus 1, at its hash or the next free place; 0 is free. Twice as long as the ring. */
  #table = new Uint32Array(32)
  /** Positions rise; the index in the ring is what remains after division by its length. */
  #oldest = 0
  #end = 0
  /**
   * Spreads hashes over the table. Random, so that nobody can choose keys that make the look-up slow (multiply-shift,
   * Dietzfelbinger et al. 1997); what is remembered does not depend on it.
   */
  readonly #multiplier = Math.floor(Math.random() * 2 ** 31) * 2 + 1
  #shift = 27

  /** How many ghosts there are, those that were taken included until they are the oldest. */
  get size(): number {
    return this.#end - this.#oldest
  }

  /** Remembers a hash as the newest, and no more than `limit` in all. */
  add(hash: number, limit: number): void {
    while (this.size > 0 && this.size >= limit) this.#forgetOldest()
    if (limit < 1) return
    if (this.size === this.#ring.length) this.#grow()
    this.#append(hash)
  }

  /** Forgets a hash; true when it was remembered. */
  take(hash: number): boolean {
    const place = this.#find(hash)
    if (this.#table[place] === 0) return false
    this.#vacate(place)
    return true
  }

  has(hash: number): boolean {
    return this.#table[this.#find(hash)] !== 0
  }

  #forgetOldest(): void {
    const index = this.#oldest++ & (this.#ring.length - 1)
    const place = this.#find(this.#ring[index]!)
    // Else it was taken before, and perhaps remembered again since.
    if (this.#table[place] === index + 1) this.#vacate(place)
  }

  /** One that is remembered already leaves a hole where it was. */
  #append(hash: number): void {
    const index = this.#end++ & (this.#ring.length - 1)
    this.#ring[index] = hash
    this.#table[this.#find(hash)] = index + 1
  }

  /** The place of a hash in the table, or the free one where it would be. */
  #find(hash: number): number {
    const mask = this.#table.length - 1
    let place = this.#home(hash)
    for (let found = this.#table[place]!; found !== 0; found = this.#table[place]!) {
      if (this.#ring[found - 1] === hash) break
      place = (place + 1) & mask
    }
    return place
  }

  /** Where the search for a hash begins. */
  #home(hash: number): number {
    return Math.imul(hash, this.#multiplier) >>> this.#shift
  }

  /** Frees a place, and moves up those that had to step over it (Knuth, volume 3, algorithm 6.4R). */
  #vacate(place: number): void {
    const mask = this.#table.length - 1
    let free = place
    for (let next = (free + 1) & mask; this.#table[next] !== 0; next = (next + 1) & mask) {
      const home = this.#home(this.#ring[this.#table[next]! - 1]!)
      if (((next - home) & mask) < ((next - free) & mask)) continue
      this.#table[free] = this.#table[next]!
      free = next
    }
    this.#table[free] = 0
  }

  #grow(): void {
    const living: number[] = []
    const larger = new Int32Array(this.#ring.length * 2)
    for (let position = this.#oldest; position < this.#end; position++) {
      const index = position & (this.#ring.length - 1)
      const hash = this.#ring[index]!
      larger[position & (larger.length - 1)] = hash
      if (this.#table[this.#find(hash)] === index + 1) living.push(position)
    }
    this.#ring = larger
    this.#table = new Uint32Array(larger.length * 2)
    this.#shift--
    for (const position of living) {
      const index = position & (larger.length - 1)
      this.#table[this.#find(larger[index]!)] = index + 1
    }
  }
}
