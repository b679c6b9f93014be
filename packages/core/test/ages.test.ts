import { describe, expect, test } from 'vitest'
import { AsyncWriteThroughCache, type CacheObserver, lru, WriteThroughCache } from '../src/index.ts'
import { BulkMapStore, cacheOver, MapStore } from './fixtures.ts'
import { settle, SlowStore } from './slow-store.ts'

let now = 0
const clock = (): number => now

describe('maxAgeMs, synchronous', () => {
  function setUp(
    options: { policy?: ReturnType<typeof lru>; observer?: CacheObserver<string, number> } = {},
  ) {
    const store = new BulkMapStore<string, number>()
    return { store, cache: cacheOver<string, number>(store, { maxAgeMs: 10, clock, ...options }) }
  }

  test('an entry is served until it is as old as that, and then loaded again', () => {
    const { store, cache } = setUp()
    cache.put('a', 1)
    store.entries.set('a', 2)
    now += 9.9
    expect(cache.get('a')).toBe(1)
    now += 0.1
    expect(cache.get('a')).toBe(2)
    expect(cache.stats()).toMatchObject({ cacheHits: 1, backingStoreHits: 1, evictions: 0 })
    now += 9
    expect(cache.get('a')).toBe(2)
    expect(store.calls).toEqual(['store', 'load'])
  })

  test('a hit does not make an entry younger, a write does', () => {
    const { store, cache } = setUp({ policy: lru() })
    cache.put('a', 1)
    now += 6
    cache.get('a')
    now += 6
    cache.get('a')
    expect(store.calls).toEqual(['store', 'load'])
    now += 6
    cache.put('a', 2)
    now += 6
    cache.get('a')
    expect(store.calls).toEqual(['store', 'load', 'store'])
  })

  test.each(['store', 'load', 'storeMany', 'loadMany'] as const)(
    'an age counts from the start of a %s',
    (method) => {
      const { store, cache } = setUp()
      store.entries.set('a', 1)
      store.entries.set('b', 1)
      const real = store[method].bind(store) as (...parameters: unknown[]) => unknown
      Object.assign(store, {
        [method]: (...parameters: unknown[]) => {
          now += 7
          return real(...parameters)
        },
      })
      if (method === 'store') cache.put('a', 1)
      if (method === 'load') cache.get('a')
      if (method === 'storeMany')
        cache.putMany(
          new Map([
            ['a', 1],
            ['b', 1],
          ]),
        )
      if (method === 'loadMany') cache.getMany(['a', 'b'])
      now += 2
      expect(cache.peek('a')).toBe(1)
      now += 1
      expect(cache.peek('a')).toBeUndefined()
    },
  )

  test('what has grown too old is not resident: not to peek, has, entries, size, evict or update', () => {
    const told: unknown[] = []
    const { store, cache } = setUp({ observer: { eviction: (...what) => told.push(what) } })
    cache.putMany([
      ['a', 1],
      ['b', 2],
    ])
    now += 5
    cache.put('c', 3)
    expect(cache.size).toBe(3)
    now += 5
    store.entries.delete('a')
    expect(cache.has('a')).toBe(false)
    expect(cache.peek('a')).toBeUndefined()
    expect([...cache.entries()]).toEqual([['c', 3]])
    expect(cache.size).toBe(1)
    store.entries.set('c', 4)
    now += 5
    expect(cache.update('c', (old) => old! + 1)).toBe(5)
    expect(told).toEqual([
      ['a', 1, 'expired'],
      ['b', 2, 'expired'],
      ['c', 3, 'expired'],
    ])
  })

  test('a clock that is set back, or tells no time, makes entries too old rather than immortal', () => {
    const { cache } = setUp()
    cache.put('a', 1)
    now -= 5
    expect(cache.peek('a')).toBeUndefined()
    cache.put('a', 1)
    now = Number.NaN
    expect(cache.peek('a')).toBeUndefined()
    now = 0
  })

  test('without a clock the time is that of the machine', async () => {
    const cache = cacheOver<string, number>(new MapStore<string, number>(), { maxAgeMs: 5 })
    cache.put('a', 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(cache.peek('a')).toBeUndefined()
    const lasting = cacheOver<string, number>(new MapStore<string, number>(), { maxAgeMs: 1e9 })
    lasting.put('a', 1)
    expect(lasting.peek('a')).toBe(1)
  })
})

describe('negativeMaxAgeMs, synchronous', () => {
  function setUp(limits: { maxAgeMs?: number } = {}) {
    const store = new BulkMapStore<string, number>()
    return {
      store,
      cache: cacheOver<string, number>(store, { negativeMaxAgeMs: 10, clock, capacity: 2, ...limits }),
    }
  }

  test('that a key is absent is remembered so long, and answered without the store', () => {
    const { store, cache } = setUp()
    expect(cache.get('a')).toBeUndefined()
    now += 9
    expect(cache.get('a')).toBeUndefined()
    expect(cache.has('a')).toBe(false)
    expect(cache.peek('a')).toBeUndefined()
    expect(cache.getMany(['a'])).toEqual(new Map())
    expect(cache.warm(['a'])).toBe(0)
    expect(store.calls).toEqual(['load'])
    expect(cache.stats()).toMatchObject({ misses: 1, negativeHits: 2, cacheHits: 0, backingStoreHits: 0 })
    now += 1
    store.entries.set('a', 1)
    expect(cache.get('a')).toBe(1)
  })

  test('a remembered absence counts as an entry, is none of the entries, and may be evicted', () => {
    const { store, cache } = setUp()
    cache.get('a')
    cache.put('b', 1)
    expect(cache.size).toBe(2)
    expect([...cache.entries()]).toEqual([['b', 1]])
    cache.put('c', 1)
    expect(cache.size).toBe(2)
    cache.get('a')
    expect(store.calls).toEqual(['load', 'store', 'store', 'load'])
    expect(cache.evict('a')).toBe(false)
    cache.get('a')
    expect(store.calls.length).toBe(5)
  })

  test('any write of the key drops it', () => {
    const { store, cache } = setUp()
    cache.get('a')
    cache.put('a', 1)
    expect(cache.get('a')).toBe(1)
    cache.invalidate('a')
    cache.get('a')
    expect(store.calls).toEqual(['load', 'store', 'remove', 'load'])
    store.entries.set('a', 2)
    store.failNext(new Error('lost'))
    expect(() => cache.put('a', 3)).toThrow('lost')
    expect(cache.get('a')).toBe(2)
    cache.evict('a')
    store.entries.delete('a')
    cache.get('a')
    store.entries.set('a', 4)
    expect(cache.refresh('a')).toBe(4)
    expect(cache.get('a')).toBe(4)
  })

  test('getOrPut and update find it absent', () => {
    const { cache } = setUp()
    cache.get('a')
    expect(cache.getOrPut('a', () => 1)).toBe(1)
    cache.invalidate('a')
    cache.get('a')
    expect(cache.update('a', (old) => (old === undefined ? 2 : 0))).toBe(2)
  })

  test('it has its own age beside that of entries', () => {
    const { store, cache } = setUp({ maxAgeMs: 3 })
    cache.get('a')
    cache.put('b', 1)
    now += 5
    cache.get('a')
    cache.get('b')
    expect(store.calls).toEqual(['load', 'store', 'load'])
    expect(cache.stats()).toMatchObject({ negativeHits: 1, backingStoreHits: 1 })
  })

  test('observers hear of a hit, and of no eviction of what is no entry', () => {
    const told: string[] = []
    const cache = cacheOver<string, number>(new MapStore<string, number>(), {
      negativeMaxAgeMs: 10,
      clock,
      capacity: 1,
      observer: {
        hit: (key) => told.push(`hit ${key}`),
        miss: (key) => told.push(`miss ${key}`),
        load: (key, value) => told.push(`load ${key} ${value}`),
        eviction: (key) => told.push(`eviction ${key}`),
      },
    })
    cache.get('a')
    cache.get('a')
    cache.get('b')
    cache.evictAll()
    expect(told).toEqual(['miss a', 'load a undefined', 'hit a', 'miss b', 'load b undefined'])
  })
})

describe('ages, asynchronous', () => {
  function setUp(limits: { maxAgeMs?: number; negativeMaxAgeMs?: number } = { maxAgeMs: 10 }) {
    const store = new SlowStore()
    return {
      store,
      cache: new AsyncWriteThroughCache<string, number>(store, { capacity: 5, clock, ...limits }),
    }
  }

  test('a reader does not join a load that began too long ago', async () => {
    const { store, cache } = setUp()
    store.entries.set('a', 1)
    const first = cache.get('a')
    now += 9
    const second = cache.get('a')
    expect(store.held.length).toBe(1)
    store.held[0]!.apply()
    store.entries.set('a', 2)
    now += 1
    const third = cache.get('a')
    expect(store.held.length).toBe(2)
    store.held[0]!.go()
    store.held[0]!.go()
    // Who shared the old load looks again, and shares the new one or what it left.
    expect(await Promise.all([first, second, third])).toEqual([2, 2, 2])
    await settle()
    expect(cache.peek('a')).toBe(2)
    cache.assertInvariants(true)
  })

  test('a reader does not take the value of a write that began too long ago', async () => {
    const { store, cache } = setUp()
    const put = cache.put('a', 1)
    now += 9
    const second = cache.get('a')
    now += 1
    const third = cache.get('a')
    expect(store.held.length).toBe(1)
    store.call.go()
    await put
    expect(await second).toBe(1)
    await settle()
    // Somebody else wrote since.
    store.entries.set('a', 2)
    store.call.go()
    expect(await third).toBe(2)
    cache.assertInvariants(true)
  })

  test('an age counts from the start of a load or write', async () => {
    const { store, cache } = setUp()
    const put = cache.put('a', 1)
    const get = cache.get('b')
    store.entries.set('b', 2)
    now += 7
    for (const call of [...store.held]) call.go()
    await Promise.all([put, get])
    now += 2
    expect([cache.peek('a'), cache.peek('b')]).toEqual([1, 2])
    now += 1
    expect([cache.peek('a'), cache.peek('b')]).toEqual([undefined, undefined])
    expect(cache.size).toBe(0)
  })

  test('an absence is remembered, counted, and dropped by a write', async () => {
    const { store, cache } = setUp({ negativeMaxAgeMs: 10 })
    store.isFast = true
    expect(await cache.get('a')).toBeUndefined()
    expect(await cache.get('a')).toBeUndefined()
    expect(await cache.get('a', { timeoutMs: 100 })).toBeUndefined()
    expect(await cache.has('a')).toBe(false)
    expect(store.calls).toBe(1)
    expect(cache.stats()).toMatchObject({ misses: 1, negativeHits: 2 })
    expect(await cache.getOrPut('a', () => 1)).toBe(1)
    expect(store.calls).toBe(2)
    expect(await cache.get('a')).toBe(1)
    await cache.invalidate('a')
    await cache.get('a')
    now += 10
    await cache.get('a')
    expect(store.calls).toBe(5)
  })

  test('a clock that throws rejects, and leaves nothing in use', async () => {
    let broken = false
    const store = new SlowStore()
    const cache = new AsyncWriteThroughCache<string, number>(store, {
      capacity: 5,
      maxAgeMs: 10,
      clock: () => {
        if (broken) throw new Error('no time')
        return now
      },
    })
    const put = cache.put('a', 1)
    store.call.go()
    await put
    broken = true
    await expect(cache.get('a')).rejects.toThrow('no time')
    await expect(cache.get('b')).rejects.toThrow('no time')
    await expect(cache.put('b', 1)).rejects.toThrow('no time')
    cache.assertInvariants(true)
    expect(store.calls).toBe(1)
  })
})

test('the synchronous cache takes any age above 0, and no other', () => {
  for (const maxAgeMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5' as never]) {
    expect(() => new WriteThroughCache(new MapStore(), { capacity: 1, maxAgeMs })).toThrow(RangeError)
    expect(() => new WriteThroughCache(new MapStore(), { capacity: 1, negativeMaxAgeMs: maxAgeMs })).toThrow(
      RangeError,
    )
  }
})
