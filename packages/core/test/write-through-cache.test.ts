import { describe, expect, test } from 'vitest'
import { StoreError, WriteThroughCache } from '../src/index.ts'
import { cacheOver, MapStore, storeErrorOf } from './fixtures.ts'

describe('the seed’s ten behaviours', () => {
  test('a put is served from the cache', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    cache.put('a', 1)
    expect(cache.get('a')).toBe(1)
    expect(store.calls).toEqual(['store'])
    expect(cache.stats().cacheHits).toBe(1)
  })

  test('a put is in the store', () => {
    const store = new MapStore()
    cacheOver(store).put('a', 1)
    expect(store.entries.get('a')).toBe(1)
  })

  test('after eviction a get comes from the store and is resident again', () => {
    const cache = cacheOver(new MapStore<string, unknown>(), { capacity: 1 })
    cache.put('a', 1)
    cache.put('b', 2)
    expect(cache.peek('a')).toBeUndefined()
    expect(cache.get('a')).toBe(1)
    expect(cache.stats()).toMatchObject({ cacheHits: 0, backingStoreHits: 1 })
    expect(cache.peek('a')).toBe(1)
  })

  test('invalidate removes from both', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    cache.put('a', 1)
    expect(cache.invalidate('a')).toBe(true)
    expect(cache.peek('a')).toBeUndefined()
    expect(store.entries.has('a')).toBe(false)
    expect(cache.get('a')).toBeUndefined()
  })

  test('invalidate of an absent key is false', () => {
    expect(cacheOver(new MapStore<string, unknown>()).invalidate('a')).toBe(false)
  })

  test('a full store raises STORE_FULL and counts the write and its error', () => {
    const cache = cacheOver(new MapStore<string, unknown>(0))
    expect(storeErrorOf(() => cache.put('a', 1)).code).toBe('STORE_FULL')
    expect(cache.stats()).toMatchObject({ writes: 1, writeErrors: 1 })
  })

  test('absent in both is undefined and a miss', () => {
    const cache = cacheOver(new MapStore<string, unknown>())
    expect(cache.get('a')).toBeUndefined()
    expect(cache.stats()).toMatchObject({ cacheHits: 0, backingStoreHits: 0, misses: 1 })
  })

  test('at capacity the oldest goes first and is still in the store', () => {
    const store = new MapStore()
    const cache = cacheOver(store, { capacity: 2 })
    for (const key of ['a', 'b', 'c']) cache.put(key, key)
    expect([...cache.entries()].map(([key]) => key).sort()).toEqual(['b', 'c'])
    expect(store.entries.get('a')).toBe('a')
    expect(cache.stats().evictions).toBe(1)
  })

  test('overwriting keeps size 1', () => {
    const cache = cacheOver(new MapStore<string, unknown>())
    cache.put('a', 1)
    cache.put('a', 2)
    expect(cache.size).toBe(1)
    expect(cache.get('a')).toBe(2)
  })

  // H1: cacheable, cache-manager and bentocache keep or serve the value. H2: they, flat-cache and keyv-file tell nobody.
  test('a failed put leaves no trace in the cache', () => {
    const store = new MapStore(0)
    const cache = cacheOver(store)
    storeErrorOf(() => cache.put('a', 1))
    expect(cache.size).toBe(0)
    expect(cache.get('a')).toBeUndefined()
  })
})

describe('a write that fails', () => {
  test('with applied no leaves the older value resident', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    cache.put('a', 1)
    store.failNext(new StoreError('BUSY', 'busy'))
    expect(storeErrorOf(() => cache.put('a', 2)).code).toBe('BUSY')
    expect(cache.peek('a')).toBe(1)
  })

  test('with an unknown outcome drops the key, and the next get asks the store', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    cache.put('a', 1)
    store.failNext(new StoreError('WRITE_FAILURE', 'lost'), 'after')
    storeErrorOf(() => cache.put('a', 2))
    expect(cache.peek('a')).toBeUndefined()
    expect(cache.get('a')).toBe(2)
  })

  test('with an error that is no StoreError is a WRITE_FAILURE of unknown outcome with its cause', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    cache.put('a', 1)
    const cause = new Error('disk on fire')
    store.failNext(cause)
    const error = storeErrorOf(() => cache.put('a', 2))
    expect(error).toMatchObject({ code: 'WRITE_FAILURE', applied: 'unknown', key: 'a', cause })
    expect(error.message).toContain('disk on fire')
    expect(cache.peek('a')).toBeUndefined()
  })

  // H8: cacheable and bentocache report success, and the value revives.
  test('a remove that failed with applied no has dropped the resident value and kept the stored one', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    cache.put('a', 1)
    store.failNext(new StoreError('BUSY', 'busy'))
    storeErrorOf(() => cache.invalidate('a'))
    expect(cache.peek('a')).toBeUndefined()
    expect(cache.get('a')).toBe(1)
    expect(cache.stats()).toMatchObject({ removals: 1, removeErrors: 1 })
  })
})

