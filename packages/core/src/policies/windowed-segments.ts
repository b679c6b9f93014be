import { roomFor } from './slot-arrays.ts'
import { SlotLists } from './slot-lists.ts'

/** How large the window is, and who is let into the main part. */
export interface Admission {
  /** The window's share of all residents, more than 0 and at most 1; at least one entry. */
  readonly windowShare: number
  /** Who falls out of the window takes the place of the main part's next victim when its estimated uses are more. */
  readonly usesToBeat: number | 'those of the victim'
}

/**
 * Residents in three lists, each in the order of use: a window for newcomers, and a main part in two segments (a use
 * brings an entry from probation to the protected four fifths). The admission decides between the window's oldest and the
 * main part's next victim; it may be replaced at any time, and a few entries move with each newcomer until the sizes are
 * right. Sizes are shares of the entries that are resident. O(1) amortised, 9 bytes an entry.
 */
export class WindowedSegments {
  admission: Admission
  readonly #usesOf: (slot: number) => number
  readonly #segments = new SlotLists(4)
  #segment = new Uint8Array(16)
  #size = 0

  /** `usesOf` estimates the uses of the entry in a slot. */
  constructor(usesOf: (slot: number) => number, admission: Admission) {
    this.#usesOf = usesOf
    this.admission = admission
  }

  get size(): number {
    return this.#size
  }

  has(slot: number): boolean {
    return slot < this.#segment.length && this.#segment[slot] !== NONE
  }

  insert(slot: number): void {
    this.#segment = roomFor(this.#segment, slot)
    this.#size++
    this.#enter(WINDOW, slot)
    this.#settleWindow()
  }

  hit(slot: number): void {
    const segment = this.#segment[slot]!
    if (segment === PROBATION) this.#protect(slot)
    else this.#segments.moveToNewest(slot, segment)
  }

  remove(slot: number): void {
    this.#segments.remove(slot, this.#segment[slot]!)
    this.#segment[slot] = NONE
    this.#size--
  }

  /** Takes out whoever has to make room, and returns its slot. There is at least one resident. */
  evict(): number {
    const windowSize = this.#settleWindow()
    const slot = this.#victim(windowSize)
    this.remove(slot)
    return slot
  }

  /** Throws when a slot is in another segment than it says, or there are not exactly `size` of them. O(size). */
  assertInvariants(size: number): void {
    this.#segments.assertInvariants()
    let count = 0
    for (const segment of [WINDOW, PROBATION, PROTECTED]) {
      for (const slot of this.#segments.slots(segment)) {
        count++
        if (this.#segment[slot] !== segment)
          throw new Error(`segments: slot ${slot} is in another than it says`)
      }
    }
    if (count !== size || this.#size !== size)
      throw new Error(`segments: ${count} slots, ${this.#size} counted, for ${size} residents`)
  }

  /** What a window that has become smaller held of old goes to the main part. The size the window should have. */
  #settleWindow(): number {
    const windowSize = Math.max(1, this.#size - Math.floor((1 - this.admission.windowShare) * this.#size))
    for (let moves = 0; moves < MOST_MOVES && this.#segments.size(WINDOW) > windowSize; moves++) {
      this.#move(this.#segments.oldest(WINDOW), PROBATION)
    }
    return windowSize
  }

  #protect(slot: number): void {
    this.#move(slot, PROTECTED)
    const protectedSize = Math.floor(PROTECTED_SHARE * (this.#size - this.#segments.size(WINDOW)))
    while (this.#segments.size(PROTECTED) > protectedSize) {
      this.#move(this.#segments.oldest(PROTECTED), PROBATION)
    }
  }

  #victim(windowSize: number): number {
    const candidate = this.#segments.oldest(WINDOW)
    const probation = this.#segments.oldest(PROBATION)
    const victim = probation < 0 ? this.#segments.oldest(PROTECTED) : probation
    if (victim < 0) return candidate
    if (candidate < 0 || this.#segments.size(WINDOW) < windowSize) return victim
    if (!this.#admits(candidate, victim)) return candidate
    this.#move(candidate, PROBATION)
    return victim
  }

  #admits(candidate: number, victim: number): boolean {
    const { usesToBeat } = this.admission
    const toBeat = typeof usesToBeat === 'number' ? usesToBeat : this.#usesOf(victim)
    return this.#usesOf(candidate) > toBeat
  }

  #move(slot: number, to: number): void {
    this.#segments.remove(slot, this.#segment[slot]!)
    this.#enter(to, slot)
  }

  #enter(segment: number, slot: number): void {
    this.#segment[slot] = segment
    this.#segments.pushNewest(slot, segment)
  }
}

const NONE = 0
const WINDOW = 1
const PROBATION = 2
const PROTECTED = 3
const PROTECTED_SHARE = 0.8
/** How many entries one call moves out of the window. */
const MOST_MOVES = 8
