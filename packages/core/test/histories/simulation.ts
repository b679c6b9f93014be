import {
  type AsyncWriteThroughCache,
  AsyncWriteThroughCache as Cache,
  BulkReadError,
  BulkStoreError,
  type AsyncCacheOptions,
  fifo,
  lru,
  StoreError,
  type WaitOptions,
  wTinyLfu,
} from '../../src/index.ts'
import { isLinearizable, type Operation, read, type Value, write } from './checker.ts'
import { FakeTime } from './fake-time.ts'
import { type Fate, type PendingCall, randomFrom, SimulatedStore } from './simulated-store.ts'

const KEYS = ['a', 'b', 'c']
/** How many operations a history has. */
export const OPERATIONS = 24
const AT_ONCE = 5

/**
 * One random history: clients that read, write, update, evict and give up, over a store that delays, reorders and fails,
 * and others who change it. Everything follows from the seed; with fewer operations it is the beginning of the same history.
 * Throws when a promise of the cache is broken, and for a rejection that nobody handles.
 */
export async function runHistory(seed: number, operations: number = OPERATIONS): Promise<void> {
  const simulation = new Simulation(seed, operations)
  const unhandled: unknown[] = []
  const listen = (reason: unknown) => void unhandled.push(reason)
  const { random } = Math
  // The pauses between two tries follow from the seed too.
  Math.random = () => 0.5
  process.on('unhandledRejection', listen)
  simulation.time.install()
  try {
    await simulation.run()
    // Node tells of such rejections at the end of a turn.
    await new Promise((resolve) => setImmediate(resolve))
    if (unhandled.length > 0) throw new Error(`a rejection that nobody handles: ${String(unhandled[0])}`)
  } catch (cause) {
    const log = simulation.log.join('\n  ')
    throw new Error(`seed ${seed}, ${operations} operations: ${(cause as Error).message}\n  ${log}`, {
      cause,
    })
  } finally {
    simulation.time.uninstall()
    Math.random = random
    process.off('unhandledRejection', listen)
  }
}

interface GivenUp {
  readonly operation: { answeredAt: number }
  readonly call: PendingCall
}

class Simulation {
  readonly log: string[] = []
  readonly time: FakeTime = new FakeTime()
  readonly #random: (below: number) => number
  readonly #store: SimulatedStore
  readonly #cache: AsyncWriteThroughCache<string, number>
  readonly #histories = new Map<string, Operation[]>(KEYS.map((key) => [key, []]))
  readonly #initial: Map<string, number>
  readonly #open = new Map<number, AbortController>()
  readonly #givenUp: GivenUp[] = []
  /** What others wrote and the cache has not heard of. */
  #unheard: { key: string; operation: { answeredAt: number }; writtenAtMs: number }[] = []
  /** How others change the store, and how the cache is to learn of it. */
  readonly #elsewhereIs: 'nowhere' | 'told by a feed' | 'told by a revision' | 'noticed by age'
  readonly #options: AsyncCacheOptions<string, number>
  /** Then an `update` is one operation, whoever else writes. */
  readonly #hasVersions: boolean
  /** Then a `getOrPut` is one operation too. */
  readonly #hasLeases: boolean
  #revision = 0
  #connected = true
  /** Nothing fails any more, so that the last look of all tells the cache what it has not heard. */
  #isResting = false
  #clock = 0
  readonly #mostOperations: number
  #operations = 0
  #lastValue = 100

