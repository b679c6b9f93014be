import { describe, expect, test } from 'vitest'
import { type BackingStore, StoreError, type WriteThroughCache } from '../src/index.ts'
import { BulkMapStore, cacheOver, MapStore, storeErrorOf } from './fixtures.ts'

/** A store that runs a function inside one of its calls, before or after the call took effect. */
class CallingStore extends MapStore<string, number> {
  before: Partial<Record<'store' | 'load' | 'remove', () => void>> = {}
  after: Partial<Record<'store' | 'load' | 'remove', () => void>> = {}

  override store(key: string, value: number): void {
    this.#around('store', () => super.store(key, value))
  }

  override load(key: string): number | undefined {
    return this.#around('load', () => super.load(key))
  }

  override remove(key: string): boolean {
    return this.#around('remove', () => super.remove(key))
  }

  #around<T>(call: 'store' | 'load' | 'remove', effect: () => T): T {
    const { before, after } = this
    this.before = {}
    this.after = {}
    before[call]?.()
    const result = effect()
    after[call]?.()
    return result
  }
}

/** What must hold at rest: each resident value is the stored one. */
function expectCoherent(cache: WriteThroughCache<string, number>, store: MapStore<string, number>): void {
  for (const [key, value] of cache.entries()) expect(value, key).toBe(store.entries.get(key))
}

function setUp() {
  const store = new CallingStore()
  return { store, cache: cacheOver<string, number>(store) }
}

describe('a store that calls back into the cache leaves no older value resident', () => {
  test('a load that puts the key answers the newer value', () => {
    const { store, cache } = setUp()
    store.entries.set('a', 1)
    store.after.load = () => cache.put('a', 2)
    expect(cache.get('a')).toBe(2)
    expect(cache.get('a')).toBe(2)
    // It was resident: nobody had to ask the store again.
    expect(store.calls).toEqual(['load', 'store'])
    expectCoherent(cache, store)
  })

  test('a load that invalidates the key answers absence', () => {
    const { store, cache } = setUp()
    store.entries.set('a', 1)
    store.after.load = () => cache.invalidate('a')
    expect(cache.get('a')).toBeUndefined()
    expect(cache.peek('a')).toBeUndefined()
  })

  test('a load that puts the key among many answers the newer value', () => {
    const { store, cache } = setUp()
    store.entries.set('a', 1)
    store.after.load = () => cache.putMany([['a', 2]])
    expect(cache.get('a')).toBe(2)
    expectCoherent(cache, store)
  })

  test.each(['evict', 'evictAll'] as const)('a load that calls %s for the key is loaded again', (method) => {
    const { store, cache } = setUp()
    store.entries.set('a', 1)
    store.after.load = () => {
      store.entries.set('a', 2)
      cache[method]('a')
    }
    expect(cache.get('a')).toBe(2)
    expectCoherent(cache, store)
  })

  test('a load that always writes its key ends, and caches nothing', () => {
    let writes = 0
    const entries = new Map<string, number>()
    const store: BackingStore<string, number> = {
      store: (key, value) => void entries.set(key, value),
      load(key) {
        const value = entries.get(key)
        cache.put(key, ++writes)
        cache.evict(key)
        return value
      },
      remove: (key) => entries.delete(key),
    }
    const cache = cacheOver(store)
    cache.get('a')
    expect(writes).toBeLessThan(10)
    expect(cache.size).toBe(0)
  })

  test('a put inside the store’s put: the key is not cached, for either may have come last', () => {
    for (const when of ['before', 'after'] as const) {
      const { store, cache } = setUp()
      store[when].store = () => cache.put('a', 2)
      cache.put('a', 1)
      expect(cache.peek('a')).toBeUndefined()
      expect(cache.get('a')).toBe(when === 'before' ? 1 : 2)
    }
  })

  test('a get inside a put leaves the older value only if the put failed with applied no', () => {
    for (const applied of ['no', 'unknown'] as const) {
      const { store, cache } = setUp()
      store.entries.set('a', 1)
      store.before.store = () => {
        expect(cache.get('a')).toBe(1)
        throw new StoreError('WRITE_FAILURE', 'not now', { applied })
      }
      storeErrorOf(() => cache.put('a', 2))
      expect(cache.peek('a')).toBe(applied === 'no' ? 1 : undefined)
      store.before.store = () => void cache.get('a')
      cache.put('a', 3)
      expect(cache.get('a')).toBe(3)
      expectCoherent(cache, store)
    }
  })

  test('a get inside an invalidate is gone with it', () => {
    const { store, cache } = setUp()
    cache.put('a', 1)
    store.before.remove = () => expect(cache.get('a')).toBe(1)
    expect(cache.invalidate('a')).toBe(true)
    expect(cache.get('a')).toBeUndefined()
  })

  test('writes of other keys do not keep a key from being cached', () => {
    const { store, cache } = setUp()
    store.entries.set('a', 1)
    store.after.load = () => cache.put('b', 2)
    cache.get('a')
    expect(cache.peek('a')).toBe(1)
    store.after.store = () => cache.put('d', 4)
    cache.put('c', 3)
    expect(cache.peek('c')).toBe(3)
  })

  test('a bulk load, or a bulk write, during which one key is written', () => {
    const store = new BulkMapStore<string, number>()
    const cache = cacheOver(store)
    store.entries.set('a', 1).set('b', 1)
    const loadMany = store.loadMany.bind(store)
    store.loadMany = (keys) => {
      const found = loadMany(keys)
      cache.put('a', 2)
      return found
    }
    expect(Object.fromEntries(cache.getMany(['a', 'b']))).toEqual({ a: 2, b: 1 })
    const storeMany = store.storeMany.bind(store)
    store.storeMany = (batch) => {
      storeMany(batch)
      cache.put('a', 4)
    }
    cache.putMany([
      ['a', 3],
      ['b', 3],
    ])
    expect(cache.peek('b')).toBe(3)
    expect(cache.get('a')).toBe(4)
    expectCoherent(cache, store)
  })

  test('a close inside a put leaves nothing resident', () => {
    const { store, cache } = setUp()
    store.after.store = () => cache.close()
    cache.put('a', 1)
    expect(cache.size).toBe(0)
    expect(storeErrorOf(() => cache.get('a')).code).toBe('CLOSED')
  })
})
