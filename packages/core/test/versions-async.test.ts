import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  type AsyncCacheOptions,
  AsyncWriteThroughCache,
  type Change,
  groupCommit,
  newVersion,
  StoreError,
} from '../src/index.ts'
import { settle, SlowVersionedStore } from './slow-store.ts'

const caches: AsyncWriteThroughCache<string, number>[] = []

function setUp(
  store: SlowVersionedStore = new SlowVersionedStore(),
  options: Partial<AsyncCacheOptions<string, number>> = {},
) {
  const cache = new AsyncWriteThroughCache(store, { capacity: 10, ...options })
  caches.push(cache)
  return { store, cache }
}

afterEach(async () => {
  await settle()
  for (const cache of caches.splice(0)) cache.assertInvariants(true)
})

const countUp = (old: number | undefined) => (old ?? 0) + 1

/** Lets the only held call go, and everything run that follows. */
async function step(store: SlowVersionedStore): Promise<void> {
  store.call.go()
  await settle()
}

/** A store that tells of changes. */
class FeedStore extends SlowVersionedStore {
  tell: (change: Change<string>) => void = () => {}

  subscribe(listener: (change: Change<string>) => void): () => void {
    this.tell = listener
    return () => {}
  }
}

describe('the load of an update', () => {
  test('is shared with those who read meanwhile', async () => {
    const { store, cache } = setUp()
    store.entries.set('a', 1)
    const updating = cache.update('a', countUp)
    await settle()
    const reading = cache.get('a')
    expect(store.call.method).toBe('loadVersioned')
    await step(store)
    expect(await reading).toBe(1)
    await step(store)
    expect(await updating).toBe(2)
  })

  test('is no load that was under way before, which may bring something older', async () => {
    const { store, cache } = setUp()
    store.entries.set('a', 1)
    const reading = cache.get('a')
    store.call.apply()
    store.inner.elsewhere('a', 5)
    const updating = cache.update('a', countUp)
    await settle()
    const [loading, loadingVersioned] = store.held
    loadingVersioned!.go()
    await settle()
    loading!.go()
    await settle()
    expect(await reading).toBe(5)
    expect(cache.peek('a')).toBe(5)
    await step(store)
    expect(await updating).toBe(6)
  })

  test('that is overtaken is used all the same, and not cached', async () => {
    const { store, cache } = setUp()
    store.entries.set('a', 1)
    const updating = cache.update('a', countUp)
    await settle()
    cache.evict('a')
    await step(store)
    expect(cache.peek('a')).toBeUndefined()
    await step(store)
    expect(await updating).toBe(2)
  })

  test('that is overtaken and fails is made again', async () => {
    const { store, cache } = setUp()
    store.entries.set('a', 1)
    const updating = cache.update('a', countUp)
    await settle()
    cache.evict('a')
    store.call.fail(new Error('unreadable'))
    await settle()
    await step(store)
    await step(store)
    expect(await updating).toBe(2)
  })

  test('leaves nothing cached while the line is down', async () => {
    const { store, cache } = setUp(new FeedStore())
    store.isFast = true
    expect(await cache.update('a', countUp)).toBe(1)
    const noChange = cache.update('a', () => Promise.reject(new Error('changed its mind')))
    await expect(noChange).rejects.toThrow('changed its mind')
    expect(cache.size).toBe(0)
  })
})

describe('a conditional write', () => {
  test('keeps its turn among the writes of its key, also while it is tried again', async () => {
    const { store, cache } = setUp()
    const updating = cache.update('a', countUp)
    const putting = cache.put('a', 100)
    await settle()
    await step(store)
    store.inner.elsewhere('a', 10)
    await step(store)
    expect(store.held).toHaveLength(0)
    await vi.waitUntil(() => store.held.length > 0)
    expect(store.call.method).toBe('loadVersioned')
    await step(store)
    await step(store)
    expect(await updating).toBe(11)
    expect(store.call.method).toBe('store')
    await step(store)
    await putting
    expect(await cache.get('a')).toBe(100)
  })

  test('is waited for by readers, who are answered its value, and so is a look at what became of it', async () => {
    const { store, cache } = setUp()
    const putting = cache.putIfAbsent('a', 1)
    await settle()
    const reading = cache.get('a')
    await settle()
    store.call.apply()
    store.call.fail(new Error('the line broke'))
    await settle()
    expect(store.call.method).toBe('loadVersioned')
    await step(store)
    expect(await putting).toBe(true)
    expect(await reading).toBe(1)
    expect(store.calls).toBe(2)
  })

  test('that is refused makes the readers who waited look again', async () => {
    const { store, cache } = setUp()
    const putting = cache.putIfAbsent('a', 1)
    await settle()
    const reading = cache.get('a')
    store.inner.elsewhere('a', 5)
    await step(store)
    expect(await putting).toBe(false)
    await step(store)
    expect(await reading).toBe(5)
  })

  test('that is given up fences its key until the store has answered', async () => {
    const { store, cache } = setUp()
    const controller = new AbortController()
    const putting = cache.putIfAbsent('a', 1, { signal: controller.signal })
    await settle()
    expect(store.call.options?.signal).toBe(controller.signal)
    controller.abort()
    await expect(putting).rejects.toMatchObject({ code: 'ABORTED', applied: 'unknown' })
    expect(cache.stats().fencedKeys).toBe(1)
    const updating = cache.update('a', countUp)
    await settle()
    await step(store)
    expect(cache.stats().fencedKeys).toBe(0)
    await step(store)
    await step(store)
    expect(await updating).toBe(2)
  })

  test('during which others changed the key is not cached, and has happened', async () => {
    const store = new FeedStore()
    const { cache } = setUp(store)
    store.tell({ type: 'up' })
    const putting = cache.putIfAbsent('a', 1)
    await settle()
    store.call.apply()
    store.inner.elsewhere('a', 5)
    store.tell({ type: 'keys', keys: ['a'] })
    await step(store)
    expect(await putting).toBe(true)
    expect(cache.peek('a')).toBeUndefined()
  })

  test('that is answered after the limit of a close is not looked at again', async () => {
    const { store, cache } = setUp()
    const putting = cache.putIfAbsent('a', 1)
    await settle()
    const closing = cache.close({ timeoutMs: 1 })
    await expect(putting).rejects.toMatchObject({ code: 'CLOSED', applied: 'unknown' })
    await closing
    store.call.fail(new Error('the line broke'))
    await settle()
    expect(store.calls).toBe(1)
  })

  test('of a store with late writes stays unknown, though the expected version is still there', async () => {
    const { store, cache } = setUp(Object.assign(new SlowVersionedStore(), { lateWrites: true }))
    store.entries.set('a', 1)
    const updating = cache.update('a', countUp)
    await settle()
    await step(store)
    store.call.fail(new StoreError('UNAVAILABLE', 'the line broke'))
    await settle()
    store.call.go()
    await expect(updating).rejects.toMatchObject({ code: 'UNAVAILABLE', applied: 'unknown' })
  })
})

