import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type AsyncCacheOptions,
  AsyncWriteThroughCache,
  type Change,
  groupCommit,
  newVersion,
  StoreError,
  WriteThroughCache,
} from '../src/index.ts'
import { LeasedStore } from './leased-store.ts'
import { settle } from './slow-store.ts'

const LEASE_MS = 1000
/** The longest pause between two looks. */
const PAUSE_MS = LEASE_MS / 10

const caches: AsyncWriteThroughCache<string, number>[] = []

function cacheOver(
  store: LeasedStore,
  options: Partial<AsyncCacheOptions<string, number>> = {},
): AsyncWriteThroughCache<string, number> {
  const cache = new AsyncWriteThroughCache(store, { capacity: 10, leaseMs: LEASE_MS, ...options })
  caches.push(cache)
  return cache
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(async () => {
  await settle()
  for (const cache of caches.splice(0)) cache.assertInvariants(true)
  expect(vi.getTimerCount(), 'timers that are left').toBe(0)
  vi.useRealTimers()
})

/** A `produce` that the test ends. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const produce = vi.fn(() => promise)
  return { produce, resolve, reject }
}

const never = (): never => expect.fail('produce was called')

/** What a promise rejects with. Asked for before the time is moved, for it may reject meanwhile. */
function failureOf(promise: Promise<unknown>): Promise<StoreError> {
  return promise.then(
    () => expect.fail('it did not reject'),
    (error) => error,
  )
}

describe('of several caches that miss a key at once', () => {
  test('one produces, and the others answer its value', async () => {
    const store = new LeasedStore()
    const { produce, resolve } = held()
    const all = [cacheOver(store), cacheOver(store), cacheOver(store)]
    const answers = Promise.all(all.map((cache) => cache.getOrPut('a', produce)))
    await vi.advanceTimersByTimeAsync(LEASE_MS / 2)
    resolve(1)
    await vi.advanceTimersByTimeAsync(PAUSE_MS)
    expect(await answers).toEqual([1, 1, 1])
    expect(produce).toHaveBeenCalledTimes(1)
    expect(all.map((cache) => cache.peek('a'))).toEqual([1, 1, 1])
    expect(all.map((cache) => cache.stats().leaseWaits)).toEqual([0, 1, 1])
    expect(store.leases.size).toBe(0)
  })

  test('each key has a producer of its own', async () => {
    const store = new LeasedStore()
    const { produce, resolve } = held()
    const waiting = cacheOver(store).getOrPut('a', produce)
    await settle()
    expect(await cacheOver(store).getOrPut('b', () => 2)).toBe(2)
    resolve(1)
    expect(await waiting).toBe(1)
  })

  test('callers of one cache ask for one lease, whichever of them produces', async () => {
    const store = new LeasedStore()
    const cache = cacheOver(store)
    const { produce, resolve } = held()
    const answers = Promise.all([cache.getOrPut('a', produce), cache.getOrPut('a', never)])
    await settle()
    resolve(1)
    expect(await answers).toEqual([1, 1])
    expect(store.asked).toBe(1)
  })

  test('who waits asks ever more rarely, up to a tenth of the lease', async () => {
    const store = new LeasedStore()
    await store.acquireLease('a', 'another', LEASE_MS)
    vi.spyOn(Math, 'random').mockReturnValue(0.999)
    const waiting = cacheOver(store).getOrPut('a', () => 1)
    await vi.advanceTimersByTimeAsync(LEASE_MS - 1)
    // 1 + 2 + 4 + ... + 64, then every tenth of the lease.
    expect(store.asked - 1).toBeLessThan(20)
    expect(store.asked - 1).toBeGreaterThan(10)
    await vi.advanceTimersByTimeAsync(PAUSE_MS + 1)
    expect(await waiting).toBe(1)
    vi.restoreAllMocks()
  })

  test('a change that the store tells of ends the pause', async () => {
    const store = new FeedStore()
    await store.acquireLease('a', 'another', LEASE_MS)
    const cache = cacheOver(store)
    store.tell({ type: 'up' })
    vi.spyOn(Math, 'random').mockReturnValue(0.999)
    const waiting = cache.getOrPut('a', never)
    await vi.advanceTimersByTimeAsync(LEASE_MS / 2)
    store.inner.elsewhere('a', 1)
    store.tell({ type: 'keys', keys: ['a'] })
    await settle()
    // No time has passed since.
    expect(await waiting).toBe(1)
    vi.restoreAllMocks()
  })

  test('a remembered absence is not taken for what another produces', async () => {
    const store = new LeasedStore()
    await store.acquireLease('a', 'another', LEASE_MS)
    const cache = cacheOver(store, { negativeMaxAgeMs: 10 * LEASE_MS })
    const waiting = cache.getOrPut('a', never)
    await vi.advanceTimersByTimeAsync(1)
    store.inner.elsewhere('a', 1)
    await vi.advanceTimersByTimeAsync(PAUSE_MS)
    expect(await waiting).toBe(1)
  })

  test('who is granted the lease looks again before it produces', async () => {
    const store = new LeasedStore()
    const cache = cacheOver(store)
    store.isFast = false
    const waiting = cache.getOrPut('a', never)
    await step(store, 'load')
    // The holder before stored and released after this look.
    store.inner.elsewhere('a', 1)
    await step(store, 'acquireLease')
    await step(store, 'load')
    await step(store, 'releaseLease')
    expect(await waiting).toBe(1)
  })

  test('a falsy value is a value', async () => {
    const store = new LeasedStore()
    expect(await cacheOver(store).getOrPut('a', () => 0)).toBe(0)
    expect(await cacheOver(store).getOrPut('a', never)).toBe(0)
  })
})

describe('a holder of the lease', () => {
  test('that died holds others up until its lease is over, and no longer', async () => {
    const store = new LeasedStore()
    await store.acquireLease('a', 'a dead one', LEASE_MS)
    const produce = vi.fn(() => 1)
    const waiting = cacheOver(store).getOrPut('a', produce)
    await vi.advanceTimersByTimeAsync(LEASE_MS - 1)
    expect(produce).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1 + PAUSE_MS)
    expect(await waiting).toBe(1)
  })

  test('whose produce fails lets the next one produce at once, and hears of its failure', async () => {
    const store = new LeasedStore()
    const first = held()
    const failing = failureOf(cacheOver(store).getOrPut('a', first.produce))
    await settle()
    const second = cacheOver(store).getOrPut('a', () => 2)
    await settle()
    first.reject(new Error('the origin is away'))
    expect((await failing).message).toBe('the origin is away')
    await vi.advanceTimersByTimeAsync(PAUSE_MS)
    expect(await second).toBe(2)
  })

  test('that was slow leaves the value that another has stored meanwhile, and answers it', async () => {
    const store = new LeasedStore()
    const slow = held()
    const cache = cacheOver(store)
    const first = cache.getOrPut('a', slow.produce)
    await vi.advanceTimersByTimeAsync(LEASE_MS)
    expect(await cacheOver(store).getOrPut('a', () => 2)).toBe(2)
    slow.resolve(1)
    expect(await first).toBe(2)
    expect(store.entries.get('a')).toBe(2)
    expect(cache.peek('a')).toBe(2)
  })

  test('that was slow does not release the lease of the next one', async () => {
    const store = new LeasedStore()
    const slow = held()
    const first = failureOf(cacheOver(store).getOrPut('a', slow.produce))
    await vi.advanceTimersByTimeAsync(LEASE_MS)
    const next = held()
    const second = cacheOver(store).getOrPut('a', next.produce)
    await settle()
    expect(next.produce).toHaveBeenCalled()
    slow.reject(new Error('too late anyway'))
    await first
    expect(store.leases.has('a')).toBe(true)
    next.resolve(2)
    expect(await second).toBe(2)
  })

  test('whose value is refused by an entry that is gone by then stores it, and produces once', async () => {
    const store = new LeasedStore()
    const { produce, resolve } = held()
    const waiting = cacheOver(store).getOrPut('a', produce)
    await settle()
    store.inner.meanwhile = () => {
      store.inner.elsewhere('a', 7)
      // Gone again by the time of the look.
      store.inner.meanwhile = () => {}
      queueMicrotask(() => store.inner.elsewhere('a', undefined))
    }
    resolve(1)
    expect(await waiting).toBe(1)
    expect(produce).toHaveBeenCalledTimes(1)
    expect(store.entries.get('a')).toBe(1)
  })

  test('that gives up while it produces releases the lease at once', async () => {
    const store = new LeasedStore()
    const failing = failureOf(cacheOver(store).getOrPut('a', held().produce, { timeoutMs: 50 }))
    await vi.advanceTimersByTimeAsync(50)
    expect(await failing).toMatchObject({ code: 'TIMEOUT', applied: 'no' })
    expect(store.leases.size).toBe(0)
  })

  test('that gave up while it asked for the lease releases it when it is granted', async () => {
    const store = new LeasedStore()
    const cache = cacheOver(store)
    store.isFast = false
    const aborting = new AbortController()
    const failing = failureOf(cache.getOrPut('a', never, { signal: aborting.signal }))
    await step(store, 'load')
    expect(store.call.options?.signal).toBe(aborting.signal)
    aborting.abort()
    expect(await failing).toMatchObject({ code: 'ABORTED', applied: 'no' })
    await step(store, 'acquireLease')
    await step(store, 'releaseLease')
    expect(store.leases.size).toBe(0)
  })
})

