import { test } from 'vitest'
import {
  type AsyncBackingStore,
  AsyncWriteThroughCache,
  BulkStoreError,
  groupCommit,
  StoreError,
} from '../src/index.ts'
import { isLinearizable, type Operation, read, type Value, write } from './histories/checker.ts'
import { type Fate, randomFrom, SimulatedStore } from './histories/simulated-store.ts'

const SEED = 1
const HISTORIES = 1000
const KEYS = ['a', 'b', 'c']
const OPERATIONS = 20
const AT_ONCE = 6

test(`${HISTORIES} random histories from seed ${SEED}, of clients of a group commit and of a cache over one, are linearizable`, async () => {
  for (let seed = SEED; seed < SEED + HISTORIES; seed++) {
    const clients = new Clients(seed)
    try {
      await clients.run()
    } catch (cause) {
      throw new Error(`seed ${seed}: ${(cause as Error).message}\n  ${clients.log.join('\n  ')}`, { cause })
    }
  }
}, 60_000)

/** What the clients use: the group commit itself, or the cache over it. */
interface Subject {
  get(key: string): unknown
  put(key: string, value: number, signal: AbortSignal): unknown
  putMany(entries: [string, number][], signal: AbortSignal): unknown
  remove(key: string, signal: AbortSignal): unknown
}

/**
 * Clients that read, write and give up, over a store that delays, reorders and fails. The store itself throws when two
 * writes of a key are at it at once. Everything follows from the seed.
 */
class Clients {
  readonly log: string[] = []
  readonly #random: (below: number) => number
  readonly #store: SimulatedStore
  readonly #cache: AsyncWriteThroughCache<string, number> | undefined
  readonly #subject: Subject
  readonly #histories = new Map<string, Operation[]>(KEYS.map((key) => [key, []]))
  readonly #open = new Map<number, AbortController>()
  #clock = 0
  #operations = 0

  constructor(seed: number) {
    this.#random = randomFrom(seed)
    const fates: Fate[] = ['refused', 'lost', 'applied, then lost']
    const isFaulty = this.#random(2) === 0
    const fate = () => (isFaulty && this.#random(4) === 0 ? this.#pick(fates) : 'succeeds')
    this.#store = new SimulatedStore(fate).withBatches()
    const maxBatch = this.#pick([1, 2, 3, 100])
    const group = groupCommit<string, number>(this.#store, { maxBatch })
    this.#cache = this.#random(2) === 0 ? new AsyncWriteThroughCache(group, { capacity: 2 }) : undefined
    this.#subject = this.#cache === undefined ? onStore(group) : onCache(this.#cache)
  }

  async run(): Promise<void> {
    while (this.#operations < OPERATIONS) {
      const choice = this.#random(10)
      if (choice < 4 && this.#open.size < AT_ONCE) this.#begin()
      else if (choice < 9) this.#stepStore()
      else this.#abort()
      if (this.#random(3) === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    // What was given up is still at the store when its caller has gone.
    for (let idle = 0, turn = 0; idle < 5; turn++) {
      if (turn > 1000) throw new Error(`${this.#open.size} operations were never answered`)
      idle = this.#open.size + this.#store.pending.length === 0 ? idle + 1 : 0
      this.#stepStore()
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#check()
  }

  #stepStore(): void {
    const { pending } = this.#store
    if (pending.length === 0) return
    const call = this.#pick(pending)
    this.#tell(`store: ${call.name}`)
    call.step()
  }

  #abort(): void {
    if (this.#open.size === 0) return
    const [id, controller] = this.#pick([...this.#open])
    this.#tell(`abort #${id}`)
    controller.abort()
  }

  #begin(): void {
    const key = this.#pick(KEYS)
    const value = 100 + this.#operations
    const choice = this.#random(8)
    const keys = choice < 7 ? [key] : KEYS.filter((other) => other === key || this.#random(2) === 0)
    const entries = keys.map((each): [string, number] => [each, value])
    const subject = this.#subject
    if (choice < 3) this.#read(key)
    else if (choice < 6)
      this.#write(`put ${key}=${value}`, keys, value, (signal) => subject.put(key, value, signal))
    else if (choice === 6)
      this.#write(`remove ${key}`, keys, undefined, (signal) => subject.remove(key, signal))
    else this.#write(`putMany ${keys}=${value}`, keys, value, (signal) => subject.putMany(entries, signal))
  }

  #read(key: string): void {
    const answered = (called: number, answer: unknown) =>
      this.#record(key, read('read', called, this.#clock, answer as Value))
    this.#start(
      `read ${key}`,
      () => this.#subject.get(key),
      answered,
      () => {},
    )
  }

  #write(name: string, keys: string[], value: Value, act: (signal: AbortSignal) => unknown): void {
    this.#start(
      name,
      act,
      (called, answer) => {
        for (const key of keys)
          this.#record(key, { ...write(name, called, this.#clock, value), ...removal(answer) })
      },
      (called, error) => {
        for (const key of keys) this.#recordFailure(key, error, write(name, called, this.#clock, value, true))
      },
    )
  }

  #start(
    name: string,
    act: (signal: AbortSignal) => unknown,
    succeeded: (called: number, answer: unknown) => void,
    failed: (called: number, error: unknown) => void,
  ): void {
    const id = ++this.#operations
    const controller = new AbortController()
    this.#open.set(id, controller)
    const called = this.#tell(`#${id} ${name}`)
    Promise.resolve(act(controller.signal)).then(
      (answer) => {
        this.#open.delete(id)
        this.#tell(`#${id} answered ${answer}`)
        succeeded(called, answer)
      },
      (error: Error) => {
        this.#open.delete(id)
        this.#tell(`#${id} failed: ${error.message}`)
        failed(called, error)
      },
    )
  }