describe('a read that fails', () => {
  test('is never a miss: the StoreError reaches the caller and is counted', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    store.failNext(new Error('unreadable'))
    expect(storeErrorOf(() => cache.get('a'))).toMatchObject({ code: 'READ_FAILURE', key: 'a' })
    expect(cache.stats()).toMatchObject({ misses: 0, backingStoreHits: 0, loadErrors: 1 })
  })

  test('keeps what is resident when a refresh fails', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    cache.put('a', 1)
    store.failNext(new StoreError('READ_FAILURE', 'unreadable'))
    storeErrorOf(() => cache.refresh('a'))
    expect(cache.peek('a')).toBe(1)
  })
})

describe('values', () => {
  // H9: cacheable reads these as a miss.
  test.each([0, '', false, null, Number.NaN, 0n])('%p is a value, not a miss', (value) => {
    const store = new MapStore()
    const cache = cacheOver(store, { capacity: 1 })
    cache.put('a', value)
    expect(cache.get('a')).toBe(value)
    cache.put('other', 1)
    expect(cache.get('a')).toBe(value)
    expect(cache.has('a')).toBe(true)
    expect(cache.getOrThrow('a')).toBe(value)
    expect(cache.stats()).toMatchObject({ misses: 0 })
  })

  test('undefined is refused before the store is asked', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    expect(() => cache.put('a', undefined)).toThrow(TypeError)
    expect(() =>
      cache.putMany([
        ['a', 1],
        ['b', undefined],
      ]),
    ).toThrow(TypeError)
    expect(store.calls).toEqual([])
    expect(cache.stats().writes).toBe(0)
  })
})

describe('reads', () => {
  test('getOrThrow of an absent key is KEY_NOT_FOUND with the key', () => {
    expect(storeErrorOf(() => cacheOver(new MapStore<string, unknown>()).getOrThrow('a'))).toMatchObject({
      code: 'KEY_NOT_FOUND',
      key: 'a',
    })
  })

  test('has asks the store if it must, and leaves counts, order and table alone', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    store.entries.set('a', 1)
    expect(cache.has('a')).toBe(true)
    expect(cache.has('b')).toBe(false)
    expect(cache.size).toBe(0)
    expect(cache.stats()).toMatchObject({ cacheHits: 0, backingStoreHits: 0, misses: 0 })
  })

  test('peek never asks the store', () => {
    const store = new MapStore()
    store.entries.set('a', 1)
    expect(cacheOver(store).peek('a')).toBeUndefined()
    expect(store.calls).toEqual([])
  })

  test('refresh brings what the store holds now, absence included', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    cache.put('a', 1)
    store.entries.set('a', 2)
    expect(cache.refresh('a')).toBe(2)
    expect(cache.peek('a')).toBe(2)
    store.entries.delete('a')
    expect(cache.refresh('a')).toBeUndefined()
    expect(cache.peek('a')).toBeUndefined()
    expect(cache.stats()).toMatchObject({ cacheHits: 0, backingStoreHits: 0, misses: 0 })
  })

  test('entries are the resident ones, keys the store’s', () => {
    const store = Object.assign(new MapStore<string, number>(), { keys: () => store.entries.keys() })
    const cache = cacheOver(store, { capacity: 1 })
    cache.put('a', 1)
    cache.put('b', 2)
    expect([...cache.entries()]).toEqual([['b', 2]])
    expect([...cache.keys()]).toEqual(['a', 'b'])
  })

  test('keys of a store that cannot list them is a TypeError, and a failure while listing a READ_FAILURE', () => {
    expect(() => cacheOver(new MapStore<string, unknown>()).keys()).toThrow(TypeError)
    const store = Object.assign(new MapStore(), {
      *keys() {
        yield 'a'
        throw new Error('torn')
      },
    })
    expect(storeErrorOf(() => [...cacheOver(store).keys()]).code).toBe('READ_FAILURE')
  })
})

