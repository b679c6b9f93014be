import {
  type AsyncWriteThroughCache,
  BulkReadError,
  BulkStoreError,
  StoreError,
  type WaitOptions,
} from '../../src/index.ts'
import { type Operation, read, type Value, write } from '../histories/checker.ts'
import type { ScheduledStore } from './scheduled-store.ts'

/** What a client does once. `value` is what it writes, if it writes, and nobody else does. */
type Act = (clients: Clients, value: number, options: WaitOptions) => Promise<void> | void

/** The keys of a batch. All else is about the first. */
export const KEYS = ['a', 'b'] as const
const [KEY] = KEYS

export type Kind =
  | 'get'
  | 'put'
  | 'invalidate'
  | 'update'
  | 'update to nothing'
  | 'getOrPut'
  | 'getMany'
  | 'putMany'
  | 'invalidateMany'
  | 'refresh'
  | 'has'
  | 'warm'
  | 'evict'
  | 'evictAll'
  | 'abort'
  | 'a change elsewhere'
  | 'the line breaks'

/** The operations of a cache, each as one client makes it and notes what it was answered; and what else may happen. */
export const ACTS: Readonly<Record<Kind, Act>> = {
  get: ({ cache, reads }, _value, options) => reads('get', () => cache.get(KEY, options)),
  put: ({ cache, writes }, value, options) =>
    writes(`put ${value}`, [KEY], value, () => cache.put(KEY, value, options)),
  invalidate: ({ cache, removes }, _value, options) => removes(() => cache.invalidate(KEY, options)),
  update: (clients, value, options) =>
    clients.changes(value, (next, ask) =>
      clients.cache.update(
        KEY,
        (old) => {
          ask(old)
          return next
        },
        options,
      ),
    ),
  'update to nothing': (clients, _value, options) =>
    clients.changes(undefined, (next, ask) =>
      clients.cache.update(
        KEY,
        (old) => {
          ask(old)
          return next
        },
        options,
      ),
    ),
  getOrPut: (clients, value, options) =>
    clients.changes(value, (next, ask) =>
      clients.cache.getOrPut(
        KEY,
        () => {
          ask(undefined)
          return next as number
        },
        options,
      ),
    ),
  getMany: ({ cache, answered }, _value, options) =>
    answered(
      () => cache.getMany(KEYS, options),
      (called, at, found) => KEYS.map((key) => [key, read('getMany', called, at, found.get(key))] as const),
    ),
  putMany: ({ cache, writes }, value, options) =>
    writes(`putMany ${value}`, KEYS, value, () =>
      cache.putMany(
        KEYS.map((key) => [key, value] as const),
        options,
      ),
    ),
  invalidateMany: ({ cache, writes }, _value, options) =>
    writes('invalidateMany', KEYS, undefined, () => cache.invalidateMany(KEYS, options)),
  refresh: ({ cache, reads }, _value, options) => reads('refresh', () => cache.refresh(KEY, options)),
  has: ({ cache, answered }, _value, options) =>
    answered(
      () => cache.has(KEY, options),
      (called, at, existed) => [
        [
          KEY,
          {
            ...read(`has, ${existed},`, called, at, undefined),
            apply: (state) => ((state !== undefined) === existed ? state : 'refused'),
          },
        ],
      ],
    ),
  warm: ({ cache, answered }, _value, options) =>
    answered(
      () => cache.warm(KEYS, options),
      () => [],
    ),
  evict: ({ cache }) => void cache.evict(KEY),
  evictAll: ({ cache }) => cache.evictAll(),
  abort: ({ abortOne }) => abortOne(),
  'a change elsewhere': (clients, value) => clients.changeElsewhere(value),
  'the line breaks': (clients) => clients.breakLine(),
}

/** Those who use one cache at once, and the history of each key. */
export class Clients {
  readonly cache: AsyncWriteThroughCache<string, number>
  readonly histories: Map<string, Operation[]> = new Map(KEYS.map((key) => [key, []]))
  readonly #store: ScheduledStore
  readonly #tick: () => number
  /** Whether others write, so that what reads and then writes is two operations. */
  readonly #others: boolean
  readonly #announce: (news: () => void) => Promise<void>
  readonly abortOne: () => void

  constructor(
    cache: AsyncWriteThroughCache<string, number>,
    store: ScheduledStore,
    tick: () => number,
    elsewhere: { readonly others: boolean; readonly announce: (news: () => void) => Promise<void> },
    abortOne: () => void,
  ) {
    this.cache = cache
    this.#store = store
    this.#tick = tick
    this.#others = elsewhere.others
    this.#announce = elsewhere.announce
    this.abortOne = abortOne
  }

