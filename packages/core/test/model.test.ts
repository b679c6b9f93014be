import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type CacheOptions,
  fifo,
  lru,
  StoreError,
  type Versioned,
  type WriteThroughCache,
} from '../src/index.ts'
import { BulkMapStore, cacheOver } from './fixtures.ts'
import { Contents } from './histories/simulated-store.ts'

/**
 * Random commands against a plain `Map` for the store and a naive list for the order. The cache has to agree with both
 * after each step, whatever fails.
 */
const SEED = 20_261_124
const CAPACITY = 3
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f']
const POLICIES = { fifo, lru }
type PolicyName = keyof typeof POLICIES

interface Limits {
  readonly maxAgeMs?: number
  readonly negativeMaxAgeMs?: number
  readonly maxWeight?: number
}

/** A value of 0 weighs nothing. */
const weigh = (value: number): number => value % 4

/** Residents, oldest first: an array, searched and spliced. Without a value it is a remembered absence. */
class NaiveCache {
  residents: { key: string; value: number | undefined; since: number }[] = []
  now = 0
  readonly renewsOnHit: boolean
  readonly limits: Limits

  constructor(policy: PolicyName, limits: Limits) {
    this.renewsOnHit = policy === 'lru'
    this.limits = limits
  }

  get weight(): number {
    if (this.limits.maxWeight === undefined) return 0
    return this.residents.reduce((sum, { value }) => sum + weigh(value ?? 0), 0)
  }

  value(key: string): number | undefined {
    return this.resident(key)?.value
  }

  resident(key: string): { value: number | undefined; since: number } | undefined {
    return this.residents.find((resident) => resident.key === key)
  }

  drop(key: string): void {
    this.residents = this.residents.filter((resident) => resident.key !== key)
  }

  install(key: string, value: number | undefined, since: number = this.now): void {
    this.drop(key)
    if (value === undefined && this.limits.negativeMaxAgeMs === undefined) return
    const room = this.limits.maxWeight ?? Number.POSITIVE_INFINITY
    const weight = this.limits.maxWeight === undefined ? 0 : weigh(value ?? 0)
    if (weight > room) return
    while (this.residents.length >= CAPACITY || this.weight + weight > room) this.residents.shift()
    this.residents.push({ key, value, since })
  }

  hit(key: string): void {
    const { value, since } = this.resident(key)!
    if (this.renewsOnHit) this.install(key, value, since)
  }

  pass(milliseconds: number): void {
    this.now += milliseconds
    const { maxAgeMs = Number.POSITIVE_INFINITY, negativeMaxAgeMs = 0 } = this.limits
    this.residents = this.residents.filter(
      ({ value, since }) => this.now - since < (value === undefined ? negativeMaxAgeMs : maxAgeMs),
    )
  }
}

/** The same store with versions. */
class VersionedStore extends BulkMapStore<string, number> {
  override readonly entries: Contents = new Contents()

  loadVersioned(key: string): Versioned<number> | undefined {
    return this.act('loadVersioned', () => this.entries.versioned(key))
  }

  storeIf(key: string, value: number, expected: string | undefined, version: string): boolean {
    return this.act('storeIf', () => {
      if (this.entries.versioned(key)?.version !== expected) return false
      this.entries.setVersioned(key, { value, version })
      return true
    })
  }

  removeIf(key: string, expected: string): boolean {
    return this.act(
      'removeIf',
      () => this.entries.versioned(key)?.version === expected && this.entries.delete(key),
    )
  }
}

interface Model {
  readonly hasVersions: boolean
  readonly stored: Map<string, number>
  readonly cached: NaiveCache
}

interface Real {
  readonly store: BulkMapStore<string, number>
  readonly cache: WriteThroughCache<string, number>
}

type Fault = 'none' | 'no' | 'before' | 'after'
const FAULTS: Record<Fault, { applies: boolean; drops: boolean }> = {
  none: { applies: true, drops: false },
  no: { applies: false, drops: false },
  before: { applies: false, drops: true },
  after: { applies: true, drops: true },
}

function arm(store: BulkMapStore<string, number>, fault: Fault): void {
  if (fault === 'no') store.failNext(new StoreError('WRITE_FAILURE', 'refused', { applied: 'no' }))
  else if (fault === 'before') store.failNext(new Error('failed before'))
  else if (fault === 'after') store.failNext(new StoreError('WRITE_FAILURE', 'failed after'), 'after')
}