describe('getOrPut and update', () => {
  test('getOrPut produces once, writes through, and afterwards returns what is there', () => {
    const store = new MapStore<string, number>()
    const cache = cacheOver(store)
    expect(cache.getOrPut('a', () => 1)).toBe(1)
    expect(store.entries.get('a')).toBe(1)
    expect(cache.getOrPut('a', () => expect.fail('produced again'))).toBe(1)
    cache.evictAll()
    expect(cache.getOrPut('a', () => expect.fail('produced again'))).toBe(1)
    expect(cache.stats().writes).toBe(1)
  })

  test('update writes what the function makes of the old value, and removes on undefined', () => {
    const store = new MapStore<string, number>()
    const cache = cacheOver(store)
    expect(cache.update('n', (old) => (old ?? 0) + 1)).toBe(1)
    expect(cache.update('n', (old) => (old ?? 0) + 1)).toBe(2)
    expect(store.entries.get('n')).toBe(2)
    expect(cache.update('n', () => undefined)).toBeUndefined()
    expect(store.entries.has('n')).toBe(false)
    expect(cache.update('n', () => undefined)).toBeUndefined()
    expect(cache.stats()).toMatchObject({ writes: 2, removals: 1 })
  })

  test('a function that throws leaves cache and store as they were', () => {
    const store = new MapStore<string, number>()
    const cache = cacheOver(store)
    cache.put('a', 1)
    const boom = new Error('boom')
    const fail = () => {
      throw boom
    }
    expect(() => cache.update('a', fail)).toThrow(boom)
    expect(() => cache.getOrPut('b', fail)).toThrow(boom)
    expect([...store.entries]).toEqual([['a', 1]])
    expect(cache.peek('a')).toBe(1)
  })

  test('a function that uses the cache for its own key is a TypeError, and what it wrote stays', () => {
    const store = new MapStore<string, number>()
    const cache = cacheOver(store)
    const change = () => {
      cache.put('a', 7)
      return 8
    }
    expect(() => cache.update('a', change)).toThrow(TypeError)
    expect(store.entries.get('a')).toBe(7)
    expect(cache.get('a')).toBe(7)
    cache.invalidate('a')
    expect(() => cache.getOrPut('a', change)).toThrow(TypeError)
    expect(store.entries.get('a')).toBe(7)
  })

  test('a function that uses the cache for another key is fine', () => {
    const cache = cacheOver(new MapStore<string, number>())
    cache.update('a', () => {
      cache.put('b', 1)
      return 2
    })
    expect([cache.get('a'), cache.get('b')]).toEqual([2, 1])
  })

  test('a function that returns a promise is a TypeError, with nothing written', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    expect(() => cache.update('a', async () => 1)).toThrow(TypeError)
    expect(() => cache.getOrPut('a', async () => 1)).toThrow(TypeError)
    expect(() => cache.getOrPut('a', () => undefined)).toThrow(TypeError)
    expect(store.entries.size).toBe(0)
  })
})

describe('evict and evictAll', () => {
  test('touch the table alone', () => {
    const store = new MapStore()
    const cache = cacheOver(store)
    cache.put('a', 1)
    cache.put('b', 2)
    expect(cache.evict('a')).toBe(true)
    expect(cache.evict('a')).toBe(false)
    expect(cache.size).toBe(1)
    cache.evictAll()
    expect(cache.size).toBe(0)
    expect(store.entries.size).toBe(2)
    expect(cache.get('a')).toBe(1)
    expect(cache.stats().evictions).toBe(0)
  })
})

describe('stats', () => {
  test('are a frozen snapshot, and resetStats begins at 0', () => {
    const cache = cacheOver(new MapStore<string, unknown>())
    cache.put('a', 1)
    const before = cache.stats()
    cache.put('b', 1)
    expect(before.writes).toBe(1)
    expect(Object.isFrozen(before)).toBe(true)
    cache.resetStats()
    expect(Object.values(cache.stats()).every((count) => count === 0)).toBe(true)
  })
})