  /** A write that failed for certain left no trace. Of any other nobody knows; a given-up one may last until the end. */
  #recordFailure(key: string, error: unknown, operation: Operation): void {
    const failure = BulkStoreError.is(error) ? (error as BulkStoreError<string>).failures.get(key) : error
    if (!StoreError.is(failure)) throw error
    if (failure.applied === 'no') return
    const givenUp = failure.code === 'ABORTED' ? { answeredAt: Number.POSITIVE_INFINITY } : {}
    this.#record(key, { ...operation, ...givenUp })
  }

  #record(key: string, operation: Operation): void {
    this.#histories.get(key)!.push(operation)
  }

  #check(): void {
    this.#cache?.assertInvariants(true)
    for (const [key, value] of this.#cache?.entries() ?? []) {
      const stored = this.#store.contents.get(key)
      if (value !== stored) throw new Error(`${key}=${value} is resident, and the store holds ${stored}`)
    }
    for (const [key, history] of this.#histories) {
      const stored = this.#store.contents.get(key)
      const all = [...history, read('at rest the store', this.#clock + 1, this.#clock + 2, stored)]
      if (isLinearizable(all, undefined)) continue
      const shown = all.map(({ name, calledAt, answeredAt }) => `[${calledAt}, ${answeredAt}] ${name}`)
      throw new Error(`the history of ${key} is not linearizable:\n  ${shown.join('\n  ')}\n`)
    }
  }

  #tell(what: string): number {
    this.#clock++
    this.log.push(`${this.#clock}: ${what}`)
    return this.#clock
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#random(choices.length)] as T
  }
}

/** A remove that says whether the key existed can only have come where it did, or did not. */
function removal(existed: unknown): Partial<Operation> {
  if (typeof existed !== 'boolean') return {}
  return { apply: (state) => ((state !== undefined) === existed ? undefined : 'refused') }
}

function onStore(group: AsyncBackingStore<string, number>): Subject {
  return {
    get: (key) => group.load(key),
    put: (key, value, signal) => group.store(key, value, { signal }),
    putMany: (entries, signal) => group.storeMany!(entries, { signal }),
    remove: (key, signal) => group.remove(key, { signal }),
  }
}

function onCache(cache: AsyncWriteThroughCache<string, number>): Subject {
  return {
    get: (key) => cache.get(key),
    put: (key, value, signal) => cache.put(key, value, { signal }),
    putMany: (entries, signal) => cache.putMany(entries, { signal }),
    remove: (key, signal) => cache.invalidate(key, { signal }),
  }
}