  readonly answered = async <T>(
    act: () => Promise<T>,
    operations: (called: number, at: number, answer: T) => (readonly [string, Operation])[],
    failed: (called: number, at: number, error: unknown) => (readonly [string, Operation])[] = () => [],
  ): Promise<void> => {
    const called = this.#tick()
    let history: (readonly [string, Operation])[]
    try {
      const answer = await act()
      history = operations(called, this.#tick(), answer)
    } catch (error) {
      // A failure of the store, or of the caller's patience, is part of the history; anything else is not.
      if (!StoreError.is(error) && !BulkStoreError.is(error) && !BulkReadError.is(error)) throw error
      history = failed(called, this.#tick(), error)
    }
    for (const [key, operation] of history) this.histories.get(key)!.push(operation)
  }

  readonly reads = (name: string, act: () => Promise<Value>): Promise<void> =>
    this.answered(act, (called, at, value) => [[KEY, read(name, called, at, value)]])

  readonly writes = (
    name: string,
    keys: readonly string[],
    value: Value,
    act: () => Promise<unknown>,
  ): Promise<void> =>
    this.answered(
      act,
      (called, at) => keys.map((key) => [key, write(name, called, at, value)] as const),
      (called, at, error) =>
        keys.flatMap((key) => this.#failed(key, error, write(name, called, at, value, true))),
    )

  readonly removes = (act: () => Promise<boolean>): Promise<void> =>
    this.answered(
      act,
      (called, at, existed) => [
        [
          KEY,
          {
            ...write(`invalidate, ${existed},`, called, at, undefined),
            apply: (state) => ((state !== undefined) === existed ? undefined : 'refused'),
          },
        ],
      ],
      (called, at, error) => this.#failed(KEY, error, write('invalidate', called, at, undefined, true)),
    )

  /** What reads, and by what it read decides what it writes. */
  changes(next: Value, act: (next: Value, ask: (old: Value) => void) => Promise<Value>): Promise<void> {
    let asked: { readonly at: number; readonly old: Value } | undefined
    const ask = (old: Value) => {
      asked = { at: this.#tick(), old }
    }
    const history = (called: number, at: number, isLost: boolean): Operation[] => {
      const { old } = asked!
      const name = `change from ${old} to ${next}`
      if (!this.#others) {
        const atOnce = write(name, called, at, next, isLost)
        return [{ ...atOnce, apply: (state) => (state === old ? next : 'refused') }]
      }
      const looked = read(`${name}, which`, called, asked!.at, old)
      // Absent before and after: nothing is written.
      if (old === undefined && next === undefined) return [looked]
      return [looked, write(name, asked!.at, at, next, isLost)]
    }
    return this.answered(
      () => act(next, ask),
      (called, at, answer) => {
        if (asked === undefined) return [[KEY, read('getOrPut', called, at, answer)]]
        return history(called, at, false).map((operation) => [KEY, operation] as const)
      },
      (called, at, error) => {
        if (asked === undefined) return []
        return history(called, at, true).flatMap((operation): (readonly [string, Operation])[] =>
          operation.optional ? this.#failed(KEY, error, operation) : [[KEY, operation]],
        )
      },
    )
  }

  /** Somebody else writes, and the cache hears of it later. */
  async changeElsewhere(value: number): Promise<void> {
    const at = this.#tick()
    this.#store.contents.set(KEY, value)
    const operation = { ...write(`elsewhere ${value}`, at, Number.POSITIVE_INFINITY, value) }
    this.histories.get(KEY)!.push(operation)
    await this.#announce(() => {
      this.#store.listener?.({ type: 'keys', keys: [KEY] })
      Object.assign(operation, { answeredAt: this.#tick() })
    })
  }

  /** The news stop, and come again later. */
  async breakLine(): Promise<void> {
    this.#store.listener?.({ type: 'down' })
    await this.#announce(() => this.#store.listener?.({ type: 'up' }))
  }

  /** A write that failed for certain left no trace. Of any other it is not known whether, and until when, it took effect. */
  #failed(key: string, error: unknown, operation: Operation): (readonly [string, Operation])[] {
    const bulk = BulkStoreError.is(error) ? (error as BulkStoreError<string>) : undefined
    if (bulk?.written.includes(key)) return [[key, { ...operation, optional: false }]]
    const failure = bulk === undefined ? error : bulk.failures.get(key)
    if (StoreError.is(failure) && failure.applied === 'no') return []
    const sent = this.#store.writes.find(({ keys }) => keys.includes(key))
    if (sent === undefined) return [[key, operation]]
    return [
      [
        key,
        {
          ...operation,
          get answeredAt() {
            return sent.settledAt
          },
        },
      ],
    ]
  }
}