describe('a wait for the lease of another ends with', () => {
  test.each([
    ['the time of its caller', { timeoutMs: 300 }, 'TIMEOUT'],
    ['the signal of its caller', { signal: 'after 300 ms' }, 'ABORTED'],
    ['the end of the cache', {}, 'CLOSED'],
  ] as const)('%s', async (_, options, code) => {
    const store = new LeasedStore()
    await store.acquireLease('a', 'another', LEASE_MS)
    const cache = cacheOver(store)
    const aborting = new AbortController()
    const waits = 'signal' in options ? { signal: aborting.signal } : options
    const failing = failureOf(cache.getOrPut('a', never, waits))
    const closing = code === 'CLOSED' ? cache.close({ timeoutMs: 300 }) : undefined
    await vi.advanceTimersByTimeAsync(300)
    aborting.abort()
    expect(await failing).toMatchObject({ code })
    await closing
    const { calls } = store
    await vi.advanceTimersByTimeAsync(LEASE_MS)
    expect(store.calls, 'calls of the store after the end').toBe(calls)
  })
})

describe('a store that fails', () => {
  test('to grant a lease fails the call, which has changed no entry and holds nobody up', async () => {
    const store = new LeasedStore()
    const errors: StoreError[] = []
    const cache = cacheOver(store, { observer: { error: (error) => void errors.push(error) } })
    store.isFast = false
    const failing = failureOf(cache.getOrPut('key', never))
    await step(store, 'load')
    store.call.fail(new StoreError('BUSY', 'somebody holds the store'))
    expect(await failing).toMatchObject({ code: 'BUSY', applied: 'no' })
    expect(store.held).toEqual([])
    errors.length = 0
    const again = failureOf(cache.getOrPut('key', never))
    await step(store, 'load')
    const { call } = store
    call.apply()
    expect(store.leases.size).toBe(1)
    call.fail(new StoreError('UNAVAILABLE', 'the line is dead', { applied: 'unknown' }))
    const error = await again
    expect(error).toMatchObject({ code: 'UNAVAILABLE', applied: 'no', key: 'key' })
    expect(error.message).toBe(
      'getOrPut of "key": its lease failed, and no entry was changed: the line is dead',
    )
    expect(errors).toEqual([error])
    // It had been granted, to nobody who knew.
    await step(store, 'releaseLease')
    expect(store.leases.size).toBe(0)
  })

  test('to release a lease fails nobody; the observer hears of it', async () => {
    const store = new LeasedStore()
    const errors: StoreError[] = []
    const cache = cacheOver(store, { observer: { error: (error) => void errors.push(error) } })
    store.releaseLease = () => Promise.reject(new Error('the line is dead'))
    expect(await cache.getOrPut('a', () => 1)).toBe(1)
    await settle()
    expect(errors).toMatchObject([{ code: 'WRITE_FAILURE', applied: 'no', key: 'a' }])
  })

  test('to say whether the value was stored is asked what is there', async () => {
    const store = new LeasedStore()
    const { storeIf } = store
    store.storeIf = async (...parameters) => {
      await storeIf.apply(store, parameters)
      throw new StoreError('UNAVAILABLE', 'the answer was lost')
    }
    expect(await cacheOver(store).getOrPut('a', () => 1)).toBe(1)
    expect(store.leases.size).toBe(0)
  })
})

