import { AsyncWriteThroughCache, bytes, newVersion } from '@wt/core'
import { expect, onTestFinished, test } from 'vitest'
import type { RedisStoreOptions } from '../src/index.ts'
import {
  connectAdmin,
  describeOnRedis,
  failureOf,
  openStore,
  startProxy,
  startServer,
  until,
} from './fixtures.ts'

describeOnRedis('versions', () => {
  async function setUp<V>(options: RedisStoreOptions<V> = {}) {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const open = () => openStore<V>(server.url, { versions: true, ...options })
    return { server, admin, open, store: open() }
  }

  test('are there when they are asked for, and the caches then have what needs them', async () => {
    const { server, store } = await setUp<number>()
    const plain = openStore<number>(server.url)
    for (const method of ['loadVersioned', 'storeIf', 'removeIf'] as const) {
      expect(plain[method]).toBeUndefined()
      expect(store[method]).toBeTypeOf('function')
    }
    const cache = new AsyncWriteThroughCache(store, { capacity: 10 })
    expect(await cache.putIfAbsent('a', 1)).toBe(true)
    expect(await cache.putIfAbsent('a', 2)).toBe(false)
    expect(await cache.replace('a', 3)).toBe(true)
    expect(await cache.get('a')).toBe(3)
    const others = new AsyncWriteThroughCache(plain, { capacity: 10 })
    await expect(others.putIfAbsent('b', 1)).rejects.toThrow(TypeError)
    expect(() => openStore(server.url, { versions: 1 as never })).toThrow(/versions is true or false/)
  })

  test('caches that count in one entry at once lose no count', async () => {
    const { open } = await setUp<number>()
    const caches = [1, 2, 3].map(() => new AsyncWriteThroughCache(open(), { capacity: 10 }))
    await Promise.all(
      caches.map(async (cache) => {
        for (let count = 0; count < 30; count++) await cache.update('hits', (old = 0) => old + 1)
      }),
    )
    for (const cache of caches) expect(await cache.get('hits')).toBe(90)
  })

  test('what another program has set can be read, replaced and removed, and what it sets meanwhile is not lost', async () => {
    const { admin, store } = await setUp<number>()
    await admin.set('a', '1')
    const found = await store.loadVersioned!('a')
    expect(found?.value).toBe(1)
    expect(await store.load('a')).toBe(1)
    await admin.set('a', '2')
    expect(await store.storeIf!('a', 3, found!.version, newVersion())).toBe(false)
    expect(await store.removeIf!('a', found!.version)).toBe(false)
    const newer = await store.loadVersioned!('a')
    expect(newer?.value).toBe(2)
    expect(await store.storeIf!('a', 3, newer!.version, newVersion())).toBe(true)
    await admin.set('b', '')
    expect(await store.storeIf!('b', 3, undefined, newVersion())).toBe(false)
    await admin.set('b', '5')
    expect(await store.removeIf!('b', (await store.loadVersioned!('b'))!.version)).toBe(true)
    expect(await admin.exists('b')).toBe(0)
  })

  test('a value may look like anything, and comes back as it was', async () => {
    const { store } = await setUp<Uint8Array>({ codec: bytes() })
    const mark = Buffer.from([0xff, 0x77, 0x74, 0x31])
    for (const value of [
      Buffer.alloc(0),
      mark,
      Buffer.concat([mark, Buffer.alloc(40, 7)]),
      Buffer.alloc(20, 0xff),
    ]) {
      await store.store('a', value)
      expect(Buffer.from((await store.load('a'))!)).toEqual(Buffer.from(value))
      const { version, value: held } = (await store.loadVersioned!('a'))!
      expect(Buffer.from(held)).toEqual(Buffer.from(value))
      expect(await store.storeIf!('a', value, version, newVersion())).toBe(true)
      expect((await store.loadMany(['a'])).get('a')).toEqual(await store.load('a'))
    }
  })

  test('a conditional write expires as any other', async () => {
    const { admin, store } = await setUp<number>({ expireAfterMs: 60_000 })
    expect(await store.storeIf!('a', 1, undefined, newVersion())).toBe(true)
    expect(await admin.pTTL('a')).toBeGreaterThan(50_000)
    const { version } = (await store.loadVersioned!('a'))!
    await admin.persist('a')
    expect(await store.storeIf!('a', 2, version, newVersion())).toBe(true)
    expect(await admin.pTTL('a')).toBeGreaterThan(50_000)
  })

  test('a cache lets go of what a conditional write wrote when it expires, though the server has not noticed', async () => {
    const server = await startServer({ 'enable-debug-command': 'yes' })
    await (await connectAdmin(server.url)).sendCommand(['DEBUG', 'SET-ACTIVE-EXPIRE', '0'])
    const store = openStore<number>(server.url, { versions: true, expireAfterMs: 3000 })
    const cache = new AsyncWriteThroughCache(store, { capacity: 10 })
    expect(await cache.putIfAbsent('k', 1)).toBe(true)
    // What a script writes the server tells its own connection too, so that it is held from the next read on.
    await until(async () => (await cache.get('k')) === undefined || cache.peek('k') === 1)
    expect(cache.peek('k')).toBe(1)
    await until(() => cache.peek('k') === undefined)
    await until(() => cache.putIfAbsent('k', 2))
  })

  test('a version that newVersion did not make is a TypeError; what is no string on the server is CORRUPT', async () => {
    const { admin, store } = await setUp<number>()
    for (const version of ['', 'mine', `${newVersion()}g`, undefined]) {
      await expect(store.storeIf!('a', 1, undefined, version as string)).rejects.toThrow(/newVersion/)
    }
    expect(await store.load('a')).toBeUndefined()
    await admin.rPush('list', 'x')
    const writes = [store.storeIf!('list', 1, undefined, newVersion()), store.removeIf!('list', newVersion())]
    for (const write of writes) {
      expect(await failureOf(write)).toMatchObject({ code: 'CORRUPT', applied: 'no', key: 'list' })
    }
  })

  test('an update whose answer was lost is settled by its own version, and counts once', async () => {
    const server = await startServer()
    const proxy = await startProxy(server)
    const store = openStore<number>(proxy.url, { versions: true, commandTimeoutMs: 200 })
    const direct = openStore<number>(server.url, { versions: true })
    const cache = new AsyncWriteThroughCache(store, { capacity: 10, coherence: 'none' })
    onTestFinished(() => cache.close())
    await direct.store('hits', 1)
    const updating = cache.update('hits', (old = 0) => {
      proxy.hold('toClient')
      return old + 1
    })
    await until(async () => (await direct.load('hits')) === 2)
    proxy.cut()
    proxy.release()
    expect(await updating).toBe(2)
    expect(await direct.load('hits')).toBe(2)
  })
})
