import { afterEach, describe, expect, test } from 'vitest'
import {
  AsyncWriteThroughCache,
  type CacheOptions,
  newVersion,
  StoreError,
  WriteThroughCache,
} from '../src/index.ts'
import { MapStore } from './fixtures.ts'
import { VersionedStore } from './versioned-store.ts'

type Cache = WriteThroughCache<string, number> | AsyncWriteThroughCache<string, number>
type Options = Partial<CacheOptions<string, number>>

const caches: Cache[] = []

const kinds = {
  synchronous: (store: MapStore<string, number>, options: Options = {}) =>
    new WriteThroughCache(store, { capacity: 10, ...options }),
  asynchronous: (store: MapStore<string, number>, { coherence: _, ...options }: Options = {}) =>
    new AsyncWriteThroughCache(store, { capacity: 10, ...options }),
} satisfies Record<string, (store: MapStore<string, number>, options?: Options) => Cache>

afterEach(() => {
  for (const cache of caches.splice(0)) cache.assertInvariants(true)
})

/** What a call of either cache throws or rejects with. */
async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  return expect.fail('nothing was thrown')
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('versions, %s', (kind) => {
  function setUp(options?: Options) {
    const store = new VersionedStore()
    const cache = kinds[kind](store, options)
    caches.push(cache)
    return { store, cache }
  }

  const countUp = (old: number | undefined) => (old ?? 0) + 1

  test('update begins again when somebody else wrote between its load and its write', async () => {
    const { store, cache } = setUp()
    await cache.put('a', 1)
    let others = 2
    store.meanwhile = () => {
      if (others-- > 0) store.elsewhere('a', store.entries.get('a')! + 10)
    }
    expect(await cache.update('a', countUp)).toBe(22)
    expect(store.entries.get('a')).toBe(22)
    expect(cache.peek('a')).toBe(22)
    expect(cache.stats()).toMatchObject({ conflicts: 2, writeErrors: 0, backingStoreHits: 3 })
  })

  test('update is of what the store holds, whatever is resident', async () => {
    const { store, cache } = setUp()
    await cache.put('a', 1)
    store.elsewhere('a', 7)
    expect(cache.peek('a')).toBe(1)
    expect(await cache.update('a', countUp)).toBe(8)
    expect(await cache.get('a')).toBe(8)
  })

  test('what update has seen of the store replaces what was resident, also when it writes nothing', async () => {
    const { store, cache } = setUp()
    await cache.put('a', 1)
    store.elsewhere('a', 7)
    const refused = new Error('changed its mind')
    const changeItsMind = (): number => {
      throw refused
    }
    expect(await failureOf(() => cache.update('a', changeItsMind))).toBe(refused)
    expect(cache.peek('a')).toBe(7)
    store.elsewhere('a', undefined)
    expect(await cache.update('a', (old) => old)).toBeUndefined()
    expect(cache.peek('a')).toBeUndefined()
    expect(store.calls).toEqual(['store', 'loadVersioned', 'loadVersioned'])
  })

  test('update to undefined removes what is there then, and nothing newer', async () => {
    const { store, cache } = setUp()
    await cache.put('a', 1)
    store.meanwhile = () => {
      store.meanwhile = () => {}
      store.elsewhere('a', 5)
    }
    const seen: (number | undefined)[] = []
    const answer = await cache.update('a', (old) => {
      seen.push(old)
      return undefined
    })
    expect(answer).toBeUndefined()
    expect(seen).toEqual([1, 5])
    expect(store.entries.has('a')).toBe(false)
    expect(cache.peek('a')).toBeUndefined()
    expect(cache.stats()).toMatchObject({ removals: 2, conflicts: 1, removeErrors: 0 })
  })

  test('update of an absent key does not overwrite what came meanwhile', async () => {
    const { store, cache } = setUp()
    store.meanwhile = () => {
      store.meanwhile = () => {}
      store.elsewhere('a', 10)
    }
    expect(await cache.update('a', countUp)).toBe(11)
    expect(cache.stats()).toMatchObject({ misses: 1, backingStoreHits: 1 })
  })

  test('a write that fails is not tried again, and with applied no leaves all as it was', async () => {
    const { store, cache } = setUp()
    await cache.put('a', 1)
    store.meanwhile = () => store.failNext(new StoreError('STORE_FULL', 'full'))
    expect(await failureOf(() => cache.update('a', countUp))).toMatchObject({ code: 'STORE_FULL' })
    expect(cache.peek('a')).toBe(1)
    expect(store.calls).toEqual(['store', 'loadVersioned', 'storeIf'])
    expect(cache.stats()).toMatchObject({ writes: 2, writeErrors: 1, conflicts: 0 })
  })

  test('a write of unknown outcome took place when its own version is found', async () => {
    const { store, cache } = setUp()
    store.meanwhile = () => store.failNext(new Error('the line broke'), 'after')
    expect(await cache.update('a', countUp)).toBe(1)
    expect(cache.peek('a')).toBe(1)
    expect(await cache.update('a', countUp)).toBe(2)
    expect(store.entries.get('a')).toBe(2)
    expect(cache.stats().writeErrors).toBe(0)
  })

  test('a write of unknown outcome did not take place when the expected version is still there', async () => {
    const { store, cache } = setUp()
    await cache.put('a', 1)
    store.meanwhile = () => store.failNext(new Error('the line broke'))
    const failure = await failureOf(() => cache.update('a', countUp))
    expect(failure).toMatchObject({ code: 'WRITE_FAILURE', applied: 'no', key: 'a' })
    expect((failure as Error).message).toMatch(/the line broke.*did not happen/)
    const removing = await failureOf(() => cache.update('a', () => undefined))
    expect(removing).toMatchObject({ code: 'WRITE_FAILURE', applied: 'no' })
    expect(cache.peek('a')).toBe(1)
    expect(cache.stats()).toMatchObject({ writeErrors: 1, removeErrors: 1 })
  })

  test('a write of unknown outcome stays unknown when another version is found, or none', async () => {
    for (const found of [9, undefined]) {
      const { store, cache } = setUp()
      await cache.put('a', 1)
      store.meanwhile = () => store.failNext(new Error('the line broke'), 'after')
      const { loadVersioned } = store
      let loads = 0
      store.loadVersioned = (key) => {
        if (++loads === 2) store.elsewhere('a', found)
        return loadVersioned.call(store, key)
      }
      const failure = await failureOf(() => cache.update('a', countUp))
      expect(failure).toMatchObject({ code: 'WRITE_FAILURE', applied: 'unknown' })
      expect(cache.peek('a')).toBeUndefined()
    }
  })

  test('absence proves nothing of a write that expected it', async () => {
    const { store, cache } = setUp()
    store.meanwhile = () => store.failNext(new Error('the line broke'))
    const failure = await failureOf(() => cache.putIfAbsent('a', 1))
    expect(failure).toMatchObject({ code: 'WRITE_FAILURE', applied: 'unknown' })
  })

  test('a look that fails too leaves it unknown', async () => {
    const { store, cache } = setUp()
    await cache.put('a', 1)
    store.meanwhile = () => {
      store.failNext(new StoreError('UNAVAILABLE', 'the line broke'))
      store.loadVersioned = () => {
        throw new Error('and stays broken')
      }
    }
    const failure = await failureOf(() => cache.update('a', countUp))
    expect(failure).toMatchObject({ message: 'the line broke', applied: 'unknown' })
    expect(cache.peek('a')).toBeUndefined()
  })

  test('a load with version that fails is a READ_FAILURE, and changes nothing', async () => {
    const { store, cache } = setUp()
    await cache.put('a', 1)
    store.failNext(new Error('unreadable'))
    expect(await failureOf(() => cache.update('a', countUp))).toMatchObject({ code: 'READ_FAILURE' })
    expect(cache.peek('a')).toBe(1)
    expect(cache.stats().loadErrors).toBe(1)
  })

  test('putIfAbsent stores where nothing is, and says whether it did', async () => {
    const { store, cache } = setUp()
    expect(await cache.putIfAbsent('a', 1)).toBe(true)
    expect(cache.peek('a')).toBe(1)
    expect(await cache.putIfAbsent('a', 2)).toBe(false)
    expect(await cache.get('a')).toBe(1)
    expect(store.calls).toEqual(['storeIf', 'storeIf', 'load'])
  })

  test('putIfAbsent asks the store, whatever is resident, and drops what it was wrong about', async () => {
    const { store, cache } = setUp({ negativeMaxAgeMs: 1000, clock: () => 0 })
    await cache.get('a')
    store.elsewhere('a', 5)
    expect(await cache.get('a')).toBeUndefined()
    expect(await cache.putIfAbsent('a', 2)).toBe(false)
    expect(await cache.get('a')).toBe(5)
    store.elsewhere('a', undefined)
    expect(await cache.putIfAbsent('a', 3)).toBe(true)
    expect(await cache.get('a')).toBe(3)
  })

  test('replace stores where something is, and says whether it did', async () => {
    const { store, cache } = setUp()
    expect(await cache.replace('a', 1)).toBe(false)
    expect(store.entries.size).toBe(0)
    await cache.put('a', 1)
    store.meanwhile = () => {
      store.meanwhile = () => {}
      store.elsewhere('a', 5)
    }
    expect(await cache.replace('a', 2)).toBe(true)
    expect(cache.peek('a')).toBe(2)
    store.elsewhere('a', undefined)
    expect(await cache.replace('a', 3)).toBe(false)
  })

  test('undefined is refused, and a value that cannot be weighed', async () => {
    const { store, cache } = setUp({ maxWeight: 5, weigh: (value) => (value > 9 ? Number.NaN : 1) })
    expect(await failureOf(() => cache.putIfAbsent('a', undefined as never))).toBeInstanceOf(TypeError)
    expect(await failureOf(() => cache.replace('a', undefined as never))).toBeInstanceOf(TypeError)
    expect(await failureOf(() => cache.putIfAbsent('a', 10))).toBeInstanceOf(RangeError)
    expect(store.calls).toEqual([])
  })

  test('over a store without versions, or with a part of them, putIfAbsent and replace are a TypeError', async () => {
    const half = new VersionedStore()
    half.removeIf = undefined as never
    for (const store of [new MapStore<string, number>(), half]) {
      const cache = kinds[kind](store)
      for (const call of [() => cache.putIfAbsent('a', 1), () => cache.replace('a', 1)]) {
        const failure = await failureOf(call)
        expect(failure).toBeInstanceOf(TypeError)
        expect((failure as Error).message).toMatch(/has no versions/)
      }
      expect(await cache.update('a', countUp)).toBe(1)
      expect(await cache.update('a', countUp)).toBe(2)
      expect(await cache.update('a', () => undefined)).toBeUndefined()
      expect(store.calls).toEqual(['load', 'store', 'store', 'remove'])
    }
  })

  test('isolated values are copied on their way through update, putIfAbsent and replace', async () => {
    const copied: number[] = []
    const { cache } = setUp({
      isolate: (value) => {
        copied.push(value)
        return value
      },
    })
    await cache.putIfAbsent('a', 1)
    await cache.replace('a', 2)
    expect(copied).toEqual([1, 2])
    await cache.update('a', countUp)
    expect(copied).toEqual([1, 2, 2, 3])
  })

  test('the observer hears of loads and writes; a refusal is no error', async () => {
    const told: string[] = []
    const { store, cache } = setUp({
      observer: {
        load: (key, value) => told.push(`load ${key} ${value}`),
        write: (key, value) => told.push(`write ${key} ${value}`),
        eviction: (key, value, reason) => told.push(`eviction ${key} ${value} ${reason}`),
        remove: (key) => told.push(`remove ${key}`),
        error: () => told.push('error'),
      },
    })
    await cache.putIfAbsent('a', 1)
    store.meanwhile = () => {
      store.meanwhile = () => {}
      store.elsewhere('a', 5)
    }
    await cache.update('a', countUp)
    await cache.update('a', () => undefined)
    expect(told).toEqual([
      'write a 1',
      'load a 1',
      'eviction a 1 outdated',
      'load a 5',
      'write a 6',
      'load a 6',
      'remove a',
    ])
  })
})

