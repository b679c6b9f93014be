import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type AsyncCacheOptions,
  AsyncWriteThroughCache,
  type Change,
  type EvictionPolicy,
  fifo,
  lru,
  StoreError,
  WriteThroughCache,
} from '../src/index.ts'
import { MapStore, storeErrorOf } from './fixtures.ts'
import { type Fate, SimulatedStore } from './histories/simulated-store.ts'
import { settle } from './slow-store.ts'

/** The rules of the protocol one by one, each as the shortest history that breaks without it. */

let fate: Fate
let store: SimulatedStore
let cache: AsyncWriteThroughCache<string, number>

beforeEach(() => {
  fate = 'succeeds'
  store = new SimulatedStore(() => fate)
  cache = cacheOn(store)
})

afterEach(async () => {
  // Whatever a test left under way: at rest nothing is in use.
  while (store.pending.length > 0) {
    store.pending[0]!.step()
    await settle()
  }
  cache.assertInvariants(true)
})

function cacheOn(
  over: SimulatedStore,
  options: Partial<AsyncCacheOptions<string, number>> = {},
): AsyncWriteThroughCache<string, number> {
  cache = new AsyncWriteThroughCache(over, { capacity: 10, ...options })
  return cache
}

/** A cache that is told by a feed, which is up. */
function told(): void {
  cacheOn(store.withFeed())
  tell({ type: 'up' })
}

function tell(change: Change<string>): void {
  store.listener!(change)
}

