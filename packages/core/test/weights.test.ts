import { describe, expect, test } from 'vitest'
import {
  adaptive,
  AsyncWriteThroughCache,
  type EvictionPolicy,
  fifo,
  lru,
  s3Fifo,
  sieve,
  wTinyLfu,
} from '../src/index.ts'
import { BulkMapStore, cacheOver, thrownBy } from './fixtures.ts'
import { randomNumbers } from './policies/random.ts'

const weigh = (value: string): number => value.length

function setUp(options: { policy?: EvictionPolicy; maxWeight?: number; told?: unknown[] } = {}) {
  const store = new BulkMapStore<string, string>()
  const { told, ...limits } = options
  const cache = cacheOver<string, string>(store, {
    capacity: 100,
    maxWeight: 10,
    weigh,
    ...limits,
    ...(told && { observer: { eviction: (...what) => told.push(what) } }),
  })
  return { store, cache }
}

describe('maxWeight and weigh', () => {
  test('the oldest leave until a newcomer has room', () => {
    const told: unknown[] = []
    const { store, cache } = setUp({ told })
    cache.putMany([
      ['a', 'xxx'],
      ['b', 'xxxx'],
      ['c', 'xxx'],
    ])
    expect(cache.weight).toBe(10)
    cache.put('d', 'xxxxx')
    expect([...cache.entries()].sort()).toEqual([
      ['c', 'xxx'],
      ['d', 'xxxxx'],
    ])
    expect(cache.weight).toBe(8)
    expect(told).toEqual([
      ['a', 'xxx', 'capacity'],
      ['b', 'xxxx', 'capacity'],
    ])
    expect(store.entries.size).toBe(4)
    expect(cache.stats().evictions).toBe(2)
  })

  test('what weighs more than all may is stored and not cached, and drops what was there', () => {
    const told: unknown[] = []
    const { store, cache } = setUp({ told })
    cache.put('a', 'x')
    cache.put('b', 'x')
    cache.put('a', 'x'.repeat(11))
    expect(store.entries.get('a')).toHaveLength(11)
    expect([...cache.entries()]).toEqual([['b', 'x']])
    expect(cache.get('a')).toHaveLength(11)
    expect(cache.weight).toBe(1)
    expect(cache.stats()).toMatchObject({ refusedByPolicy: 2, evictions: 0 })
    expect(told).toEqual([['a', 'x', 'outdated']])
  })

  test('an overwrite counts its new weight alone', () => {
    const { cache } = setUp()
    cache.put('a', 'xxxx')
    cache.put('b', 'xxx')
    cache.put('a', 'xxxxxxx')
    expect(cache.weight).toBe(10)
    cache.put('a', '')
    expect(cache.weight).toBe(3)
    expect(cache.size).toBe(2)
    // It pushes the older one out, not itself.
    cache.put('a', 'xxxxxxxxx')
    expect([...cache.entries()]).toEqual([['a', 'xxxxxxxxx']])
  })

  test('capacity bounds the entries all the same', () => {
    const store = new BulkMapStore<string, string>()
    const cache = cacheOver<string, string>(store, { capacity: 2, maxWeight: 10, weigh })
    for (const key of ['a', 'b', 'c']) cache.put(key, '')
    expect(cache.size).toBe(2)
  })

  test('weigh is asked once a write, and once a load', () => {
    const store = new BulkMapStore<string, string>()
    const asked: unknown[] = []
    const cache = cacheOver<string, string>(store, {
      capacity: 5,
      maxWeight: 10,
      weigh: (value, key) => {
        asked.push([value, key])
        return 1
      },
    })
    cache.put('a', 'A')
    cache.get('a')
    cache.evict('a')
    cache.get('a')
    expect(asked).toEqual([
      ['A', 'a'],
      ['A', 'a'],
    ])
  })

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', undefined])(
    'a weight of %p is a RangeError: before the store is written to, after it was loaded from',
    async (weight) => {
      const store = new BulkMapStore<string, string>()
      let answer: unknown = 1
      const options = { capacity: 5, maxWeight: 10, weigh: () => answer as number }
      const cache = cacheOver<string, string>(store, options)
      cache.put('a', 'A')
      answer = weight
      expect(thrownBy(() => cache.put('a', 'B'))).toBeInstanceOf(RangeError)
      expect(thrownBy(() => cache.putMany([['c', 'C']]))).toBeInstanceOf(RangeError)
      expect(cache.peek('a')).toBe('A')
      expect(store.calls).toEqual(['store'])
      expect(thrownBy(() => cache.refresh('a'))).toBeInstanceOf(RangeError)
      expect(cache.peek('a')).toBeUndefined()

      const later = new AsyncWriteThroughCache<string, string>(store, options)
      await expect(later.put('b', 'B')).rejects.toThrow(RangeError)
      expect(store.entries.has('b')).toBe(false)
      await expect(later.get('a')).rejects.toThrow('weigh of "a"')
      later.assertInvariants(true)
    },
  )

  test.each(Object.entries({ fifo, lru, sieve, s3Fifo, wTinyLfu, adaptive }))(
    '%s never keeps more than maxWeight, whatever comes',
    (_name, policy) => {
      const random = randomNumbers(11)
      const { store, cache } = setUp({ policy: policy(), maxWeight: 40 })
      for (let step = 0; step < 3000; step++) {
        const key = String(random(60))
        const choice = random(10)
        if (choice < 5) cache.put(key, 'x'.repeat(random(12) === 0 ? random(50) : random(9)))
        else if (choice < 9) expect(cache.get(key)).toBe(store.entries.get(key))
        else cache.invalidate(key)
        expect(cache.weight).toBeLessThanOrEqual(40)
        if (step % 10 === 0) cache.assertInvariants()
      }
      const weight = [...cache.entries()].reduce((sum, [, value]) => sum + value.length, 0)
      expect(cache.weight).toBe(weight)
      expect(cache.stats().cacheHits).toBeGreaterThan(100)
    },
  )

  test('hold in the asynchronous cache', async () => {
    const store = new BulkMapStore<string, string>()
    const cache = new AsyncWriteThroughCache<string, string>(store, { capacity: 100, maxWeight: 10, weigh })
    await cache.putMany([
      ['a', 'xxxx'],
      ['b', 'xxxx'],
    ])
    await cache.put('c', 'xxxx')
    expect([...cache.entries()].map(([key]) => key).sort()).toEqual(['b', 'c'])
    expect(await cache.get('a')).toBe('xxxx')
    expect(cache.weight).toBe(8)
    await cache.put('a', 'x'.repeat(11))
    expect(cache.peek('a')).toBeUndefined()
    expect(cache.weight).toBe(4)
    cache.assertInvariants(true)
  })
})