/** A command whose `step` moves the model and the real thing; then both have to agree. */
class Step implements fc.Command<Model, Real> {
  readonly name: string
  readonly step: (model: Model, real: Real) => void

  constructor(name: string, step: (model: Model, real: Real) => void) {
    this.name = name
    this.step = step
  }

  check(): boolean {
    return true
  }

  run(model: Model, real: Real): void {
    this.step(model, real)
    real.cache.assertInvariants()
    expect(Object.fromEntries(real.store.entries)).toEqual(Object.fromEntries(model.stored))
    const values = model.cached.residents.filter(({ value }) => value !== undefined)
    expect(Object.fromEntries(real.cache.entries())).toEqual(
      Object.fromEntries(values.map(({ key, value }) => [key, value])),
    )
    expect(real.cache.size).toBe(model.cached.residents.length)
    expect(real.cache.weight).toBe(model.cached.weight)
  }

  toString(): string {
    return this.name
  }
}

const key = fc.constantFrom(...KEYS)
const value = fc.nat(99)
const fault = fc.constantFrom<Fault>('none', 'none', 'none', 'no', 'before', 'after')

function read(model: Model, key: string): number | undefined {
  const resident = model.cached.resident(key)
  if (resident !== undefined) {
    model.cached.hit(key)
    return resident.value
  }
  const stored = model.stored.get(key)
  model.cached.install(key, stored)
  return stored
}

const put = fc.tuple(key, value, fault).map(
  ([key, value, fault]) =>
    new Step(`put ${key} ${value}, fault ${fault}`, (model, { store, cache }) => {
      arm(store, fault)
      const { applies, drops } = FAULTS[fault]
      if (fault === 'none') cache.put(key, value)
      else expect(() => cache.put(key, value)).toThrow(StoreError)
      if (applies) model.stored.set(key, value)
      if (drops) model.cached.drop(key)
      else if (applies) model.cached.install(key, value)
    }),
)

const invalidate = fc.tuple(key, fault).map(
  ([key, fault]) =>
    new Step(`invalidate ${key}, fault ${fault}`, (model, { store, cache }) => {
      arm(store, fault)
      if (fault === 'none') expect(cache.invalidate(key)).toBe(model.stored.has(key))
      else expect(() => cache.invalidate(key)).toThrow(StoreError)
      if (FAULTS[fault].applies) model.stored.delete(key)
      model.cached.drop(key)
    }),
)

const get = key.map(
  (key) =>
    new Step(`get ${key}`, (model, { cache }) => {
      expect(cache.get(key)).toBe(read(model, key))
    }),
)

const failingGet = key.map(
  (key) =>
    new Step(`get ${key}, which fails if it has to ask`, (model, { store, cache }) => {
      const resident = model.cached.resident(key)
      if (resident !== undefined) {
        expect(cache.get(key)).toBe(resident.value)
        model.cached.hit(key)
      } else {
        store.failNext(new Error('unreadable'))
        expect(() => cache.get(key)).toThrow(StoreError)
      }
    }),
)

const getMany = fc.uniqueArray(key, { maxLength: 4 }).map(
  (keys) =>
    new Step(`getMany ${keys}`, (model, { cache }) => {
      const found = cache.getMany(keys)
      // Residents are read first, then the rest is loaded.
      const [resident, missing] = [true, false].map((is) =>
        keys.filter((k) => (model.cached.resident(k) !== undefined) === is),
      )
      const expected = new Map<string, number | undefined>()
      for (const key of [...resident!, ...missing!]) expected.set(key, read(model, key))
      for (const key of keys) expect(found.get(key)).toBe(expected.get(key))
      expect([...found.keys()]).toEqual(keys.filter((k) => expected.get(k) !== undefined))
    }),
)

const putMany = fc.array(fc.tuple(key, value), { maxLength: 5 }).map(
  (entries) =>
    new Step(`putMany ${JSON.stringify(entries)}`, (model, { cache }) => {
      cache.putMany(entries)
      for (const [key, value] of new Map(entries)) {
        model.stored.set(key, value)
        model.cached.install(key, value)
      }
    }),
)

