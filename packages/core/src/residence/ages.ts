import { roomFor } from '../policies/slot-arrays.ts'

/** The ages of residents, by slot: when each began to be loaded or written. 8 bytes an entry. */
export class Ages {
  readonly #maxAgeMs: number
  readonly #negativeMaxAgeMs: number
  readonly #clock: () => number
  #since = new Float64Array(16)

  constructor(
    clock: () => number,
    maxAgeMs: number = Number.POSITIVE_INFINITY,
    negativeMaxAgeMs: number = Number.POSITIVE_INFINITY,
  ) {
    this.#clock = clock
    this.#maxAgeMs = maxAgeMs
    this.#negativeMaxAgeMs = negativeMaxAgeMs
  }

  now(): number {
    return this.#clock()
  }

  note(slot: number, since: number): void {
    this.#since = roomFor(this.#since, slot)
    this.#since[slot] = since
  }

  /** Whether the entry in `slot`, or the absence remembered there, may still be served. */
  isFresh(slot: number, isAbsence: boolean): boolean {
    return younger(this.#since[slot]!, this.#clock(), isAbsence ? this.#negativeMaxAgeMs : this.#maxAgeMs)
  }

  /** Whether what a load or write that began at `since` brings may still be served. */
  isFreshSince(since: number): boolean {
    return younger(since, this.#clock(), this.#maxAgeMs)
  }
}

/** When the clock was set back, or is none, nobody knows how old anything is: then it is too old. */
function younger(since: number, now: number, maxAgeMs: number): boolean {
  return now >= since && now - since < maxAgeMs
}
