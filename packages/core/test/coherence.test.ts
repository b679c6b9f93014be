import { describe, expect, test } from 'vitest'
import { AsyncWriteThroughCache, StoreError, WriteThroughCache } from '../src/index.ts'
import { cacheOver, MapStore, storeErrorOf } from './fixtures.ts'

/** A store that others change through `elsewhere`. */
class RevisedStore extends MapStore<string, number> {
  count = 0
  revisionFails = false

  revision(): number {
    if (this.revisionFails) throw new Error('unreachable')
    return this.count
  }

  elsewhere(key: string, value: number | undefined): void {
    if (value === undefined) this.entries.delete(key)
    else this.entries.set(key, value)
    this.count++
  }
}

describe('coherence revision, synchronous', () => {
  function setUp() {
    const store = new RevisedStore()
    return { store, cache: cacheOver<string, number>(store, { coherence: 'revision' }) }
  }

  test('what others changed is seen at the next read', () => {
    const { store, cache } = setUp()
    cache.put('a', 1)
    expect(cache.get('a')).toBe(1)
    store.elsewhere('a', 2)
    expect(cache.get('a')).toBe(2)
    store.elsewhere('a', 3)
    expect(cache.getMany(['a']).get('a')).toBe(3)
    store.elsewhere('a', undefined)
    expect(cache.has('a')).toBe(false)
    store.elsewhere('a', 4)
    expect(cache.update('a', (old) => (old ?? 0) + 1)).toBe(5)
  })

  test('while nobody else writes, hits are hits', () => {
    const { store, cache } = setUp()
    cache.get('a')
    cache.put('a', 1)
    cache.put('b', 2)
    expect([cache.get('a'), cache.get('b'), cache.get('a')]).toEqual([1, 2, 1])
    expect(cache.stats()).toMatchObject({ cacheHits: 3, backingStoreHits: 0, misses: 1 })
    expect(store.calls).toEqual(['load', 'store', 'store'])
  })

  test('a revision that cannot be read serves nothing, and is a READ_FAILURE', () => {
    const { store, cache } = setUp()
    cache.put('a', 1)
    store.revisionFails = true
    expect(storeErrorOf(() => cache.get('a')).code).toBe('READ_FAILURE')
    store.revisionFails = false
    expect(cache.get('a')).toBe(1)
  })

  test('without it a change is not noticed, until the key is loaded again', () => {
    const store = new RevisedStore()
    const cache = cacheOver<string, number>(store)
    cache.put('a', 1)
    store.elsewhere('a', 2)
    expect(cache.get('a')).toBe(1)
    expect(cache.refresh('a')).toBe(2)
  })

  test('what the store cannot do is refused', () => {
    const plain = new MapStore<string, number>()
    expect(() => new WriteThroughCache(plain, { capacity: 1, coherence: 'revision' })).toThrow(TypeError)
    expect(() => new WriteThroughCache(plain, { capacity: 1, coherence: 'subscribe' as never })).toThrow(
      TypeError,
    )
    expect(() => new AsyncWriteThroughCache(plain, { capacity: 1, coherence: 'revision' })).toThrow(TypeError)
  })
})

describe('coherence revision, asynchronous', () => {
  test('what others changed is seen at the next read', async () => {
    const store = new RevisedStore()
    const cache = new AsyncWriteThroughCache<string, number>(store, { capacity: 10, coherence: 'revision' })
    await cache.get('a')
    await cache.put('a', 1)
    expect(await cache.get('a')).toBe(1)
    expect(store.calls).toEqual(['load', 'store'])
    store.elsewhere('a', 2)
    expect(await cache.get('a')).toBe(2)
    store.elsewhere('a', 3)
    expect((await cache.getMany(['a'])).get('a')).toBe(3)
    store.elsewhere('a', undefined)
    expect(await cache.has('a')).toBe(false)
    store.elsewhere('a', 4)
    expect(await cache.getOrPut('a', () => 9)).toBe(4)
    store.revisionFails = true
    await expect(cache.get('a')).rejects.toSatisfy(StoreError.is)
    cache.assertInvariants(true)
  })
})