/** What the store has been asked for and has not answered. */
function asked(): string[] {
  return store.pending.map(({ name }) => name.replace(/ \(.*/, ''))
}

/** The first such call takes effect or, when it has, answers. */
async function step(name: string): Promise<void> {
  const call = store.pending.find((pending) => pending.name.startsWith(name))
  if (call === undefined) throw new Error(`the store has not been asked for ${name}, but for ${asked()}`)
  call.step()
  await settle()
}

async function answer(name: string): Promise<void> {
  await step(name)
  await step(name)
}

async function resident(key: string, value: number): Promise<void> {
  const put = cache.put(key, value)
  await answer(`store ${key}`)
  await put
}

/** A reader of `a` that was overtaken until it began a load of its own, which has not taken effect. */
async function overtakenReader(): Promise<{ reader: Promise<number | undefined> }> {
  const reader = cache.get('a')
  for (let round = 0; round < 2; round++) {
    await step('load a')
    tell({ type: 'keys', keys: ['a'] })
    await step('load a')
  }
  expect(asked()).toEqual(['load a'])
  return { reader }
}

describe('a load that is overtaken', () => {
  test('fails nobody, should it fail: its readers look again', async () => {
    fate = 'lost'
    const reader = cache.get('a')
    fate = 'succeeds'
    const put = cache.put('a', 2)
    await answer('load a')
    await answer('store a')
    await put
    expect(await reader).toBe(2)
  })

  test('does not part the readers of the load after it', async () => {
    store.contents.set('a', 1)
    const first = cache.get('a')
    cache.evict('a')
    const second = cache.get('a')
    await answer('load a')
    const third = cache.get('a')
    expect(asked()).toEqual(['load a'])
    await answer('load a')
    expect(await Promise.all([first, second, third])).toEqual([1, 1, 1])
  })

  test('by a revision that moved is not joined by who has seen that', async () => {
    let revision = 1
    cacheOn(
      store.withRevision(() => revision),
      { coherence: 'revision' },
    )
    store.contents.set('a', 1)
    const first = cache.get('a')
    await answer('revision')
    await step('load a')
    store.contents.set('a', 2)
    revision = 2
    const second = cache.get('a')
    await answer('revision')
    await step('load a')
    await answer('load a')
    expect(await second).toBe(2)
    expect(await first).toBe(2)
  })
})

describe('who waits for a write', () => {
  test('is answered its value, though it is not cached', async () => {
    cacheOn(store, { maxWeight: 10, weigh: (value) => value })
    const put = cache.put('a', 11)
    const reader = cache.get('a')
    await answer('store a')
    await put
    expect(await reader).toBe(11)
    expect(cache.size).toBe(0)
  })

  test('looks again when somebody else overwrote it', async () => {
    told()
    const put = cache.put('a', 1)
    const reader = cache.get('a')
    await step('store a')
    store.contents.set('a', 2)
    tell({ type: 'keys', keys: ['a'] })
    await step('store a')
    await put
    await answer('load a')
    expect(await reader).toBe(2)
  })

  test('looks again when the line broke', async () => {
    told()
    const put = cache.put('a', 1)
    const reader = cache.get('a')
    await step('store a')
    store.contents.set('a', 2)
    tell({ type: 'down' })
    await step('store a')
    await put
    await answer('load a')
    expect(await reader).toBe(2)
  })

  test('looks again when the line broke and came back meanwhile', async () => {
    told()
    const put = cache.put('a', 1)
    const reader = cache.get('a')
    await step('store a')
    store.contents.set('a', 2)
    tell({ type: 'down' })
    tell({ type: 'up' })
    await step('store a')
    await put
    await answer('load a')
    expect(await reader).toBe(2)
    expect(cache.peek('a')).toBe(2)
  })
})

describe('a reader that was overtaken many times', () => {
  beforeEach(told)

  test('does not take what it loads beside a write, which may be older and be cached', async () => {
    store.contents.set('a', 1)
    const { reader } = await overtakenReader()
    const put = cache.put('a', 5)
    await step('store a')
    // Of which the cache has not heard.
    store.contents.set('a', 7)
    await answer('load a')
    await step('store a')
    await put
    expect([await reader, cache.peek('a')]).toEqual([5, 5])
  })

  test('keeps an older load under way from being cached', async () => {
    store.contents.set('a', 1)
    const { reader } = await overtakenReader()
    const other = cache.get('a')
    store.pending[1]!.step()
    store.contents.set('a', 2)
    await answer('load a')
    expect(await reader).toBe(2)
    await step('load a')
    expect(cache.peek('a')).toBeUndefined()
    await answer('load a')
    expect(await other).toBe(2)
  })

  test('drops what became resident before it loaded', async () => {
    store.contents.set('a', 1)
    const { reader } = await overtakenReader()
    const other = cache.get('a')
    store.pending[1]!.step()
    store.pending[1]!.step()
    expect(await other).toBe(1)
    expect(cache.peek('a')).toBe(1)
    store.contents.set('a', 2)
    await answer('load a')
    expect(await reader).toBe(2)
    expect(cache.peek('a')).toBeUndefined()
  })
})

describe('while the line is down', () => {
  beforeEach(() => {
    told()
    tell({ type: 'down' })
  })

  test('a refresh caches nothing, and shares its load with nobody', async () => {
    store.contents.set('a', 1)
    const refreshes = [cache.refresh('a'), cache.refresh('a')]
    expect(asked()).toEqual(['load a', 'load a'])
    await answer('load a')
    await answer('load a')
    expect(await Promise.all(refreshes)).toEqual([1, 1])
    expect(cache.size).toBe(0)
  })

  test('who waits for a write looks again: of who overwrote it there were no news', async () => {
    const put = cache.put('a', 1)
    const reader = cache.get('a')
    await step('store a')
    store.contents.set('a', 2)
    await step('store a')
    await put
    await answer('load a')
    expect(await reader).toBe(2)
  })

  test('a getMany loads each key for itself, and caches nothing', async () => {
    cacheOn(store.withBatches())
    const found = cache.getMany(['a', 'b'])
    expect(asked()).toEqual(['load a', 'load b'])
    await answer('load a')
    await answer('load b')
    expect((await found).size).toBe(0)
  })
})

describe('getMany over a store with loadMany', () => {
  beforeEach(() => {
    cacheOn(store.withBatches())
  })

  test('leaves out what is resident, what is being loaded and what is being written', async () => {
    await resident('resident', 1)
    const get = cache.get('loaded')
    const put = cache.put('written', 2)
    const found = cache.getMany(['resident', 'loaded', 'written', 'a', 'b'])
    expect(asked()).toEqual(['load loaded', 'store written=2', 'loadMany a,b'])
    await answer('load loaded')
    await answer('store written')
    await answer('loadMany')
    await Promise.all([get, put])
    expect(Object.fromEntries(await found)).toEqual({ resident: 1, written: 2 })
  })

  test('that is given up, and then fails, is nobody’s unhandled rejection', async () => {
    cacheOn(
      store.withBatches().withRevision(() => 1),
      { coherence: 'revision' },
    )
    const unhandled: unknown[] = []
    const listen = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', listen)
    const controller = new AbortController()
    fate = 'lost'
    const found = cache.getMany(['a', 'b'], { signal: controller.signal })
    controller.abort()
    await expect(found).rejects.toSatisfy(StoreError.is)
    while (store.pending.length > 0) await step('')
    await settle()
    process.off('unhandledRejection', listen)
    expect(unhandled).toEqual([])
  })
})

describe('a write that was given up', () => {
  /** A put of `a` that its caller has left, and that the store has not answered. */
  async function givenUp(): Promise<void> {
    const controller = new AbortController()
    const put = cache.put('a', 9, { signal: controller.signal })
    controller.abort()
    await expect(put).rejects.toMatchObject({ applied: 'unknown' })
  }

  test('overtakes the loads under way when the store has answered it', async () => {
    store.contents.set('a', 1)
    await givenUp()
    const reader = cache.get('a')
    await step('load a')
    await answer('store a')
    await step('load a')
    await answer('load a')
    expect([await reader, cache.peek('a')]).toEqual([9, 9])
  })

  test('keeps its key from being cached no longer than until the store has answered it', async () => {
    await givenUp()
    const { promise: changed, resolve } = Promise.withResolvers<number>()
    const update = cache.update('a', () => changed)
    await answer('store a')
    await answer('load a')
    expect(cache.peek('a')).toBe(9)
    resolve(10)
    await settle()
    await answer('store a')
    expect(await update).toBe(10)
  })

  test('is waited for by a close', async () => {
    await givenUp()
    const closing = cache.close()
    await settle()
    expect(asked()).toEqual(['store a=9'])
    expect(await Promise.race([closing, 'waits'])).toBe('waits')
    await answer('store a')
    await closing
  })
})

describe('with coherence revision', () => {
  let revision: number
  beforeEach(() => {
    revision = 1
    cacheOn(
      store.withRevision(() => revision),
      { coherence: 'revision', negativeMaxAgeMs: 1e9 },
    )
  })

  test('a refresh does not take the word of a write that was overwritten meanwhile', async () => {
    const put = cache.put('a', 1)
    await step('store a')
    store.contents.set('a', 2)
    revision = 2
    const refresh = cache.refresh('a')
    await answer('revision')
    await step('store a')
    await put
    await answer('load a')
    expect(await refresh).toBe(2)
  })

  test('a getOrPut whose turn has come asks again whether absence still holds', async () => {
    const get = cache.get('a')
    await answer('revision')
    await answer('load a')
    expect(await get).toBeUndefined()
    fate = 'refused'
    const refused = expect(cache.put('a', 1)).rejects.toMatchObject({ code: 'BUSY' })
    fate = 'succeeds'
    const getOrPut = cache.getOrPut('a', () => 3)
    await answer('revision')
    store.contents.set('a', 2)
    revision = 2
    await answer('store a')
    await refused
    await answer('revision')
    await answer('load a')
    expect(await getOrPut).toBe(2)
  })
})

test('news that all may have changed do not mean that the line is up', async () => {
  told()
  tell({ type: 'down' })
  tell({ type: 'all' })
  const get = cache.get('a')
  await answer('load a')
  await get
  await resident('a', 1)
  expect(cache.size).toBe(0)
})

test('a policy that throws for one key of a batch does not keep the readers of the others waiting', async () => {
  const boom = new Error('boom')
  const books = { insert() {}, update() {}, remove() {}, evict: () => 0 }
  let isBroken = true
  const insert = () => {
    if (isBroken) throw boom
  }
  const policy = { name: 'throws once', create: () => ({ ...books, insert }) }
  cacheOn(store.withBatches(), { policy })
  const entries = Object.entries({ a: 1, b: 2 })
  const failed = expect(cache.putMany(entries)).rejects.toBe(boom)
  const reader = cache.get('b')
  await answer('storeMany')
  await failed
  isBroken = false
  expect(await reader).toBe(2)
})

test('an operation that was answered leaves no timer, and no listener on its signal', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { signal } = new AbortController()
  const put = cache.put('a', 1, { signal, timeoutMs: 1000 })
  expect([vi.getTimerCount(), getEventListeners(signal, 'abort').length]).toEqual([1, 1])
  await answer('store a')
  await put
  expect([vi.getTimerCount(), getEventListeners(signal, 'abort').length]).toEqual([0, 0])
  vi.useRealTimers()
})