const update = fc.tuple(key, fc.option(value, { nil: undefined })).map(
  ([key, value]) =>
    new Step(`update ${key} to ${value}`, (model, { cache }) => {
      // With versions it is loaded, whatever is resident.
      const old = model.hasVersions ? model.stored.get(key) : read(model, key)
      if (model.hasVersions) model.cached.install(key, old)
      cache.update(key, (given) => {
        expect(given).toBe(old)
        return value
      })
      if (value === undefined) {
        model.stored.delete(key)
        if (old !== undefined) model.cached.drop(key)
      } else {
        model.stored.set(key, value)
        model.cached.install(key, value)
      }
    }),
)

const putIfAbsent = fc.tuple(key, value, fault).map(
  ([key, value, fault]) =>
    new Step(`putIfAbsent ${key} ${value}, fault ${fault}`, (model, { store, cache }) => {
      const isFree = !model.stored.has(key)
      arm(store, fault)
      // What took place before the failure is found to have done so.
      const fails = fault === 'no' || fault === 'before' || (fault === 'after' && !isFree)
      if (fails) expect(() => cache.putIfAbsent(key, value)).toThrow(StoreError)
      else expect(cache.putIfAbsent(key, value)).toBe(isFree)
      if (fault === 'no') return
      model.cached.drop(key)
      if (fails || !isFree) return
      model.stored.set(key, value)
      model.cached.install(key, value)
    }),
)

const replace = fc.tuple(key, value).map(
  ([key, value]) =>
    new Step(`replace ${key} by ${value}`, (model, { cache }) => {
      const old = model.stored.get(key)
      model.cached.install(key, old)
      expect(cache.replace(key, value)).toBe(old !== undefined)
      if (old === undefined) return
      model.stored.set(key, value)
      model.cached.install(key, value)
    }),
)

const evict = key.map(
  (key) =>
    new Step(`evict ${key}`, (model, { cache }) => {
      expect(cache.evict(key)).toBe(model.cached.value(key) !== undefined)
      model.cached.drop(key)
    }),
)

const evictAll = fc.constant(
  new Step('evictAll', (model, { cache }) => {
    cache.evictAll()
    model.cached.residents = []
  }),
)

const quiet = key.map(
  (key) =>
    new Step(`peek and has ${key}`, (model, { cache }) => {
      expect(cache.peek(key)).toBe(model.cached.value(key))
      expect(cache.has(key)).toBe(model.stored.has(key))
    }),
)

const refresh = key.map(
  (key) =>
    new Step(`refresh ${key}`, (model, { cache }) => {
      const stored = model.stored.get(key)
      expect(cache.refresh(key)).toBe(stored)
      model.cached.install(key, stored)
    }),
)

const timePasses = fc.nat(6).map(
  (milliseconds) =>
    new Step(`${milliseconds} ms pass`, (model) => {
      model.cached.pass(milliseconds)
    }),
)

const commands = [
  put,
  put,
  invalidate,
  get,
  get,
  failingGet,
  getMany,
  putMany,
  update,
  evict,
  evictAll,
  quiet,
  refresh,
  timePasses,
]

const limits: fc.Arbitrary<Limits> = fc.record(
  {
    maxAgeMs: fc.integer({ min: 1, max: 12 }),
    negativeMaxAgeMs: fc.integer({ min: 1, max: 12 }),
    maxWeight: fc.integer({ min: 1, max: 7 }),
  },
  { requiredKeys: [] },
)

test.each<[PolicyName, string, boolean]>([
  ['fifo', '', false],
  ['lru', '', false],
  ['lru', ', over a store with versions', true],
])('the cache agrees with a Map and a naive %s, whatever fails%s', (policy, _over, hasVersions) => {
  const some = hasVersions ? [...commands, update, putIfAbsent, putIfAbsent, replace] : commands
  const property = fc.property(limits, fc.commands(some, { maxCommands: 60 }), (limits, steps) => {
    fc.modelRun(() => {
      const store = hasVersions ? new VersionedStore() : new BulkMapStore<string, number>()
      const cached = new NaiveCache(policy, limits)
      const ages = limits.maxAgeMs !== undefined || limits.negativeMaxAgeMs !== undefined
      const options: Partial<CacheOptions<string, number>> = {
        ...limits,
        capacity: CAPACITY,
        policy: POLICIES[policy](),
        ...(limits.maxWeight !== undefined && { weigh }),
        ...(ages && { clock: () => cached.now }),
      }
      return {
        model: { hasVersions, stored: new Map(), cached },
        real: { store, cache: cacheOver(store, options) },
      }
    }, steps)
  })
  fc.assert(property, { seed: SEED, numRuns: 1000 })
})
