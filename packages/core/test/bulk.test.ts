import { describe, expect, test } from 'vitest'
import { BulkReadError, BulkStoreError, StoreError } from '../src/index.ts'
import { BulkMapStore, cacheOver, MapStore, thrownBy } from './fixtures.ts'

const no = (key: string) => new StoreError('STORE_FULL', 'full', { key })
const unknown = (key: string) => new StoreError('WRITE_FAILURE', 'lost', { key })

describe.each([
  ['a store with bulk methods', () => new BulkMapStore<string, number>()],
  ['a store without', () => new MapStore<string, number>()],
])('over %s', (_name, make) => {
  test('putMany stores all and makes them resident; of duplicates the last wins', () => {
    const store = make()
    const cache = cacheOver(store)
    cache.putMany([
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ])
    expect(Object.fromEntries(store.entries)).toEqual({ a: 3, b: 2 })
    expect(cache.peek('a')).toBe(3)
    expect(cache.stats().writes).toBe(2)
  })

  test('getMany returns what exists in the order of the keys, and counts each key once', () => {
    const store = make()
    const cache = cacheOver(store)
    cache.put('resident', 1)
    store.entries.set('stored', 2)
    expect([...cache.getMany(['stored', 'absent', 'resident', 'stored'])]).toEqual([
      ['stored', 2],
      ['resident', 1],
    ])
    expect(cache.stats()).toMatchObject({ cacheHits: 1, backingStoreHits: 1, misses: 1 })
    expect(cache.peek('stored')).toBe(2)
  })

  test('invalidateMany removes from both and says how many existed', () => {
    const store = make()
    const cache = cacheOver(store)
    cache.putMany([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
    expect(cache.invalidateMany(['a', 'absent', 'b', 'a'])).toBe(2)
    expect([...store.entries.keys()]).toEqual(['c'])
    expect(cache.size).toBe(1)
    expect(cache.stats().removals).toBe(3)
  })

  test('warm loads what is not resident and says how many the store held', () => {
    const store = make()
    const cache = cacheOver(store)
    for (const key of ['a', 'b', 'c']) store.entries.set(key, 1)
    cache.get('a')
    expect(cache.warm(['a', 'b', 'absent', 'c'])).toBe(2)
    expect(cache.size).toBe(3)
    expect(cache.stats()).toMatchObject({ cacheHits: 0, backingStoreHits: 1, misses: 0 })
  })

  test('nothing asks the store for nothing', () => {
    const store = make()
    const cache = cacheOver(store)
    cache.putMany([])
    expect(cache.getMany([]).size).toBe(0)
    expect(cache.invalidateMany([])).toBe(0)
    expect(cache.warm([])).toBe(0)
    expect(store.calls).toEqual([])
  })
})

test('bulk operations are one call to a store that has them', () => {
  const store = new BulkMapStore<string, number>()
  const cache = cacheOver(store)
  cache.putMany([
    ['a', 1],
    ['b', 2],
  ])
  cache.evictAll()
  cache.getMany(['a', 'b', 'c'])
  cache.invalidateMany(['a', 'b'])
  expect(store.calls).toEqual(['storeMany', 'loadMany', 'removeMany'])
})

test('a batch that failed as a whole with applied no leaves the table as it was', () => {
  const store = new BulkMapStore<string, number>()
  const cache = cacheOver(store)
  cache.put('a', 1)
  store.storeMany = () => {
    throw no('b')
  }
  const error = thrownBy(() =>
    cache.putMany([
      ['a', 2],
      ['b', 2],
    ]),
  )
  expect(error).toBeInstanceOf(BulkStoreError)
  expect(StoreError.is(error)).toBe(false)
  expect([...(error as BulkStoreError).failures.keys()]).toEqual(['a', 'b'])
  expect((error as BulkStoreError).written).toEqual([])
  expect(cache.peek('a')).toBe(1)
  expect(cache.stats()).toMatchObject({ writes: 3, writeErrors: 2 })
})

// H10: cacheable's setMany reports success.
test('of a batch told by key the written are resident, the untouched stay, the unknown are dropped', () => {
  const store = new BulkMapStore<string, number>()
  const cache = cacheOver(store)
  for (const key of ['written', 'failed', 'lost', 'unmentioned']) cache.put(key, 1)
  store.storeMany = () => {
    store.entries.set('written', 2)
    throw new BulkStoreError(
      'some',
      new Map([
        ['failed', no('failed')],
        ['lost', unknown('lost')],
      ]),
      ['written'],
    )
  }
  const batch = ['written', 'failed', 'lost', 'unmentioned'].map((key) => [key, 2] as const)
  expect(thrownBy(() => cache.putMany(batch))).toSatisfy(BulkStoreError.is)
  expect(cache.peek('written')).toBe(2)
  expect(cache.peek('failed')).toBe(1)
  expect(cache.peek('lost')).toBeUndefined()
  expect(cache.peek('unmentioned')).toBeUndefined()
  expect(cache.stats().writeErrors).toBe(3)
})

test('a batch that threw no StoreError drops all its keys', () => {
  const store = new BulkMapStore<string, number>()
  const cache = cacheOver(store)
  cache.put('a', 1)
  store.storeMany = () => {
    throw new Error('half way')
  }
  const error = thrownBy(() => cache.putMany([['a', 2]])) as BulkStoreError<string>
  expect(error.failures.get('a')).toMatchObject({ code: 'WRITE_FAILURE', applied: 'unknown' })
  expect(cache.peek('a')).toBeUndefined()
})

test('without storeMany each key has its own outcome, also after one failed', () => {
  const store = new MapStore<string, number>(2)
  const cache = cacheOver(store)
  const error = thrownBy(() =>
    cache.putMany([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['a', 4],
    ]),
  ) as BulkStoreError<string>
  expect(error.written).toEqual(['a', 'b'])
  expect(error.failures.get('c')).toMatchObject({ code: 'STORE_FULL' })
  expect(cache.peek('c')).toBeUndefined()
  expect(cache.peek('a')).toBe(4)
})

test('when loadMany fails the cache asks key by key, and a BulkReadError has the rest', () => {
  const store = new BulkMapStore<string, number>()
  const cache = cacheOver(store)
  store.entries.set('good', 1)
  store.loadMany = () => {
    throw new Error('one of them')
  }
  const load = store.load.bind(store)
  store.load = (key) => {
    if (key === 'bad') throw new StoreError('CORRUPT', 'damaged', { key })
    return load(key)
  }
  const error = thrownBy(() => cache.getMany(['bad', 'good', 'absent'])) as BulkReadError<string, number>
  expect(error).toSatisfy(BulkReadError.is)
  expect([...error.found]).toEqual([['good', 1]])
  expect(error.failures.get('bad')).toMatchObject({ code: 'CORRUPT' })
  expect(cache.stats()).toMatchObject({ backingStoreHits: 1, misses: 1, loadErrors: 1 })
  expect(thrownBy(() => cache.warm(['bad']))).toSatisfy(BulkReadError.is)
})

test('a failed invalidateMany has dropped every key here, and tells which are gone there', () => {
  const store = new MapStore<string, number>()
  const cache = cacheOver(store)
  cache.putMany([
    ['a', 1],
    ['b', 2],
  ])
  store.failNext(new StoreError('BUSY', 'busy'))
  const error = thrownBy(() => cache.invalidateMany(['a', 'b'])) as BulkStoreError<string>
  expect(error.written).toEqual(['b'])
  expect([...error.failures.keys()]).toEqual(['a'])
  expect(cache.size).toBe(0)
  expect(cache.get('a')).toBe(1)
  expect(cache.stats().removeErrors).toBe(1)
})