test('a synchronous load during which the revision moves is not cached', () => {
  const contents = new Map([['a', 1]])
  let revision = 1
  const sync = new WriteThroughCache<string, number>(
    {
      store: (key, value) => void contents.set(key, value),
      remove: (key) => contents.delete(key),
      revision: () => revision,
      load(key) {
        const value = contents.get(key)
        if (key === 'a' && revision === 1) {
          // Somebody writes, and this store, which uses the cache as well, learns of it.
          contents.set('a', 2)
          revision = 2
          sync.get('b')
        }
        return value
      },
    },
    { capacity: 10, coherence: 'revision' },
  )
  expect(sync.get('a')).toBe(2)
  expect(sync.peek('a')).toBe(2)
  sync.assertInvariants()
})

test('a batch whose caller has given up already asks the store nothing', async () => {
  cacheOn(store.withBatches())
  const options = { signal: AbortSignal.abort() }
  for (const call of [cache.getMany(['a', 'b'], options), cache.warm(['a', 'b'], options)]) {
    await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
  }
  await expect(cache.putMany([['a', 1]], options)).rejects.toSatisfy(StoreError.is)
  expect(asked()).toEqual([])
})

test('close waits until the store has closed', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  cacheOn(Object.assign(store, { close: () => closed }))
  const closing = cache.close()
  await settle()
  expect(await Promise.race([closing, 'waits'])).toBe('waits')
  resolve()
  await closing
})

