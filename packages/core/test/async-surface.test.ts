import { expect, test } from 'vitest'
import { AsyncWriteThroughCache, type CacheObserver, WriteThroughCache } from '../src/index.ts'
import { BulkMapStore } from './fixtures.ts'

function setUp(observer?: CacheObserver<string, number>) {
  const store = new BulkMapStore<string, number>()
  const cache = new AsyncWriteThroughCache(store, { capacity: 10, ...(observer && { observer }) })
  return { store, cache }
}

test('a cache says what it stands in front of, and how much it may hold', () => {
  const { store, cache } = setUp()
  expect(cache.backingStore).toBe(store)
  expect(cache.capacity).toBe(10)
  expect(cache.weight).toBe(0)
  const synchronous = new WriteThroughCache(store, { capacity: 10 })
  expect(synchronous.backingStore).toBe(store)
  expect(synchronous.capacity).toBe(10)
})

test('warm tells its progress once a group, also when the last group is full', async () => {
  const { cache } = setUp()
  const progress: number[] = []
  await cache.warm(['a', 'b', 'c', 'd'], { concurrency: 2, onProgress: (done) => progress.push(done) })
  expect(progress).toEqual([2, 4])
  await cache.warm(['a', 'b'], { concurrency: 1, onProgress: (done) => progress.push(done) })
  expect(progress).toEqual([2, 4, 1, 2])
})

test('an observer of the asynchronous cache is told of hits, misses, loads, writes and removes', async () => {
  const told: string[] = []
  const { cache } = setUp({
    hit: (key) => told.push(`hit ${key}`),
    miss: (key) => told.push(`miss ${key}`),
    load: (key, value) => told.push(`load ${key} ${value}`),
    write: (key, value) => told.push(`write ${key} ${value}`),
    remove: (key) => told.push(`remove ${key}`),
    eviction: (key, value, reason) => told.push(`eviction ${key} ${value} ${reason}`),
  })
  await cache.get('a')
  await cache.put('a', 1)
  await cache.get('a')
  await cache.get('a', { timeoutMs: 1000 })
  cache.evict('a')
  await cache.invalidate('a')
  expect(told).toEqual([
    'miss a',
    'load a undefined',
    'write a 1',
    'hit a',
    'hit a',
    'eviction a 1 requested',
    'remove a',
  ])
})

test('counts of the asynchronous cache are of keys, and begin again when they are reset', async () => {
  const { cache } = setUp()
  await cache.putMany([
    ['a', 1],
    ['b', 2],
  ])
  await cache.getMany(['a', 'b', 'c'])
  await cache.invalidateMany(['a', 'b'])
  expect(cache.stats()).toMatchObject({ writes: 2, removals: 2, cacheHits: 2, misses: 1 })
  cache.resetStats()
  expect(Object.values(cache.stats()).every((count) => count === 0)).toBe(true)
})

test('after close every operation of the asynchronous cache is CLOSED', async () => {
  const { store, cache } = setUp()
  await cache.put('a', 1)
  await cache.close()
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
    const failure = await (async () => operation())().catch((error: unknown) => error)
    expect(failure, name).toMatchObject({ code: 'CLOSED', applied: 'no' })
  }
  expect(store.calls).toEqual(['store'])
})