describe('an update that others overtake again and again', () => {
  afterEach(() => {
    // In this order: what is spied on is the fake timer.
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  function setUpOvertaken() {
    const { store, cache } = setUp()
    store.isFast = true
    store.inner.elsewhere('a', 0)
    store.inner.meanwhile = () => store.inner.elsewhere('a', store.entries.get('a')! + 1)
    return { store, cache }
  }

  test('ends with its time-out, applied no, and leaves no timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    vi.spyOn(Math, 'random').mockReturnValue(0.9)
    const { store, cache } = setUpOvertaken()
    const failing = cache.update('a', () => -1, { timeoutMs: 20 })
    const rejected = expect(failing).rejects.toMatchObject({ code: 'TIMEOUT', applied: 'no' })
    await vi.advanceTimersByTimeAsync(20)
    await rejected
    expect(store.entries.get('a')).toBeGreaterThan(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('ends after a thousand tries, with BUSY, after pauses of at most 64 ms', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const pauses = vi.spyOn(globalThis, 'setTimeout')
    const { store, cache } = setUpOvertaken()
    const failing = expect(cache.update('a', () => -1)).rejects.toMatchObject({ code: 'BUSY', applied: 'no' })
    await vi.advanceTimersByTimeAsync(64_000)
    await failing
    expect(store.entries.get('a')).toBe(1000)
    const lengths = pauses.mock.calls.map(([, pauseMs]) => pauseMs!)
    expect(Math.max(...lengths)).toBeLessThan(64)
    expect(Math.max(...lengths)).toBeGreaterThan(30)
    expect(lengths[0]).toBeLessThan(1)
  })
})

describe('groupCommit over a store with versions', () => {
  class BatchStore extends SlowVersionedStore {
    storeMany(entries: Iterable<readonly [string, number]>): Promise<void> {
      const batch = [...entries]
      return this.hold('store', batch.map(([key]) => key).join(' '), undefined, () => {
        for (const [key, value] of batch) this.inner.store(key, value)
      })
    }
  }

  test('keeps each conditional write at its place among the writes of its key', async () => {
    const store = new BatchStore()
    const grouped = groupCommit(store, { maxBatch: 10 })
    const version = newVersion()
    const answers = [
      grouped.store('a', 1),
      grouped.storeIf!('a', 2, undefined, newVersion()),
      grouped.removeIf!('a', version),
      grouped.storeIf!('b', 3, undefined, version),
      grouped.store('b', 4),
    ]
    const order: string[] = []
    while (order.length < 5) {
      await vi.waitUntil(() => store.held.length > 0)
      order.push(`${store.held[0]!.method} ${store.held[0]!.key}`)
      store.held[0]!.go()
    }
    expect(await Promise.all(answers)).toEqual([undefined, false, false, true, undefined])
    expect(order).toEqual(['store a', 'storeIf a', 'storeIf b', 'removeIf a', 'store b'])
    expect([...store.entries]).toEqual([
      ['a', 1],
      ['b', 4],
    ])
  })

  test('makes the updates of a cache atomic, and calls off what is aborted in its queue', async () => {
    const store = new BatchStore()
    store.isFast = true
    const grouped = groupCommit(store, { maxBatch: 10 })
    const { cache } = setUp(grouped as never)
    store.inner.elsewhere('a', 1)
    let others = 1
    store.inner.meanwhile = () => {
      if (others-- > 0) store.inner.elsewhere('a', 10)
    }
    expect(await cache.update('a', countUp)).toBe(11)
    const controller = new AbortController()
    const aborted = grouped.storeIf!('a', 5, undefined, newVersion(), { signal: controller.signal })
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', applied: 'no', key: 'a' })
    await expect(grouped.storeIf!('a', undefined as never, undefined, newVersion())).rejects.toThrow(
      TypeError,
    )
    expect(store.entries.get('a')).toBe(11)
  })

  test('is without them over a store that has none', () => {
    const store = new BatchStore()
    const { removeIf: _, ...half } = Object.fromEntries(
      ['store', 'load', 'remove', 'storeMany', 'loadVersioned', 'storeIf', 'removeIf'].map((name) => [
        name,
        () => store,
      ]),
    )
    const grouped = groupCommit(half as never, { maxBatch: 10 })
    expect([grouped.loadVersioned, grouped.storeIf, grouped.removeIf]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})