describe('leaseMs', () => {
  test('is refused over a store that has no leases, or no versions', () => {
    const store = new LeasedStore()
    for (const lacking of ['acquireLease', 'releaseLease', 'storeIf']) {
      const without = new Proxy(store, {
        get: (target, name) => (name === lacking ? undefined : Reflect.get(target, name)),
      })
      const make = () => new AsyncWriteThroughCache(without, { capacity: 1, leaseMs: 1 })
      expect(make).toThrow('leaseMs: needs a store with leases and versions')
    }
  })

  test('is refused by the synchronous cache, which cannot wait', () => {
    const options = { capacity: 1, leaseMs: 1 }
    const make = () => new WriteThroughCache(new LeasedStore().inner, options)
    expect(make).toThrow(TypeError)
    expect(make).toThrow('leaseMs: needs an AsyncWriteThroughCache')
  })

  test.each([0, 1.5, -1, Number.NaN, 2 ** 31, '5'])('of %o is refused', (leaseMs) => {
    const options = { capacity: 1, leaseMs: leaseMs as number }
    expect(() => new AsyncWriteThroughCache(new LeasedStore(), options)).toThrow(RangeError)
  })

  test('left out, nobody asks for a lease', async () => {
    const store = new LeasedStore()
    const cache = new AsyncWriteThroughCache(store, { capacity: 1 })
    expect(await cache.getOrPut('a', () => 1)).toBe(1)
    expect(store.asked).toBe(0)
  })
})

