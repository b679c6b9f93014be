import { AsyncWriteThroughCache } from '@wt/core'
import { expect, onTestFinished, test } from 'vitest'
import type { RedisStore } from '../src/index.ts'
import {
  connectAdmin,
  describeOnRedis,
  killClients,
  openStore,
  startProxy,
  startServer,
  until,
} from './fixtures.ts'

const QUICK = { heartbeatMs: 100, heartbeatTimeoutMs: 1000 }

/** As the server tells of the key `k` alone. */
const INVALIDATION = '$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n'

interface Coherent {
  readonly cache: AsyncWriteThroughCache<string, number>
  readonly store: RedisStore<number>
}

/** A cache that holds what it reads, for its store tells it what others change. */
async function openCache(
  url: string,
  options: { capacity?: number; expireAfterMs?: number } = {},
): Promise<Coherent> {
  const { capacity = 100, ...rest } = options
  const store = openStore<number>(url, { ...QUICK, ...rest })
  const cache = new AsyncWriteThroughCache<string, number>(store, { capacity })
  onTestFinished(() => cache.close())
  await holds(cache)
  return { cache, store }
}

/** Resolves when the cache is up: while it is down it holds nothing. */
async function holds(cache: AsyncWriteThroughCache<string, number>): Promise<void> {
  await until(async () => {
    await cache.put('probe', 0).catch(() => {})
    return cache.peek('probe') === 0
  })
}

describeOnRedis('caches that share a server', () => {
  test('a hit costs no command, and a foreign write ends it', async () => {
    const server = await startServer()
    const { cache } = await openCache(server.url)
    const { cache: other } = await openCache(server.url)
    const admin = await connectAdmin(server.url)
    await cache.put('k', 1)
    expect(await other.get('k')).toBe(1)
    const reads = async () => /cmdstat_get:calls=(\d+)/.exec(String(await admin.info('commandstats')))?.[1]
    const before = await reads()
    for (let hit = 0; hit < 100; hit++) expect([await cache.get('k'), await other.get('k')]).toEqual([1, 1])
    expect(await reads()).toBe(before)
    await other.put('k', 2)
    await until(async () => (await cache.get('k')) === 2)
    await cache.invalidate('k')
    await until(async () => (await other.get('k')) === undefined)
  })

  test('a put that is overwritten before its OK goes on is not held', async () => {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const proxy = await startProxy(server)
    const { cache } = await openCache(proxy.url)
    for (let round = 1; round <= 5; round++) {
      proxy.hold('toClient')
      const put = cache.put('k', round)
      await until(async () => (await admin.get('k')) === String(round))
      await admin.set('k', String(-round))
      await until(() => proxy.holdsBack(INVALIDATION))
      proxy.release()
      await put
      expect(await cache.get('k')).toBe(-round)
    }
  })

  test('a value that a slow load brings is not held when it was overwritten meanwhile', async () => {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const proxy = await startProxy(server)
    const { cache } = await openCache(proxy.url)
    await admin.set('k', '1')
    proxy.hold('toClient')
    const get = cache.get('k')
    await until(() => proxy.holdsBack('$1\r\n1\r\n'))
    await admin.set('k', '2')
    await until(() => proxy.holdsBack(INVALIDATION))
    proxy.release()
    // Overtaken, it is loaded again.
    expect(await get).toBe(2)
    expect(cache.peek('k')).toBe(2)
  })

  test('a value is no hit once it has expired on the server, though the server has not noticed', async () => {
    const server = await startServer({ 'enable-debug-command': 'yes' })
    await (await connectAdmin(server.url)).sendCommand(['DEBUG', 'SET-ACTIVE-EXPIRE', '0'])
    const { cache } = await openCache(server.url, { expireAfterMs: 400 })
    const { cache: other } = await openCache(server.url)
    await cache.put('k', 1)
    expect([await cache.get('k'), await other.get('k')]).toEqual([1, 1])
    await until(async () => (await cache.get('k')) === undefined)
    await until(async () => (await other.get('k')) === undefined)
  })

  test('whatever connection is killed meanwhile, at rest every resident value is what the store holds', async () => {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const caches = [await openCache(server.url), await openCache(server.url)]
    const keys = ['a', 'b', 'c', 'd']
    for (let round = 1; round <= 60; round++) {
      const { cache } = caches[round % 2]!
      const key = keys[round % keys.length]!
      // Refused, or of unknown outcome, while the connection is lost.
      const calls = [cache.put(key, round), ...keys.map((each) => caches[(round + 1) % 2]!.cache.get(each))]
      if (round % 10 === 0) await killClients(admin)
      await Promise.allSettled(calls)
    }
    for (const { cache } of caches) await holds(cache)
    for (const key of keys) {
      const stored = await openStore(server.url).load(key)
      for (const { cache } of caches)
        await until(async () => (await cache.get(key).catch(() => {})) === stored)
      for (const { cache } of caches) expect(cache.peek(key)).toBe(stored)
    }
    for (const { cache } of caches) cache.assertInvariants(true)
  })

  test('while a server stands still no hit outlives two heartbeats and a timeout', async () => {
    const server = await startServer()
    const { cache } = await openCache(server.url)
    await cache.put('k', 1)
    server.pause()
    await until(() => cache.peek('k') === undefined)
    server.resume()
    await holds(cache)
    expect(await cache.get('k')).toBe(1)
  })

  test('what a server lost in a restart is lost to the caches too', async () => {
    const server = await startServer()
    const { cache } = await openCache(server.url)
    await cache.put('k', 1)
    await server.restart({ keepsData: false })
    await until(() => cache.peek('k') === undefined)
    await holds(cache)
    expect(await cache.get('k')).toBeUndefined()
  })
})
