import { FrequencySketch } from './frequency-sketch.ts'
import { roomFor } from './slot-arrays.ts'

/**
 * How often keys were used lately, from 0 to 15: residents and others. A sketch counts them; the uses of a resident since
 * it came are counted beside it, in a byte, and added when it leaves, so that a hit does not have to look for its four
 * counters. Both are halved together. O(1) amortised, 13 to 21 bytes an entry.
 */
export class ResidentUses {
  readonly #sketch = new FrequencySketch()
  #hashes = new Int32Array(16)
  #sinceInsert = new Uint8Array(16)

  /** A key with this hash, resident or not, was used. */
  count(hash: number): void {
    if (this.#sketch.increment(hash)) this.#halve()
  }

  /** The entry in `slot` was used. */
  hit(slot: number): void {
    const uses = this.#sinceInsert[slot]!
    if (uses < MOST_USES) this.#hitOnce(slot)
  }

  /** An entry came into `slot`, one of `size`. */
  insert(slot: number, hash: number, size: number): void {
    this.#hashes = roomFor(this.#hashes, slot)
    this.#sinceInsert = roomFor(this.#sinceInsert, slot)
    this.#hashes[slot] = hash
    this.#sinceInsert[slot] = 0
    this.#sketch.ensureCapacity(size)
  }

  /** The entry in `slot` leaves. */
  remove(slot: number): void {
    this.#sketch.add(this.#hashes[slot]!, this.#sinceInsert[slot]!)
  }

  hashAt(slot: number): number {
    return this.#hashes[slot]!
  }

  /** The uses of the entry in `slot`. */
  of(slot: number): number {
    return Math.min(MOST_USES, this.#sketch.frequency(this.#hashes[slot]!) + this.#sinceInsert[slot]!)
  }

  /** The uses of a key by its hash, those of a resident since it came left out. */
  ofHash(hash: number): number {
    return this.#sketch.frequency(hash)
  }

  #hitOnce(slot: number): void {
    this.#sinceInsert[slot]!++
    if (this.#sketch.tick()) this.#halve()
  }

  #halve(): void {
    const uses = this.#sinceInsert
    for (let slot = 0; slot < uses.length; slot++) uses[slot] = uses[slot]! >>> 1
  }
}

const MOST_USES = 15
