import { describe, expect, test } from 'vitest'
import { type CacheObserver, StoreError } from '../src/index.ts'
import { cacheOver, MapStore, storeErrorOf } from './fixtures.ts'

function recording() {
  const seen: unknown[][] = []
  const observer: CacheObserver<string, number> = {
    hit: (...told) => seen.push(['hit', ...told]),
    miss: (...told) => seen.push(['miss', ...told]),
    load: (...told) => seen.push(['load', ...told]),
    write: (...told) => seen.push(['write', ...told]),
    remove: (...told) => seen.push(['remove', ...told]),
    eviction: (...told) => seen.push(['eviction', ...told]),
    error: (error) => seen.push(['error', error.code, error.key]),
  }
  return { seen, observer }
}

describe('an observer', () => {
  test('is told of hits, misses, loads, writes, removes and evictions with their reason', () => {
    const { seen, observer } = recording()
    const store = new MapStore<string, number>()
    const cache = cacheOver(store, { capacity: 1, observer })
    cache.put('a', 1)
    cache.get('a')
    cache.put('b', 2)
    cache.get('a')
    cache.get('absent')
    cache.evict('a')
    cache.invalidate('b')
    expect(seen).toEqual([
      ['write', 'a', 1],
      ['hit', 'a'],
      ['eviction', 'a', 1, 'capacity'],
      ['write', 'b', 2],
      ['miss', 'a'],
      ['eviction', 'b', 2, 'capacity'],
      ['load', 'a', 1],
      ['miss', 'absent'],
      ['load', 'absent', undefined],
      ['eviction', 'a', 1, 'requested'],
      ['remove', 'b'],
    ])
  })

  test('is told of errors, and of what left because of them', () => {
    const { seen, observer } = recording()
    const store = new MapStore<string, number>()
    const cache = cacheOver(store, { observer })
    cache.put('a', 1)
    seen.length = 0
    store.failNext(new StoreError('READ_FAILURE', 'unreadable', { key: 'x' }))
    storeErrorOf(() => cache.get('x'))
    store.failNext(new StoreError('WRITE_FAILURE', 'lost', { key: 'a' }))
    storeErrorOf(() => cache.put('a', 2))
    cache.put('b', 3)
    cache.evictAll()
    expect(seen).toEqual([
      ['miss', 'x'],
      ['error', 'READ_FAILURE', 'x'],
      ['eviction', 'a', 1, 'outdated'],
      ['error', 'WRITE_FAILURE', 'a'],
      ['write', 'b', 3],
      ['eviction', 'b', 3, 'requested'],
    ])
  })

  test('that throws, everywhere and always, harms nobody', () => {
    const boom = () => {
      throw new Error('boom')
    }
    const observer = {
      hit: boom,
      miss: boom,
      load: boom,
      write: boom,
      remove: boom,
      eviction: boom,
      error: boom,
    }
    const store = new MapStore<string, number>()
    const cache = cacheOver(store, { capacity: 1, observer })
    cache.put('a', 1)
    cache.putMany([
      ['b', 2],
      ['c', 3],
    ])
    expect(cache.get('c')).toBe(3)
    expect(cache.get('a')).toBe(1)
    expect(cache.getMany(['a', 'b']).size).toBe(2)
    store.failNext(new StoreError('WRITE_FAILURE', 'lost'))
    expect(storeErrorOf(() => cache.put('a', 5)).code).toBe('WRITE_FAILURE')
    expect(cache.invalidate('a')).toBe(true)
    cache.evictAll()
    expect(cache.size).toBe(0)
  })

  test('may use the cache, also while an entry is being evicted', () => {
    const store = new MapStore<string, number>()
    const observer: CacheObserver<string, number> = {
      eviction(key) {
        if (key === 'a') cache.put('x', 9)
      },
    }
    const cache = cacheOver<string, number>(store, { capacity: 1, observer })
    cache.put('a', 1)
    cache.put('b', 2)
    expect(cache.size).toBe(1)
    expect([cache.get('a'), cache.get('b'), cache.get('x')]).toEqual([1, 2, 9])
  })

  test('keeps its this', () => {
    class Counting {
      hits = 0
      hit() {
        this.hits++
      }
    }
    const observer = new Counting()
    const cache = cacheOver(new MapStore<string, number>(), { observer })
    cache.put('a', 1)
    cache.get('a')
    expect(observer.hits).toBe(1)
  })
})
