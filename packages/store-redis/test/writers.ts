import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '@wt/core'
import type { RedisStore } from '../src/index.ts'

/** A store, or a cache over one. */
export interface Target {
  put(key: string, value: number): Promise<void>
  get(key: string): Promise<number | undefined>
}

export function targetOf(store: RedisStore<number>): Target {
  return { put: async (key, value) => store.store(key, value), get: async (key) => store.load(key) }
}

export interface Written {
  readonly acknowledged: number
  /** What each key may hold. */
  readonly mayHold: ReadonlyMap<string, ReadonlySet<number | undefined>>
  /** What should not have been. */
  readonly troubles: readonly string[]
}

const TICK_MS = 5
const PAUSE_MS = 5

/** A clock that stands still while this process does: another may have the processor. */
export function ownClock(): { nowMs(): number; stop(): void } {
  let ticks = 0
  const timer = setInterval(() => void ticks++, TICK_MS)
  return { nowMs: () => ticks * TICK_MS, stop: () => clearInterval(timer) }
}

/**
 * Writes 1, 2, 3 and so on to each key, which nobody else writes, and reads it after each write. A write that was acknowledged is
 * there until the next one; one of unknown outcome may be, until a read has answered: then it is, or never will be.
 */
export class Writer {
  readonly #target: Target
  readonly #mayHold = new Map<string, Set<number | undefined>>()
  readonly #troubles: string[] = []
  readonly #loops: Promise<void>[]
  #acknowledged = 0
  #isOver = false

  constructor(target: Target, keys: readonly string[]) {
    this.#target = target
    this.#loops = keys.map((key) => this.#loop(key))
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  /** What is under way comes to its end. */
  async end(): Promise<Written> {
    this.#isOver = true
    await Promise.all(this.#loops)
    return {
      ...{ acknowledged: this.#acknowledged, mayHold: this.#mayHold, troubles: this.#troubles },
    }
  }

  async #loop(key: string): Promise<void> {
    this.#mayHold.set(key, new Set([undefined]))
    for (let value = 1; !this.#isOver; value++) {
      await this.#write(key, value)
      await this.#read(key)
      await sleep(PAUSE_MS)
    }
  }

  async #write(key: string, value: number): Promise<void> {
    const failure = await failureOf(this.#target.put(key, value))
    if (failure === undefined) {
      this.#acknowledged++
      this.#mayHold.set(key, new Set([value]))
    } else if (!isAway(failure)) this.#troubles.push(`put of ${key}: ${failure}`)
    else if (failure.applied !== 'no') this.#mayHold.get(key)!.add(value)
  }

  async #read(key: string): Promise<void> {
    const reading = this.#target.get(key)
    const failure = await failureOf(reading)
    if (failure !== undefined) {
      if (!isAway(failure)) this.#troubles.push(`get of ${key}: ${failure}`)
      return
    }
    const value = await reading
    const mayHold = this.#mayHold.get(key)!
    if (!mayHold.has(value)) this.#troubles.push(`${key} holds ${value}, and not one of ${[...mayHold]}`)
    this.#mayHold.set(key, new Set([value]))
  }
}

/** What it rejects with. */
async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error ?? new Error('nothing'),
  )
}

function isAway(failure: unknown): failure is StoreError {
  return StoreError.is(failure) && failure.code === 'UNAVAILABLE'
}
