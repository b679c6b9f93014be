import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  AsyncWriteThroughCache,
  type BulkReadError,
  BulkStoreError,
  type Change,
  type CacheObserver,
  type EvictionPolicy,
  lru,
  StoreError,
} from '../src/index.ts'
import { BulkMapStore, MapStore } from './fixtures.ts'
import { settle, SlowStore } from './slow-store.ts'

let store: SlowStore
let cache: AsyncWriteThroughCache<string, number>

beforeEach(() => {
  store = new SlowStore()
  cache = new AsyncWriteThroughCache(store, { capacity: 10 })
})

afterEach(async () => {
  // Whatever a test left held: at rest nothing is in use.
  for (let call = store.held[0]; call !== undefined; call = store.held[0]) {
    call.go()
    await settle()
  }
  await settle()
  cache.assertInvariants(true)
})

/** Puts a value that is then resident. */
async function resident(key: string, value: number): Promise<void> {
  store.isFast = true
  await cache.put(key, value)
  store.isFast = false
}

/** The `StoreError` a promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<StoreError> {
  const error = await promise.then(
    () => expect.fail('it did not reject'),
    (reason) => reason,
  )
  expect(error).toSatisfy(StoreError.is)
  return error
}

/** What a promise has come to by now. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  await settle()
  return await Promise.race([promise, Promise.resolve('pending')])
}

describe('write-through', () => {
  test('a put answers when the store has, and is then resident', async () => {
    const put = cache.put('a', 1)
    expect(await stateOf(put)).toBe('pending')
    expect(cache.peek('a')).toBeUndefined()
    store.call.go()
    await put
    expect(store.entries.get('a')).toBe(1)
    expect(await cache.get('a')).toBe(1)
    expect(store.calls).toBe(1)
    expect(cache.stats()).toMatchObject({ writes: 1, cacheHits: 1 })
  })

  test('the store is asked in the turn of the call', () => {
    void cache.put('a', 1)
    void cache.get('b')
    expect(store.held.map(({ method, key }) => `${method} ${key}`)).toEqual(['store a', 'load b'])
  })

  test('a failed put with applied no keeps what is resident, any other drops it', async () => {
    await resident('a', 1)
    const refused = cache.put('a', 2)
    store.call.fail(new StoreError('BUSY', 'busy'))
    expect(await failureOf(refused)).toMatchObject({ code: 'BUSY' })
    expect(cache.peek('a')).toBe(1)
    const lost = cache.put('a', 3)
    store.call.fail(new Error('lost'))
    expect(await failureOf(lost)).toMatchObject({ code: 'WRITE_FAILURE', applied: 'unknown', key: 'a' })
    expect(cache.peek('a')).toBeUndefined()
    expect(cache.stats()).toMatchObject({ writes: 3, writeErrors: 2 })
  })

  test('every synchronous store will do', async () => {
    const plain = new AsyncWriteThroughCache(new MapStore<string, number>(), { capacity: 1 })
    await plain.put('a', 1)
    await plain.put('b', 2)
    expect(await plain.get('a')).toBe(1)
    expect(await plain.invalidate('a')).toBe(true)
    expect(await plain.get('a')).toBeUndefined()
    expect(plain.stats()).toMatchObject({ backingStoreHits: 1, misses: 1, evictions: 2 })
  })
})

describe('no stale answer', () => {
  // H3: cacheable, cache-manager and bentocache leave the load's old value in the cache.
  test('a slow load that a put overtakes is neither answered nor cached', async () => {
    store.entries.set('a', 1)
    const get = cache.get('a')
    const load = store.call
    load.apply()
    const put = cache.put('a', 2)
    store.held[1]!.go()
    await put
    load.go()
    expect(await get).toBe(2)
    expect(cache.peek('a')).toBe(2)
  })

  // H4: a delete is undone by a load that was under way.
  test('a slow load that an invalidate overtakes does not bring the value back', async () => {
    store.entries.set('a', 1)
    const get = cache.get('a')
    const load = store.call
    load.apply()
    const invalidate = cache.invalidate('a')
    store.held[1]!.go()
    expect(await invalidate).toBe(true)
    load.go()
    await settle()
    store.call.go()
    expect(await get).toBeUndefined()
    expect(cache.peek('a')).toBeUndefined()
  })

  // H5: the slower first put ends up in the store.
  test('puts of one key reach the store one after the other, in the order of the calls', async () => {
    const first = cache.put('a', 1)
    const second = cache.put('a', 2)
    expect(await stateOf(second)).toBe('pending')
    expect(store.calls).toBe(1)
    store.call.go()
    await first
    await settle()
    store.call.go()
    await second
    expect(store.entries.get('a')).toBe(2)
    expect(await cache.get('a')).toBe(2)
  })

  test('puts of different keys do not wait for each other', async () => {
    const first = cache.put('a', 1)
    const second = cache.put('b', 2)
    store.held[1]!.go()
    await second
    expect(await stateOf(first)).toBe('pending')
  })

  test('a reader during a write is served the resident value, or waits for the write’s', async () => {
    await resident('a', 1)
    const put = cache.put('a', 2)
    expect(await cache.get('a')).toBe(1)
    cache.evict('a')
    const reader = cache.get('a')
    expect(await stateOf(reader)).toBe('pending')
    store.call.go()
    expect(await reader).toBe(2)
    await put
    expect(store.calls).toBe(2)
  })

  test('a reader that waits for a write which fails looks again, and is not rejected', async () => {
    store.entries.set('a', 1)
    const put = cache.put('a', 2)
    const reader = cache.get('a')
    store.call.fail(new StoreError('WRITE_FAILURE', 'lost'))
    await failureOf(put)
    await settle()
    store.call.go()
    expect(await reader).toBe(1)
  })

  test('invalidate drops the resident value when it is called, and what was loaded until its turn', async () => {
    await resident('a', 1)
    const put = cache.put('a', 2)
    const invalidate = cache.invalidate('a')
    expect(cache.peek('a')).toBeUndefined()
    store.call.go()
    await put
    await settle()
    expect(cache.peek('a')).toBeUndefined()
    store.call.fail(new StoreError('BUSY', 'busy'))
    await failureOf(invalidate)
    expect(cache.peek('a')).toBeUndefined()
  })

  test('a get after evict or evictAll asks the store anew', async () => {
    for (const evict of [() => cache.evict('a'), () => cache.evictAll()]) {
      store.entries.set('a', 1)
      const early = cache.get('a')
      store.call.apply()
      store.entries.set('a', 2)
      evict()
      const late = cache.get('a')
      await settle()
      for (const call of [...store.held]) call.go()
      await settle()
      for (const call of [...store.held]) call.go()
      expect(await late).toBe(2)
      expect(await early).toBe(2)
      expect(cache.peek('a')).toBe(2)
      cache.evictAll()
    }
  })

  test('refresh does not take the word of a load that began before it', async () => {
    store.entries.set('a', 1)
    const get = cache.get('a')
    store.call.apply()
    store.entries.set('a', 2)
    const refresh = cache.refresh('a')
    for (const call of [...store.held]) call.go()
    expect(await refresh).toBe(2)
    expect(await get).toBe(2)
    expect(cache.peek('a')).toBe(2)
  })
})

describe('one load per key', () => {
  // H6: cacheable makes 20 loads of 20 misses.
  test('concurrent misses share one load', async () => {
    store.entries.set('a', 1)
    const readers = Array.from({ length: 20 }, () => cache.get('a'))
    store.call.go()
    expect(await Promise.all(readers)).toEqual(readers.map(() => 1))
    expect(store.calls).toBe(1)
    expect(cache.stats()).toMatchObject({ coalescedLoads: 19, backingStoreHits: 20 })
  })

  test('a failed load fails those who share it, and is not remembered', async () => {
    store.entries.set('a', 1)
    const readers = [cache.get('a'), cache.get('a')]
    store.call.fail(new Error('unreadable'))
    for (const reader of readers)
      expect(await failureOf(reader)).toMatchObject({ code: 'READ_FAILURE', key: 'a' })
    const again = cache.get('a')
    store.call.go()
    expect(await again).toBe(1)
    expect(cache.stats()).toMatchObject({ loadErrors: 1, misses: 0 })
  })

  // H7: lru-cache rejects the reader with Error('replaced').
  test('a reader of a load that a write replaces gets the value of the write', async () => {
    const reader = cache.get('a')
    const put = cache.put('a', 5)
    store.held[1]!.go()
    await put
    expect(store.call.method).toBe('load')
    store.call.go()
    expect(await reader).toBe(5)
  })

  test('getMany asks once for what is neither resident nor under way, and shares it', async () => {
    const bulk = new BulkMapStore<string, number>()
    const many = new AsyncWriteThroughCache(bulk, { capacity: 10 })
    for (const [index, key] of ['a', 'b', 'c'].entries()) bulk.entries.set(key, index)
    await many.get('a')
    bulk.calls.length = 0
    const [found, b] = await Promise.all([many.getMany(['c', 'a', 'absent', 'b']), many.get('b')])
    expect([...found]).toEqual([
      ['c', 2],
      ['a', 0],
      ['b', 1],
    ])
    expect(b).toBe(1)
    expect(bulk.calls).toEqual(['loadMany'])
    expect(many.peek('c')).toBe(2)
    many.assertInvariants(true)
  })

  test('when loadMany fails each key is loaded by itself, and a BulkReadError has the rest', async () => {
    const bulk = new BulkMapStore<string, number>()
    const many = new AsyncWriteThroughCache(bulk, { capacity: 10 })
    bulk.entries.set('good', 1)
    bulk.loadMany = () => {
      throw new Error('one of them')
    }
    const load = bulk.load.bind(bulk)
    bulk.load = (key) => {
      if (key === 'bad') throw new StoreError('CORRUPT', 'damaged', { key })
      return load(key)
    }
    const error = (await many.getMany(['bad', 'good', 'absent']).catch((reason) => reason)) as BulkReadError
    expect([...error.found]).toEqual([['good', 1]])
    expect(error.failures.get('bad')).toMatchObject({ code: 'CORRUPT' })
    await expect(many.warm(['bad', 'good'])).rejects.toBeInstanceOf(AggregateError)
    many.assertInvariants(true)
  })
})

describe('changes in turn', () => {
  test('updates of one key at once lose nothing', async () => {
    store.isFast = true
    await Promise.all(Array.from({ length: 50 }, () => cache.update('n', (old) => (old ?? 0) + 1)))
    expect(store.entries.get('n')).toBe(50)
    expect(await cache.update('n', async () => undefined)).toBeUndefined()
    expect(store.entries.has('n')).toBe(false)
  })

  test('of getOrPuts at once one produces', async () => {
    store.isFast = true
    let produced = 0
    const produce = async () => {
      await settle()
      return ++produced
    }
    expect(await Promise.all([1, 2, 3].map(() => cache.getOrPut('a', produce)))).toEqual([1, 1, 1])
    expect(cache.stats().writes).toBe(1)
  })

  test('a function that throws, at once or later, leaves everything as it was and lets the next one go', async () => {
    store.isFast = true
    const boom = new Error('boom')
    await expect(
      cache.update('a', () => {
        throw boom
      }),
    ).rejects.toBe(boom)
    await expect(cache.getOrPut('a', () => Promise.reject(boom))).rejects.toBe(boom)
    await expect(cache.getOrPut('a', () => undefined as never)).rejects.toBeInstanceOf(TypeError)
    await cache.put('a', 1)
    expect(await cache.get('a')).toBe(1)
  })

  test('batches that name the same keys in another order do not wait for each other for ever', async () => {
    const bulk = new BulkMapStore<string, number>()
    const many = new AsyncWriteThroughCache(bulk, { capacity: 10 })
    await Promise.all([
      many.putMany([
        ['a', 1],
        ['b', 1],
      ]),
      many.putMany([
        ['b', 2],
        ['a', 2],
      ]),
      many.put('a', 3),
      many.invalidateMany(['b', 'a']),
      many.putMany([['b', 5]]),
    ])
    expect(Object.fromEntries(bulk.entries)).toEqual({ b: 5 })
    expect([...many.entries()]).toEqual([['b', 5]])
    many.assertInvariants(true)
  })

  test('a batch is told by key what became of it', async () => {
    const plain = new AsyncWriteThroughCache(new MapStore<string, number>(2), { capacity: 10 })
    const error = await plain
      .putMany([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ])
      .catch((reason) => reason)
    expect(error).toSatisfy(BulkStoreError.is)
    expect(error.written).toEqual(['a', 'b'])
    expect(error.failures.get('c')).toMatchObject({ code: 'STORE_FULL' })
    expect(await plain.invalidateMany(['a', 'c', 'absent'])).toBe(1)
    expect(await plain.warm(['a', 'b'])).toBe(1)
  })
})

describe('giving up', () => {
  test('a reader that gives up leaves the load to the others', async () => {
    store.entries.set('a', 1)
    const controller = new AbortController()
    const impatient = cache.get('a', { signal: controller.signal })
    const patient = cache.get('a')
    controller.abort(new Error('enough'))
    expect(await failureOf(impatient)).toMatchObject({ code: 'ABORTED', cause: new Error('enough') })
    store.call.go()
    expect(await patient).toBe(1)
  })

  test('timeoutMs ends the wait with TIMEOUT', async () => {
    expect(await failureOf(cache.get('a', { timeoutMs: 1 }))).toMatchObject({ code: 'TIMEOUT', key: 'a' })
  })

  test('who comes with an aborted signal asks nothing', async () => {
    await resident('a', 1)
    const calls = store.calls
    const options = { signal: AbortSignal.abort() }
    expect(await failureOf(cache.get('a', options))).toMatchObject({ code: 'ABORTED' })
    expect(await failureOf(cache.put('a', 2, options))).toMatchObject({ code: 'ABORTED', applied: 'no' })
    expect(store.calls).toBe(calls)
  })

  test('a write that gives up before its turn is never sent', async () => {
    const first = cache.put('a', 1)
    const controller = new AbortController()
    const second = cache.put('a', 2, { signal: controller.signal })
    const third = cache.put('a', 3)
    controller.abort()
    expect(await failureOf(second)).toMatchObject({ code: 'ABORTED', applied: 'no' })
    store.call.go()
    await first
    await settle()
    store.call.go()
    await third
    expect(store.entries.get('a')).toBe(3)
    expect(store.calls).toBe(2)
  })

  test('a write given up while the store has it is unknown, and fences its key until the store has answered', async () => {
    await resident('a', 1)
    const controller = new AbortController()
    const given = cache.put('a', 2, { signal: controller.signal })
    const sent = store.call
    expect(sent.options?.signal).toBe(controller.signal)
    controller.abort()
    expect(await failureOf(given)).toMatchObject({ code: 'ABORTED', applied: 'unknown' })
    expect(cache.stats()).toMatchObject({ fencedKeys: 1, writeErrors: 1 })

    // Reads go through and cache nothing.
    const early = cache.get('a')
    store.held[1]!.go()
    expect(await early).toBe(1)
    expect(cache.peek('a')).toBeUndefined()

    // Writes wait, bounded by their own patience.
    expect(await failureOf(cache.put('a', 9, { timeoutMs: 1 }))).toMatchObject({
      code: 'TIMEOUT',
      applied: 'no',
    })
    const later = cache.put('a', 3)
    expect(await stateOf(later)).toBe('pending')

    // A load that began before the store has answered may not have seen it.
    const between = cache.get('a')
    const load = store.held.find(({ method }) => method === 'load')!
    load.apply()
    sent.go()
    await settle()
    expect(cache.stats().fencedKeys).toBe(0)
    load.go()
    await settle()
    store.held.find(({ method }) => method === 'store')!.go()
    await later
    expect(await between).toBe(3)
    expect(cache.peek('a')).toBe(3)
  })

  test.each([
    ['a signal that is none', { signal: {} as AbortSignal }, TypeError],
    ['no time at all', { timeoutMs: 0 }, RangeError],
    ['a time that is no number', { timeoutMs: '5' as never }, RangeError],
  ])('%s is refused', async (_what, options, error) => {
    await expect(cache.get('a', options)).rejects.toBeInstanceOf(error)
    await expect(cache.put('a', 1, options)).rejects.toBeInstanceOf(error)
    expect(store.calls).toBe(0)
  })
})

describe('close', () => {
  test('waits for what is under way, closes the store once, and refuses everything else', async () => {
    let closed = 0
    Object.assign(store, { close: async () => void closed++ })
    const put = cache.put('a', 1)
    const queued = cache.put('a', 2)
    const closing = cache.close()
    expect(cache.close()).toBe(closing)
    expect(await failureOf(cache.get('a'))).toMatchObject({ code: 'CLOSED' })
    expect(() => cache.evict('a')).toThrow(StoreError)
    expect(await stateOf(closing)).toBe('pending')
    store.call.go()
    await put
    await settle()
    store.call.go()
    await queued
    await closing
    expect(closed).toBe(1)
    expect(cache.size).toBe(0)
  })

  test('with a limit ends though a call never answers, and nothing calls the store afterwards', async () => {
    const sent = cache.put('a', 1)
    const queued = cache.put('a', 2)
    const reader = cache.get('b')
    const closing = cache.close({ timeoutMs: 5 })
    const failures = Promise.all([failureOf(sent), failureOf(queued), failureOf(reader)])
    await closing
    const [first, second, third] = await failures
    expect(first).toMatchObject({ code: 'CLOSED', applied: 'unknown' })
    expect(second).toMatchObject({ code: 'CLOSED', applied: 'no' })
    expect(third).toMatchObject({ code: 'CLOSED' })
    const calls = store.calls
    for (const call of [...store.held]) call.go()
    await settle()
    expect(store.calls).toBe(calls)
    expect(cache.size).toBe(0)
  })

  test('happens at the end of an await using block', async () => {
    let closed = false
    const plain = Object.assign(new MapStore<string, number>(), {
      close() {
        closed = true
      },
    })
    {
      await using inner = new AsyncWriteThroughCache(plain, { capacity: 1 })
      await inner.put('a', 1)
    }
    expect(closed).toBe(true)
  })
})

describe('subscribe', () => {
  let tell: (change: Change<string>) => void
  let unsubscribed: boolean

  beforeEach(async () => {
    unsubscribed = false
    Object.assign(store, {
      subscribe: async (listener: typeof tell) => {
        tell = listener
        return () => {
          unsubscribed = true
        }
      },
    })
    cache = new AsyncWriteThroughCache(store, { capacity: 10 })
    await settle()
  })

  test('nothing is cached until the store says up, and again after down', async () => {
    await resident('a', 1)
    expect(cache.size).toBe(0)
    tell({ type: 'up' })
    await resident('a', 1)
    expect(cache.size).toBe(1)
    tell({ type: 'down' })
    expect(cache.size).toBe(0)
    store.isFast = true
    expect(await cache.get('a')).toBe(1)
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map([['a', 1]]))
    expect(cache.size).toBe(0)
    tell({ type: 'up' })
    expect(await cache.get('a')).toBe(1)
    expect(cache.size).toBe(1)
  })

  test('a key that others changed, or all, is loaded again', async () => {
    tell({ type: 'up' })
    await resident('a', 1)
    await resident('b', 1)
    store.entries.set('a', 2).set('b', 2)
    tell({ type: 'keys', keys: ['a'] })
    store.isFast = true
    expect(await cache.get('a')).toBe(2)
    expect(await cache.get('b')).toBe(1)
    tell({ type: 'all' })
    expect(await cache.get('b')).toBe(2)
  })

  // H12: a remote invalidation against a local fill in flight leaves cacheable and bentocache stale for good.
  test('a load under way when the news arrive is not cached, nor answered', async () => {
    tell({ type: 'up' })
    store.entries.set('a', 1)
    const reader = cache.get('a')
    store.call.apply()
    store.entries.set('a', 2)
    tell({ type: 'keys', keys: ['a'] })
    store.call.go()
    await settle()
    store.call.go()
    expect(await reader).toBe(2)
    expect(cache.peek('a')).toBe(2)
  })

  test('news between a write’s effect and its acknowledgement mean that somebody overwrote it', async () => {
    tell({ type: 'up' })
    const put = cache.put('a', 1)
    store.call.apply()
    store.entries.set('a', 2)
    tell({ type: 'keys', keys: ['a'] })
    store.call.go()
    await put
    expect(cache.peek('a')).toBeUndefined()
    store.isFast = true
    expect(await cache.get('a')).toBe(2)
  })

  test('a reader that is overtaken again and again ends with a load of its own, which is not cached', async () => {
    tell({ type: 'up' })
    store.entries.set('a', 0)
    const reader = cache.get('a')
    let rounds = 0
    while ((await stateOf(reader)) === 'pending' && rounds++ < 20) {
      store.call.apply()
      store.entries.set('a', rounds)
      tell({ type: 'keys', keys: ['a'] })
      store.call.go()
    }
    expect(rounds).toBeLessThan(6)
    expect(cache.peek('a')).toBeUndefined()
  })

  test('a subscription that fails leaves the cache down and tells the observer', async () => {
    const errors: StoreError[] = []
    const observer: CacheObserver<string, number> = { error: (error) => errors.push(error) }
    Object.assign(store, { subscribe: () => Promise.reject(new Error('no feed')) })
    cache = new AsyncWriteThroughCache(store, { capacity: 10, observer })
    await resident('a', 1)
    expect(cache.size).toBe(0)
    expect(errors).toHaveLength(1)
    await cache.close()
  })

  test('close unsubscribes', async () => {
    await cache.close()
    expect(unsubscribed).toBe(true)
  })

  test('coherence none takes no notice', async () => {
    cache = new AsyncWriteThroughCache(store, { capacity: 10, coherence: 'none' })
    await resident('a', 1)
    expect(cache.size).toBe(1)
    expect(() => new AsyncWriteThroughCache(new MapStore(), { capacity: 1, coherence: 'subscribe' })).toThrow(
      TypeError,
    )
    expect(() => new AsyncWriteThroughCache(store, { capacity: 1, coherence: 'often' as never })).toThrow(
      TypeError,
    )
  })
})

describe('reading without a trace', () => {
  test('has and peek change neither order nor counts', async () => {
    cache = new AsyncWriteThroughCache(store, { capacity: 2, policy: lru() })
    await resident('a', 1)
    await resident('b', 1)
    expect(await cache.has('a')).toBe(true)
    expect(cache.peek('a')).toBe(1)
    const absent = cache.has('z')
    store.call.go()
    expect(await absent).toBe(false)
    await resident('c', 1)
    expect(cache.peek('a')).toBeUndefined()
    expect(cache.stats()).toMatchObject({ cacheHits: 0, backingStoreHits: 0, misses: 0 })
  })

  test('a has that shares its load with a get leaves the value resident', async () => {
    store.entries.set('a', 1)
    const has = cache.has('a')
    const get = cache.get('a')
    store.call.go()
    expect([await has, await get]).toEqual([true, 1])
    expect(cache.peek('a')).toBe(1)
  })

  test('keys are the store’s, also when it lists them later', async () => {
    async function* listed() {
      yield 'a'
      throw new Error('torn')
    }
    Object.assign(store, { keys: listed })
    const seen: string[] = []
    const error = await failureOf(
      (async () => {
        for await (const key of cache.keys()) seen.push(key)
      })(),
    )
    expect(seen).toEqual(['a'])
    expect(error.code).toBe('READ_FAILURE')
    expect(() => new AsyncWriteThroughCache(new MapStore(), { capacity: 1 }).keys()).toThrow(TypeError)
  })

  test('getOrThrow of an absent key is KEY_NOT_FOUND; warm tells its progress', async () => {
    store.isFast = true
    expect(await failureOf(cache.getOrThrow('a'))).toMatchObject({ code: 'KEY_NOT_FOUND', key: 'a' })
    store.entries.set('a', 1).set('b', 2)
    const progress: number[] = []
    const found = await cache.warm(['a', 'b', 'c'], {
      concurrency: 2,
      onProgress: (done) => progress.push(done),
    })
    expect([found, progress, cache.size]).toEqual([2, [2, 3], 2])
    await expect(cache.warm(['a'], { concurrency: 0 })).rejects.toBeInstanceOf(RangeError)
  })
})

test('a policy that throws reaches the caller, and nobody waits for ever', async () => {
  const boom = new Error('boom')
  const policy: EvictionPolicy = {
    name: 'throwing',
    create: () => ({
      insert() {
        throw boom
      },
      update() {},
      remove() {},
      evict: () => 0,
    }),
  }
  const plain = new AsyncWriteThroughCache(new MapStore<string, number>(), { capacity: 2, policy })
  const results = await Promise.allSettled([plain.put('a', 1), plain.get('a'), plain.put('a', 2)])
  expect(results[0]).toMatchObject({ status: 'rejected', reason: boom })
  expect(results[2]).toMatchObject({ status: 'rejected', reason: boom })
  expect(plain.size).toBe(0)
  plain.assertInvariants(true)
})

// H11: in cache-manager and bentocache a background promise ends the process.
test('no rejection goes unhandled, whoever has stopped listening', async () => {
  const unhandled: unknown[] = []
  const listen = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', listen)
  const controller = new AbortController()
  const { signal } = controller
  const calls = [
    cache.get('a', { signal }),
    cache.getMany(['a', 'b'], { signal }),
    cache.put('c', 1, { signal }),
  ]
  controller.abort()
  await Promise.allSettled(calls)
  for (const call of [...store.held]) call.fail(new Error('too late'))
  await settle()
  await settle()
  process.off('unhandledRejection', listen)
  expect(unhandled).toEqual([])
})