  constructor(seed: number, operations: number) {
    this.#mostOperations = operations
    this.#random = randomFrom(seed)
    const faults = this.#random(3) === 0
    const fates: Fate[] = ['refused', 'lost', 'applied, then lost']
    this.#store = new SimulatedStore(() =>
      faults && !this.#isResting && this.#random(4) === 0 ? this.#pick(fates) : 'succeeds',
    )
    if (this.#random(2) === 0) this.#store.withBatches()
    this.#hasVersions = this.#random(2) === 0
    if (this.#hasVersions) this.#store.withVersions()
    this.#hasLeases = this.#hasVersions && this.#random(2) === 0
    if (this.#hasLeases) {
      const isAnothers = () => !this.#isResting && this.#random(3) === 0
      this.#store.withLeases(() => this.time.now, isAnothers)
    }
    this.#elsewhereIs = this.#pick([
      'nowhere',
      'told by a feed',
      'told by a feed',
      'told by a revision',
      'noticed by age',
    ])
    if (this.#elsewhereIs === 'told by a feed') this.#store.withFeed()
    if (this.#elsewhereIs === 'told by a revision') this.#store.withRevision(() => this.#revision)
    for (const key of KEYS) if (this.#random(2) === 0) this.#store.contents.set(key, this.#random(9) + 1)
    this.#initial = new Map(this.#store.contents)
    this.#options = this.#someOptions()
    this.#cache = new Cache(this.#store, this.#options)
  }

  #someOptions(): AsyncCacheOptions<string, number> {
    const maxAge = this.#elsewhereIs === 'noticed by age' || this.#random(4) === 0
    const negativeMaxAge = this.#random(4) === 0
    return {
      capacity: 1 + this.#random(KEYS.length),
      policy: this.#pick([fifo, fifo, lru, wTinyLfu])(),
      ...(this.#elsewhereIs === 'told by a revision' && { coherence: 'revision' }),
      ...(maxAge && { maxAgeMs: 1 + this.#random(12) }),
      ...(negativeMaxAge && { negativeMaxAgeMs: 1 + this.#random(12) }),
      ...((maxAge || negativeMaxAge) && { clock: () => this.time.now }),
      ...(this.#hasLeases && { leaseMs: 1 + this.#random(20) }),
      ...(this.#random(4) === 0 && { maxWeight: 4, weigh: (value: number) => value % 6 }),
    }
  }

  async run(): Promise<void> {
    if (this.#elsewhereIs === 'told by a feed') this.#tell('up', () => this.#store.listener?.({ type: 'up' }))
    while (this.#operations < this.#mostOperations) {
      this.#act()
      await this.#microtasks(this.#random(6))
      this.#look()
    }
    await this.#comeToRest()
    this.#check()
  }

  #act(): void {
    const choice = this.#random(22)
    if (choice < 8 && this.#open.size < AT_ONCE) this.#begin()
    else if (choice < 15) this.#stepStore()
    else if (choice === 15) this.#abort()
    else if (choice === 16) this.#evict()
    else if (choice >= 20) this.#timePasses(this.#random(8))
    else if (this.#elsewhereIs === 'told by a feed') this.#elsewhere()
    else if (this.#elsewhereIs !== 'nowhere' && choice === 17) this.#writeElsewhere()
  }

  /** What others wrote so long ago has to be noticed from now on, as all that is older is loaded again. */
  #timePasses(milliseconds: number): void {
    this.#tell(`${milliseconds} ms pass`, () => this.time.pass(milliseconds))
    if (this.#elsewhereIs !== 'noticed by age') return
    const { maxAgeMs = 0, negativeMaxAgeMs = 0 } = this.#options
    const noticed = this.time.now - Math.max(maxAgeMs, negativeMaxAgeMs)
    for (const { operation, writtenAtMs } of this.#unheard) {
      if (writtenAtMs <= noticed) operation.answeredAt = this.#clock
    }
    this.#unheard = this.#unheard.filter(({ writtenAtMs }) => writtenAtMs > noticed)
  }

  #stepStore(): void {
    const { pending } = this.#store
    if (pending.length === 0) return
    const call = this.#pick(pending)
    this.#tell(`store: ${call.name}`, () => call.step())
  }

  #abort(): void {
    if (this.#open.size === 0) return
    const [id, controller] = this.#pick([...this.#open])
    this.#tell(`abort #${id}`, () => controller.abort())
  }

  #evict(): void {
    const key = this.#pick([...KEYS, undefined])
    this.#tell(`evict ${key ?? 'all'}`, () =>
      key === undefined ? this.#cache.evictAll() : this.#cache.evict(key),
    )
  }

  /** Somebody else writes, or the cache hears of it, or the line to it breaks or comes back. */
  #elsewhere(): void {
    const choice = this.#random(8)
    if (choice < 4) this.#writeElsewhere()
    else if (choice < 6) this.#hear()
    else if (choice === 6 && this.#connected) {
      this.#connected = false
      this.#tell('down', () => this.#store.listener?.({ type: 'down' }))
      this.#allHeard()
    } else if (choice === 7 && !this.#connected) this.#reconnect()
  }

  #writeElsewhere(): void {
    const key = this.#pick(KEYS)
    const value = this.#random(4) === 0 ? undefined : ++this.#lastValue
    const before = this.#store.contents.get(key)
    this.#tell(`elsewhere: ${key}=${value}`, () => {
      if (value === undefined) this.#store.contents.delete(key)
      else this.#store.contents.set(key, value)
      this.#revision++
    })
    const operation = {
      ...write(`elsewhere ${value} in place of ${before}`, this.#clock, this.#clock, value),
      answeredAt: this.#clock,
      // It tells what it overwrote: a write that is held to have come before must have been there.
      apply: (state: Value) => (state === before ? value : ('refused' as const)),
    }
    this.#histories.get(key)!.push(operation)
    // Until it is heard of, readers may be served what was resident. Who asks for the revision knows at once.
    const isLate = this.#elsewhereIs === 'told by a feed' && this.#connected
    if (isLate || this.#elsewhereIs === 'noticed by age') {
      operation.answeredAt = Number.POSITIVE_INFINITY
      this.#unheard.push({ key, operation, writtenAtMs: this.time.now })
    }
  }

  #hear(): void {
    if (this.#unheard.length === 0 || !this.#connected) return
    const first = this.#unheard.shift()!
    const { key } = first
    const type = this.#random(4) === 0 ? 'all' : 'keys'
    this.#tell(`heard of ${type === 'all' ? 'all' : key}`, () =>
      this.#store.listener?.(type === 'all' ? { type } : { type, keys: [key] }),
    )
    first.operation.answeredAt = this.#clock
    if (type === 'all') this.#allHeard()
  }

  #allHeard(): void {
    for (const { operation } of this.#unheard) operation.answeredAt = this.#clock
    this.#unheard = []
  }

  #reconnect(): void {
    this.#connected = true
    this.#tell('up', () => this.#store.listener?.({ type: 'up' }))
  }

  /** Starts a random operation of a client. */
  #begin(): void {
    const start = this.#pick([
      this.#startGet,
      this.#startGet,
      this.#startGet,
      this.#startPut,
      this.#startPut,
      this.#startInvalidate,
      this.#startUpdate,
      ...(this.#hasVersions ? [this.#startUpdate, this.#startPutIfAbsent, this.#startReplace] : []),
      this.#startGetOrPut,
      ...(this.#hasLeases ? [this.#startGetOrPut, this.#startGetOrPut] : []),
      this.#startGetMany,
      this.#startPutMany,
      this.#startRefresh,
      this.#startHas,
    ])
    start.call(this, this.#pick(KEYS), ++this.#lastValue)
  }

  #startGet(key: string): void {
    this.#startRead(`get ${key}`, key, (options) => this.#cache.get(key, options))
  }

  #startRefresh(key: string): void {
    this.#startRead(`refresh ${key}`, key, (options) => this.#cache.refresh(key, options))
  }

  #startRead(name: string, key: string, act: (options: WaitOptions) => Promise<Value>): void {
    this.#start(name, act, (called, answered, answer) =>
      this.#record(key, read(name, called, answered, answer as Value)),
    )
  }

