import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adaptive, type EvictionPolicy, s3Fifo, sieve, wTinyLfu } from '../../src/index.ts'
import { keyHash } from '../../src/policies/key-hash.ts'
import { cacheOver, MapStore } from '../fixtures.ts'
import { NaiveAdaptive, NaiveWindowTinyLfu } from './naive-admission.ts'
import { type NaivePolicy, NaiveS3Fifo, NaiveSieve } from './naive-policies.ts'
import { randomNumbers } from './random.ts'

const SEED = 20_260_411
const KEYS = 24

const policies: [string, () => EvictionPolicy, (capacity: number) => NaivePolicy][] = [
  ['sieve', sieve, (capacity) => new NaiveSieve(capacity)],
  ['s3Fifo', s3Fifo, (capacity) => new NaiveS3Fifo(capacity)],
  ['wTinyLfu', wTinyLfu, (capacity) => new NaiveWindowTinyLfu(capacity, keyHash('naive'))],
  ['adaptive', adaptive, (capacity) => new NaiveAdaptive(capacity, keyHash('naive'))],
]

/** Few favourites and many others, so that both hits and evictions are frequent. */
const key = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: KEYS - 1 }))
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant('get' as const), key }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('put' as const), key }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('evict' as const), key }) },
)

describe.each(policies)('%s', (_name, policy, naive) => {
  test.each([1, 2, 3, 10, 20])('keeps whom a naive telling of it keeps, at a capacity of %i', (capacity) => {
    const store = new MapStore<number, number>()
    for (let each = 0; each < KEYS; each++) store.entries.set(each, each)
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const cache = cacheOver(store, { capacity, policy: policy() })
        const model = naive(capacity)
        for (const { does, key } of steps) {
          cache[does](key, key)
          if (does === 'evict') model.remove(key)
          else model.use(key)
          expect(cache.size).toBeLessThanOrEqual(capacity)
          expect(residentsOf(cache)).toEqual(model.residents().sort(ascending))
        }
        cache.assertInvariants()
      }),
      { seed: SEED, numRuns: 20 },
    )
  })
})

test.each(policies)(
  '%s keeps whom a naive telling of it keeps, also when thousands of hits come in a row',
  (_name, policy, naive) => {
    const random = randomNumbers(SEED)
    const capacity = 100
    const store = new MapStore<number, number>()
    const cache = cacheOver(store, { capacity, policy: policy() })
    const model = naive(capacity)
    const use = (key: number): void => {
      if (cache.get(key) === undefined) cache.put(key, key)
      model.use(key)
    }
    for (let round = 0; round < 60; round++) {
      for (let newcomer = 0; newcomer < 12; newcomer++) use(random(300))
      const residents = residentsOf(cache)
      // Hits of a few, of some more, and of all.
      const favourites = residents.slice(0, 1 + random(residents.length))
      for (let hit = random(3000); hit > 0; hit--) use(favourites[random(favourites.length)]!)
      expect(residentsOf(cache), `seed ${SEED}, round ${round}`).toEqual(model.residents().sort(ascending))
    }
    expect(cache.stats().evictions).toBeGreaterThan(100)
  },
)

function residentsOf(cache: { entries(): Iterable<[number, number]> }): number[] {
  return Array.from(cache.entries(), ([key]) => key).sort(ascending)
}

function ascending(a: number, b: number): number {
  return a - b
}