test('groupCommit passes leases on, where the store has them', async () => {
  const inner = new LeasedStore()
  const store = Object.assign(inner, { storeMany: () => {} })
  const grouped = groupCommit(store, { maxBatch: 8 })
  expect(await grouped.acquireLease!('a', newVersion(), LEASE_MS)).toBe(true)
  expect(await grouped.acquireLease!('a', newVersion(), LEASE_MS)).toBe(false)
  await grouped.releaseLease!('a', inner.leases.get('a')!.holder)
  expect(inner.leases.size).toBe(0)
  const cache = cacheOver(grouped as LeasedStore)
  expect(await cache.getOrPut('a', () => 1)).toBe(1)
  const without = groupCommit(Object.assign(inner.inner, { storeMany: () => {} }), { maxBatch: 8 })
  expect('acquireLease' in without || 'releaseLease' in without).toBe(false)
})

/** A store that tells of changes. */
class FeedStore extends LeasedStore {
  tell: (change: Change<string>) => void = () => {}

  subscribe(listener: (change: Change<string>) => void): () => void {
    this.tell = listener
    return () => {}
  }
}

/** Lets the only held call go, which is one of that method, and everything run that follows. */
async function step(store: LeasedStore, method: string): Promise<void> {
  expect(store.call.method).toBe(method)
  store.call.go()
  await settle()
}