  #startHas(key: string): void {
    this.#start(
      `has ${key}`,
      (options) => this.#cache.has(key, options),
      (called, answered, answer) =>
        this.#record(key, {
          ...read(`has`, called, answered, undefined),
          name: `has answered ${answer}`,
          apply: (state) => ((state !== undefined) === answer ? state : 'refused'),
        }),
    )
  }

  #startGetMany(key: string): void {
    const keys = this.#keysWith(key)
    this.#start(
      `getMany ${keys}`,
      (options) => this.#cache.getMany(keys, options),
      (called, answered, answer) => {
        const found = answer as Map<string, number>
        for (const each of keys) this.#record(each, read('getMany', called, answered, found.get(each)))
      },
    )
  }

  #startPut(key: string, value: number): void {
    this.#startWrite(`put ${key}=${value}`, [key], value, (options) => this.#cache.put(key, value, options))
  }

  #startPutMany(key: string, value: number): void {
    const keys = this.#keysWith(key)
    this.#startWrite(`putMany ${keys}=${value}`, keys, value, (options) =>
      this.#cache.putMany(
        keys.map((each) => [each, value] as const),
        options,
      ),
    )
  }

  #keysWith(key: string): string[] {
    return KEYS.filter((other) => other === key || this.#random(2) === 0)
  }

  #startWrite(
    name: string,
    keys: string[],
    value: number,
    act: (options: WaitOptions) => Promise<unknown>,
  ): void {
    this.#start(
      name,
      act,
      (called, answered) => {
        for (const key of keys) this.#record(key, write(name, called, answered, value))
      },
      (called, answered, error) => {
        for (const key of keys) this.#recordFailure(key, error, write(name, called, answered, value, true))
      },
    )
  }

  #startInvalidate(key: string): void {
    const name = `invalidate ${key}`
    this.#start(
      name,
      (options) => this.#cache.invalidate(key, options),
      (called, answered, existed) =>
        this.#record(key, {
          ...write(`${name} answered ${existed}`, called, answered, undefined),
          apply: (state) => ((state !== undefined) === existed ? undefined : 'refused'),
        }),
      (called, answered, error) =>
        this.#recordFailure(key, error, write(name, called, answered, undefined, true)),
    )
  }

  #startUpdate(key: string, value: number): void {
    const next = this.#random(4) === 0 ? undefined : value
    let old: Value
    let askedAt: number | undefined
    const change = (given: Value) => {
      old = given
      askedAt = this.#tell(`update ${key} from ${given} to ${next}`)
      return next
    }
    this.#start(
      `update ${key} to ${next}`,
      (options) => this.#cache.update(key, change, options),
      (called, answered) =>
        this.#recordChange(key, called, askedAt!, answered, old, next, undefined, this.#hasVersions),
      (called, answered, error) => {
        if (askedAt !== undefined)
          this.#recordChange(key, called, askedAt, answered, old, next, error, this.#hasVersions)
      },
    )
  }

  #startPutIfAbsent(key: string, value: number): void {
    this.#startConditional('putIfAbsent', key, value, false, (options) =>
      this.#cache.putIfAbsent(key, value, options),
    )
  }

  #startReplace(key: string, value: number): void {
    this.#startConditional('replace', key, value, true, (options) => this.#cache.replace(key, value, options))
  }

  /** A write that takes place if the key exists, or if it does not. */
  #startConditional(
    operation: string,
    key: string,
    value: number,
    ifPresent: boolean,
    act: (options: WaitOptions) => Promise<boolean>,
  ): void {
    const name = `${operation} ${key}=${value}`
    const takesPlace = (state: Value) => (state !== undefined) === ifPresent
    this.#start(
      name,
      act,
      (called, answered, stored) =>
        this.#record(key, {
          ...write(`${name} answered ${stored}`, called, answered, value),
          apply: (state) => {
            if (takesPlace(state) !== stored) return 'refused'
            return stored ? value : state
          },
        }),
      (called, answered, error) =>
        this.#recordFailure(key, error, {
          ...write(name, called, answered, value, true),
          apply: (state) => (takesPlace(state) ? value : 'refused'),
        }),
    )
  }

  #startGetOrPut(key: string, value: number): void {
    let askedAt: number | undefined
    const produce = () => {
      askedAt = this.#tell(`produce ${key}=${value}`)
      return value
    }
    this.#start(
      `getOrPut ${key}=${value}`,
      (options) => this.#cache.getOrPut(key, produce, options),
      (called, answered, answer) => {
        // With a lease others may have stored meanwhile: then it is theirs that is answered.
        if (askedAt === undefined || answer !== value) {
          this.#record(key, read('getOrPut', called, answered, answer as Value))
        } else {
          this.#recordChange(key, called, askedAt, answered, undefined, value, undefined, this.#hasLeases)
        }
      },
      (called, answered, error) => {
        if (askedAt !== undefined) {
          this.#recordChange(key, called, askedAt, answered, undefined, value, error, this.#hasLeases)
        }
      },
    )
  }

  /**
   * A value was read, and written anew from it. As far as this process goes that is one operation. Others may come between,
   * so that where they are it is two, unless it is atomic.
   */
  #recordChange(
    key: string,
    called: number,
    asked: number,
    answered: number,
    old: Value,
    next: Value,
    error: unknown,
    isAtomic = false,
  ): void {
    const name = `change from ${old} to ${next}`
    const others = this.#elsewhereIs !== 'nowhere' && !isAtomic
    const atOnce: Operation = {
      ...write(name, called, answered, next, error !== undefined),
      apply: (state) => (state === old ? next : 'refused'),
    }
    if (others) this.#record(key, read(`${name}, which`, called, asked, old))
    // Absent before and after: nothing is written.
    if (others && old === undefined && next === undefined) return
    const operation = others ? write(name, asked, answered, next, error !== undefined) : atOnce
    if (error === undefined) this.#record(key, operation)
    else this.#recordFailure(key, error, operation)
  }

  #start(
    name: string,
    act: (options: WaitOptions) => Promise<unknown>,
    succeeded: (called: number, answered: number, answer: unknown) => void,
    failed: (called: number, answered: number, error: unknown) => void = () => {},
  ): void {
    const id = ++this.#operations
    const controller = new AbortController()
    this.#open.set(id, controller)
    let answer: Promise<unknown> | undefined
    const called = this.#tell(`#${id} ${name}`, () => {
      answer = act({
        signal: controller.signal,
        ...(this.#random(4) === 0 && { timeoutMs: 1 + this.#random(12) }),
      })
    })
    answer?.then(
      (result) => {
        this.#open.delete(id)
        const shown = result instanceof Map ? JSON.stringify([...result]) : result
        succeeded(called, this.#tell(`#${id} answered ${shown}`), result)
      },
      (error) => {
        this.#open.delete(id)
        if (!StoreError.is(error) && !BulkStoreError.is(error) && !BulkReadError.is(error))
          this.#broken ??= error
        failed(called, this.#tell(`#${id} failed: ${(error as Error).message}`), error)
      },
    )
  }

  #broken: unknown

  #record(key: string, operation: Operation): void {
    this.#histories.get(key)!.push(operation)
  }

  /** A write that failed for certain left no trace; of any other it is not known whether, and until when, it took effect. */
  #recordFailure(key: string, error: unknown, operation: Operation): void {
    const failure = BulkStoreError.is(error) ? (error as BulkStoreError<string>).failures.get(key) : error
    if (BulkStoreError.is(error) && (error as BulkStoreError<string>).written.includes(key)) {
      this.#record(key, { ...operation, optional: false })
      return
    }
    if (StoreError.is(failure) && failure.applied === 'no') return
    const call = this.#store.pending.find((pending) => pending.isWrite && pending.keys.includes(key))
    const recorded = { ...operation }
    this.#record(key, recorded)
    if (call === undefined) return
    Object.assign(recorded, { answeredAt: Number.POSITIVE_INFINITY })
    this.#givenUp.push({ operation: recorded as { answeredAt: number }, call })
  }

  /** What has to hold at every moment. */
  #look(): void {
    for (const { operation, call } of this.#givenUp) {
      const settled = !this.#store.pending.includes(call)
      if (settled && operation.answeredAt === Number.POSITIVE_INFINITY) operation.answeredAt = this.#clock
    }
    if (this.#broken !== undefined) throw this.#broken
    this.#cache.assertInvariants()
  }

  async #comeToRest(): Promise<void> {
    this.log.push('come to rest')
    this.#isResting = true
    for (let round = 0; ; round++) {
      while (this.#unheard.length > 0) {
        if (this.#elsewhereIs === 'noticed by age') this.#timePasses(1)
        else this.#hear()
      }
      if (!this.#connected) this.#reconnect()
      await new Promise((resolve) => setImmediate(resolve))
      this.#look()
      if (this.#store.pending.length === 0) {
        // Who waits between two tries goes on in time.
        if (this.#open.size === 0 || this.time.pending === 0) break
        this.#timePasses(1)
      }
      this.#stepStore()
      if (round > 10_000) throw new Error('it never comes to rest')
    }
    if (this.#elsewhereIs === 'told by a revision' && this.#operations === this.#mostOperations) {
      // A last look, so that the cache has heard of everything.
      this.#startHas(KEYS[0]!)
      return this.#comeToRest()
    }
    if (this.#open.size > 0) throw new Error(`${this.#open.size} operations were never answered`)
  }

  #check(): void {
    this.#cache.assertInvariants(true)
    for (const [key, value] of this.#cache.entries()) {
      const stored = this.#store.contents.get(key)
      if (value !== stored)
        throw new Error(`at rest ${key}=${value} is resident, and the store holds ${stored}`)
    }
    for (const [key, history] of this.#histories) {
      const stored = this.#store.contents.get(key)
      const all = [...history, read('at rest the store', this.#clock + 1, this.#clock + 2, stored)]
      if (!isLinearizable(all, this.#initial.get(key))) {
        const shown = all.map(({ name, calledAt, answeredAt }) => `[${calledAt}, ${answeredAt}] ${name}`)
        throw new Error(
          `the history of ${key} is not linearizable, initially ${this.#initial.get(key)}:\n  ${shown.join('\n  ')}\n`,
        )
      }
    }
    if (this.#cache.stats().fencedKeys !== 0) throw new Error('a key is fenced at rest')
    if (this.time.pending > 0) throw new Error('a timer is left at rest')
  }

  /** Notes what happens, does it, and returns the time. */
  #tell(what: string, happen?: () => unknown): number {
    this.#clock++
    const at = this.#clock
    this.log.push(`${at}: ${what}`)
    happen?.()
    return at
  }

  async #microtasks(count: number): Promise<void> {
    if (count === 5) await new Promise((resolve) => setImmediate(resolve))
    else for (let tick = 0; tick < count * 3; tick++) await undefined
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#random(choices.length)] as T
  }
}
