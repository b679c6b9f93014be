import { setImmediate, setTimeout } from 'node:timers/promises'
import { type AsyncBackingStore, StoreError } from '@wt/core'
import type { Random } from './random.ts'

const ABSENT = -1
/** So many of a hundred calls fail, with an error of the store's own or another. */
const FAILURES_PERCENT = 2
/** One of so many calls takes longer than callers have patience for. */
const A_SLOW_CALL_IN = 1000
const SLOW_MS = 5
/** One of so many calls waits for the event loop; the others answer in a microtask. */
const A_TURN_IN = 16

/**
 * Integers from 0 by their keys, integers too, in one typed array: it grows by no byte, whatever happens. Some calls fail,
 * before or after they took effect, and some are slow.
 */
export class TroubledStore implements AsyncBackingStore<number, number> {
  readonly #values: Int32Array
  readonly #random: Random

  constructor(keys: number, random: Random) {
    this.#values = new Int32Array(keys).map((_, key) => (key % 4 === 0 ? ABSENT : key))
    this.#random = random
  }

  async load(key: number): Promise<number | undefined> {
    await this.#trouble()
    const value = this.#values[key]!
    return value === ABSENT ? undefined : value
  }

  async store(key: number, value: number): Promise<void> {
    await this.#trouble()
    this.#values[key] = value
    await this.#trouble()
  }

  async remove(key: number): Promise<boolean> {
    await this.#trouble()
    const existed = this.#values[key] !== ABSENT
    this.#values[key] = ABSENT
    return existed
  }

  async #trouble(): Promise<void> {
    const chance = this.#random()
    if (chance < 1 / A_SLOW_CALL_IN) await setTimeout(SLOW_MS)
    else if (chance < 1 / A_TURN_IN) await setImmediate()
    const failure = this.#random() * 100
    if (failure < FAILURES_PERCENT / 2) throw new Error('the store fails')
    if (failure < FAILURES_PERCENT) throw new StoreError('STORE_FULL', 'the store is full')
  }
}