test('a synchronous load that is overtaken every time answers what it loaded last', () => {
  let loads = 0
  const sync = new WriteThroughCache<string, number>(
    {
      store() {},
      load(key) {
        sync.evict(key)
        return ++loads
      },
      remove: () => true,
    },
    { capacity: 10 },
  )
  expect(sync.get('a')).toBe(loads)
  expect(sync.size).toBe(0)
})

test('a warm asks whether others changed the store: what they changed is loaded again', () => {
  let revision = 1
  const plain = Object.assign(new MapStore<string, number>(), { revision: () => revision })
  const sync = new WriteThroughCache(plain, { capacity: 10, coherence: 'revision' })
  sync.put('a', 1)
  sync.get('a')
  plain.entries.set('a', 2)
  revision = 2
  expect(sync.warm(['a'])).toBe(1)
  expect(sync.peek('a')).toBe(2)
})

test('a getMany of one key that is given up leaves nothing in use', async () => {
  cacheOn(
    store.withBatches().withRevision(() => 1),
    { coherence: 'revision' },
  )
  const controller = new AbortController()
  const found = expect(cache.getMany(['a'], { signal: controller.signal })).rejects.toSatisfy(StoreError.is)
  controller.abort()
  await found
  await answer('revision')
  cache.assertInvariants(true)
})

test('with isolate, a function is a value that cannot be copied', () => {
  const plain = new MapStore<string, () => number>()
  const sync = new WriteThroughCache(plain, { capacity: 10, isolate: true })
  expect(storeErrorOf(() => sync.put('a', () => 1)).code).toBe('INVALID_VALUE')
  expect(plain.calls).not.toContain('store')
})