describe('close', () => {
  test('closes the store once, drops everything, and afterwards everything but the figures is CLOSED', () => {
    let closed = 0
    const store = Object.assign(new MapStore<string, number>(), {
      close: () => void closed++,
      keys: () => [],
    })
    const cache = cacheOver<string, number>(store)
    cache.put('a', 1)
    cache.close()
    cache.close()
    cache[Symbol.dispose]()
    expect(closed).toBe(1)
    expect(cache.size).toBe(0)
    expect(cache.stats().writes).toBe(1)
    const operations: Record<string, () => unknown> = {
      get: () => cache.get('a'),
      getOrThrow: () => cache.getOrThrow('a'),
      getMany: () => cache.getMany(['a']),
      getOrPut: () => cache.getOrPut('a', () => 1),
      put: () => cache.put('a', 1),
      putMany: () => cache.putMany([]),
      update: () => cache.update('a', () => 1),
      putIfAbsent: () => cache.putIfAbsent('a', 1),
      replace: () => cache.replace('a', 1),
      invalidate: () => cache.invalidate('a'),
      invalidateMany: () => cache.invalidateMany([]),
      has: () => cache.has('a'),
      peek: () => cache.peek('a'),
      refresh: () => cache.refresh('a'),
      warm: () => cache.warm(['a']),
      evict: () => cache.evict('a'),
      evictAll: () => cache.evictAll(),
      keys: () => cache.keys(),
      entries: () => cache.entries(),
    }
    for (const [name, operation] of Object.entries(operations)) {
      expect(storeErrorOf(operation), name).toMatchObject({ code: 'CLOSED', applied: 'no' })
    }
    expect(store.entries.get('a')).toBe(1)
  })

  test('happens at the end of a using block', () => {
    let closed = false
    const store = Object.assign(new MapStore<string, number>(), {
      close() {
        closed = true
      },
    })
    {
      using cache = new WriteThroughCache(store, { capacity: 1 })
      cache.put('a', 1)
    }
    expect(closed).toBe(true)
  })
})

describe('wrong arguments', () => {
  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null, undefined, 2 ** 26 + 1])(
    'a capacity of %p is a RangeError',
    (capacity) => {
      expect(() => new WriteThroughCache(new MapStore(), { capacity: capacity as number })).toThrow(
        RangeError,
      )
    },
  )

  test.each([
    ['no store', () => new WriteThroughCache(undefined as never, { capacity: 1 })],
    [
      'a store without load',
      () => new WriteThroughCache({ store() {}, remove() {} } as never, { capacity: 1 }),
    ],
    ['no options', () => new WriteThroughCache(new MapStore(), undefined as never)],
    ['an unknown option', () => new WriteThroughCache(new MapStore(), { capacity: 1, max: 5 } as never)],
    [
      'a policy that was not called',
      () => new WriteThroughCache(new MapStore(), { capacity: 1, policy: (() => {}) as never }),
    ],
    [
      'an observer that is none',
      () => new WriteThroughCache(new MapStore(), { capacity: 1, observer: 1 as never }),
    ],
    [
      'an observer with a method that is none',
      () => new WriteThroughCache(new MapStore(), { capacity: 1, observer: { hit: 1 as never } }),
    ],
    ['entries that are none', () => cacheOver(new MapStore<string, unknown>()).putMany([1] as never)],
  ])('%s is a TypeError', (_name, construct) => {
    expect(construct).toThrow(TypeError)
  })

  test('a store that answers with a promise is told so, and the key is not cached', async () => {
    const store = {
      store: async () => Promise.reject(new Error('later')),
      load: async () => 1,
      remove: async () => true,
    }
    const cache = cacheOver<string, number>(store as never)
    expect(storeErrorOf(() => cache.put('a', 1)).message).toContain('promise')
    expect(storeErrorOf(() => cache.get('a')).message).toContain('promise')
    expect(storeErrorOf(() => cache.invalidate('a')).message).toContain('promise')
    expect(cache.size).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
  })
})
