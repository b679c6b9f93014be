import type { Scheduler } from 'fast-check'
import { type AsyncBackingStore, type Change, StoreError, type Unsubscribe } from '../../src/index.ts'
import type { Fate } from '../histories/simulated-store.ts'

/** A write that the store has been asked for, and when it answered. */
export interface SentWrite {
  readonly keys: readonly string[]
  settledAt: number
}

/** A store whose every call takes effect, and answers, when the scheduler says so. */
export class ScheduledStore implements AsyncBackingStore<string, number> {
  readonly contents: Map<string, number> = new Map()
  /** Those that have not answered. */
  readonly writes: SentWrite[] = []
  listener: ((change: Change<string>) => void) | undefined
  readonly #scheduler: Scheduler
  readonly #fates: Fate[]
  readonly #tick: () => number

  /** After the `fates` of the first calls, all succeed. */
  constructor(scheduler: Scheduler, fates: readonly Fate[], tick: () => number) {
    this.#scheduler = scheduler
    this.#fates = [...fates]
    this.#tick = tick
  }

  store(key: string, value: number): Promise<void> {
    return this.#write(`store ${key}=${value}`, [key], () => void this.contents.set(key, value))
  }

  load(key: string): Promise<number | undefined> {
    return this.#call(`load ${key}`, () => this.contents.get(key))
  }

  remove(key: string): Promise<boolean> {
    return this.#write(`remove ${key}`, [key], () => this.contents.delete(key))
  }

  subscribe(listener: (change: Change<string>) => void): Unsubscribe {
    this.listener = listener
    listener({ type: 'up' })
    return () => {
      this.listener = undefined
    }
  }

  /** With bulk methods that are all or nothing. */
  withBatches(): this {
    return Object.assign(this, {
      storeMany: (entries: Iterable<readonly [string, number]>) => {
        const batch = new Map(entries)
        return this.#write(`storeMany ${[...batch.keys()]}`, [...batch.keys()], () => {
          for (const [key, value] of batch) this.contents.set(key, value)
        })
      },
      loadMany: (keys: Iterable<string>) => {
        const batch = new Set(keys)
        return this.#call(
          `loadMany ${[...batch]}`,
          () => new Map([...this.contents].filter(([key]) => batch.has(key))),
        )
      },
      removeMany: (keys: Iterable<string>) => {
        const batch = [...keys]
        return this.#write(
          `removeMany ${batch}`,
          batch,
          () => batch.filter((key) => this.contents.delete(key)).length,
        )
      },
    })
  }

  async #write<T>(name: string, keys: readonly string[], effect: () => T): Promise<T> {
    if (this.writes.some((other) => other.keys.some((key) => keys.includes(key)))) {
      throw new Error(`two writes of one key at the store: ${name}`)
    }
    const write: SentWrite = { keys, settledAt: Number.POSITIVE_INFINITY }
    this.writes.push(write)
    try {
      return await this.#call(name, effect)
    } finally {
      this.writes.splice(this.writes.indexOf(write), 1)
      write.settledAt = this.#tick()
    }
  }

  async #call<T>(name: string, effect: () => T): Promise<T> {
    const fate = this.#fates.shift() ?? 'succeeds'
    await this.#scheduler.schedule(Promise.resolve(), `${name} (${fate}) takes effect`)
    const result = fate === 'succeeds' || fate === 'applied, then lost' ? effect() : undefined
    await this.#scheduler.schedule(Promise.resolve(), `${name} answers`)
    if (fate === 'succeeds') return result as T
    throw fate === 'refused' ? new StoreError('BUSY', 'refused') : new StoreError('WRITE_FAILURE', 'lost')
  }
}