test('with isolate, what is done to a hit is nobody else’s', () => {
  const sync = new WriteThroughCache(new MapStore<string, number[]>(), { capacity: 10, isolate: true })
  sync.put('a', [1])
  sync.get('a')!.push(2)
  sync.peek('a')!.push(3)
  sync.getMany(['a']).get('a')!.push(4)
  for (const [, value] of sync.entries()) value.push(5)
  expect(sync.get('a')).toEqual([1])
})

test('however many entries age, each is served until it is too old', () => {
  let now = 0
  const plain = new MapStore<number, number>()
  const sync = new WriteThroughCache(plain, { capacity: 1000, maxAgeMs: 10, clock: () => now })
  for (let key = 0; key < 1000; key++) sync.put(key, key)
  now = 9
  for (let key = 0; key < 1000; key++) sync.get(key)
  expect(plain.calls).not.toContain('load')
  expect(sync.stats().cacheHits).toBe(1000)
})

test('an overwrite that fits is told to the policy as an overwrite', () => {
  const told: string[] = []
  const policy: EvictionPolicy = {
    name: 'fifo, overheard',
    create(residents) {
      const books = fifo().create(residents)
      const overheard = (name: 'insert' | 'update' | 'remove') => (slot: number) => {
        told.push(name)
        books[name](slot)
      }
      return {
        insert: overheard('insert'),
        update: overheard('update'),
        remove: overheard('remove'),
        evict: (newcomer) => books.evict(newcomer),
      }
    },
  }
  const sync = new WriteThroughCache(new MapStore<string, number>(), {
    capacity: 10,
    maxWeight: 10,
    weigh: (value) => value,
    policy,
  })
  sync.put('a', 6)
  sync.put('a', 7)
  expect(told).toEqual(['insert', 'update'])
})

test('evictAll leaves no weight behind', () => {
  const sync = new WriteThroughCache(new MapStore<string, number>(), {
    capacity: 10,
    maxWeight: 10,
    weigh: (value) => value,
  })
  sync.put('a', 10)
  sync.evictAll()
  expect(sync.weight).toBe(0)
  sync.put('b', 10)
  expect(sync.weight).toBe(10)
  sync.assertInvariants()
})

test('has caches nothing', async () => {
  store.contents.set('a', 1)
  const has = cache.has('a')
  await answer('load a')
  expect(await has).toBe(true)
  expect(cache.size).toBe(0)
})

test('a hit is told to the policy', async () => {
  cacheOn(store, { capacity: 2, policy: lru() })
  await resident('a', 1)
  await resident('b', 1)
  await cache.get('a')
  await resident('c', 1)
  expect([...cache.entries()].map(([key]) => key).sort()).toEqual(['a', 'c'])
})

test('invalidateMany drops what is resident when it is called', async () => {
  await resident('a', 1)
  const put = cache.put('a', 2)
  const invalidate = cache.invalidateMany(['a', 'b'])
  expect(cache.peek('a')).toBeUndefined()
  await answer('store a')
  await put
  await answer('remove a')
  await answer('remove b')
  expect(await invalidate).toBe(1)
})

test('after the limit of a close, a loadMany that fails is not followed by loads', async () => {
  cacheOn(store.withBatches())
  fate = 'lost'
  const found = expect(cache.getMany(['a', 'b'])).rejects.toMatchObject({ code: 'CLOSED' })
  await cache.close({ timeoutMs: 1 })
  await found
  await answer('loadMany')
  expect(asked()).toEqual([])
})

test('close waits for the load of a reader that has given up, and that nobody shares', async () => {
  cacheOn(store.withFeed())
  const controller = new AbortController()
  const reader = cache.get('a', { signal: controller.signal })
  controller.abort()
  await expect(reader).rejects.toSatisfy(StoreError.is)
  let isClosed = false
  const closing = cache.close().then(() => {
    isClosed = true
  })
  await settle()
  expect(isClosed).toBe(false)
  await answer('load a')
  await closing
})