test('a synchronous update that others overtake a thousand times is BUSY, and has changed nothing', async () => {
  const store = new VersionedStore()
  const cache = kinds.synchronous(store)
  store.elsewhere('a', 0)
  store.meanwhile = () => store.elsewhere('a', store.entries.get('a')! + 1)
  const failure = await failureOf(() => cache.update('a', () => -1))
  expect(failure).toMatchObject({ code: 'BUSY', applied: 'no', key: 'a' })
  expect(store.entries.get('a')).toBe(1000)
  expect(cache.stats().conflicts).toBe(1000)
})

test('versions are all different', () => {
  const versions = new Set(Array.from({ length: 1000 }, newVersion))
  expect(versions.size).toBe(1000)
  for (const version of versions) expect(version).toMatch(/^[0-9a-f]{32}$/)
})

describe('in the synchronous cache', () => {
  test('a store that writes the key inside a conditional write leaves no older value resident', () => {
    const store = new VersionedStore()
    const cache = kinds.synchronous(store)
    caches.push(cache)
    const { storeIf } = store
    store.storeIf = (...given) => {
      const answer = storeIf.apply(store, given)
      cache.put('a', 99)
      return answer
    }
    expect(cache.putIfAbsent('a', 1)).toBe(true)
    expect(cache.get('a')).toBe(99)
  })

  test('a store that writes the key inside a load with version leaves no older value resident', () => {
    const store = new VersionedStore()
    const cache = kinds.synchronous(store)
    caches.push(cache)
    cache.put('a', 1)
    const { loadVersioned } = store
    store.loadVersioned = (key) => {
      const found = loadVersioned.call(store, key)
      store.loadVersioned = loadVersioned
      cache.put('a', 99)
      return found
    }
    const seen: unknown[] = []
    const failing = () =>
      cache.update('a', (old) => {
        seen.push(old, cache.peek('a'))
        throw new Error('changed its mind')
      })
    expect(failing).toThrow('changed its mind')
    expect(seen).toEqual([1, 99])
    expect(cache.update('a', (old) => old! + 1)).toBe(100)
  })

  test('a change that uses the cache for its key, or answers a promise, is a TypeError', async () => {
    const store = new VersionedStore()
    const cache = kinds.synchronous(store)
    caches.push(cache)
    expect(await failureOf(() => cache.update('a', () => Promise.resolve(1) as never))).toBeInstanceOf(
      TypeError,
    )
    const usesIt = () => {
      cache.put('a', 1)
      return 2
    }
    expect(await failureOf(() => cache.update('a', usesIt))).toBeInstanceOf(TypeError)
    expect(store.entries.get('a')).toBe(1)
  })

  test('a store that answers later is refused', async () => {
    const store = new VersionedStore()
    const cache = kinds.synchronous(store)
    caches.push(cache)
    store.storeIf = () => Promise.resolve(true) as never
    expect(await failureOf(() => cache.putIfAbsent('a', 1))).toMatchObject({ code: 'WRITE_FAILURE' })
    store.loadVersioned = () => Promise.resolve(undefined) as never
    expect(await failureOf(() => cache.update('a', () => 1))).toMatchObject({ code: 'READ_FAILURE' })
  })
})
