import { createClient } from '@redis/client'
import { bytes, utf8 } from '@wt/core'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { RedisStore, type RedisStoreOptions } from '../src/index.ts'
import {
  type Admin,
  connectAdmin,
  describeOnRedis,
  failureOf,
  openStore,
  startProxy,
  startServer,
  until,
} from './fixtures.ts'
import { RedisServer } from './servers/redis-server.ts'

async function listed(store: RedisStore): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.keys()) keys.push(key)
  return keys.sort()
}

test('a wrong option is a TypeError or RangeError at once, and nothing is connected to', () => {
  const url = 'redis://127.0.0.1:1'
  const wrong: RedisStoreOptions<unknown>[] = [
    {},
    { url, client: createClient() },
    { client: {} as never },
    { client: createClient(), lateWrites: false },
    { url, prefix: '\ud800' },
    { url, codec: {} as never },
    { url, durability: 'forever' as never },
    { url, expireAfterMs: 0 },
    { url, expireAfterMs: 1.5 },
    { url, connectTimeoutMs: -1 },
    { url, commandTimeoutMs: 2 ** 31 },
    { url, maxPending: 0 },
    { url, replicas: { count: 0, timeoutMs: 10 } },
    { url, replicas: { count: 1, timeoutMs: 2000 } },
    { url, replicas: { count: 1 } as never },
    { url, heartbeatMs: Number.NaN },
    { url, heartbeatTimeoutMs: 0 },
  ]
  for (const options of wrong) {
    expect(() => new RedisStore(options), JSON.stringify(options)).toThrow(/^RedisStore: /)
  }
})

describeOnRedis('RedisStore', () => {
  let server: RedisServer
  let admin: Admin
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    admin = await connectAdmin(server.url)
    await admin.sendCommand(['FLUSHALL'])
  })

  test('an entry is a string of its own, under prefix and key, as the codec made it', async () => {
    await openStore(server.url, { prefix: 'users:' }).store('é', { name: 'Ada' })
    expect(await admin.get('users:é')).toBe('{"name":"Ada"}')
    await openStore(server.url, { codec: utf8() }).store('text', 'ü')
    expect(await admin.get('text')).toBe('ü')
  })

  test('bytes come back as they were, whatever they are, and in memory of their own', async () => {
    const store = openStore<Uint8Array>(server.url, { codec: bytes() })
    const value = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)
    const stored = store.store('k', value)
    value[0] = 99
    await stored
    const [first, second] = await Promise.all([store.load('k'), store.load('k')])
    expect(first![0]).toBe(0)
    expect(Buffer.from(first!.subarray(1))).toEqual(Buffer.from(value.subarray(1)))
    first![1] = 99
    expect(second![1]).toBe(1)
    await store.store('empty', new Uint8Array(0))
    expect(await store.load('empty')).toEqual(new Uint8Array(0))
  })

  test('prefixes that a glob could take for another stay apart', async () => {
    const prefixes = ['a*', 'a?', 'a[b]', 'ab', 'a\\', 'a', '^a-']
    const stores = prefixes.map((prefix) => openStore(server.url, { prefix: `${prefix}|` }))
    for (const [place, store] of stores.entries()) await store.store(`of ${prefixes[place]}`, place)
    for (const [place, store] of stores.entries())
      expect(await listed(store)).toEqual([`of ${prefixes[place]}`])
  })

  test('keys tells each key once, while the table of the server grows and shrinks', async () => {
    const store = openStore(server.url)
    const stay = Array.from({ length: 3000 }, (_, n) => `stays ${n}`)
    await store.storeMany(stay.map((key) => [key, 1]))
    const told: string[] = []
    for await (const key of store.keys()) {
      told.push(key)
      if (told.length === 500) {
        await store.storeMany(Array.from({ length: 30_000 }, (_, n) => [`comes ${n}`, 1]))
      }
      if (told.length === 1500) await store.removeMany(Array.from({ length: 30_000 }, (_, n) => `comes ${n}`))
    }
    expect(new Set(told).size).toBe(told.length)
    expect(told.filter((key) => key.startsWith('stays')).length).toBe(3000)
  })

  test('a value goes when it has expired', async () => {
    const store = openStore(server.url, { expireAfterMs: 100 })
    await store.store('k', 1)
    await store.storeMany([['l', 1]])
    for (const key of ['k', 'l']) expect(Number(await admin.sendCommand(['PTTL', key]))).toBeGreaterThan(0)
    await until(async () => (await store.loadMany(['k', 'l'])).size === 0)
    expect(await store.remove('k')).toBe(false)
  })

  test('a signal that aborts before its call is sent takes it back; later it does nothing', async () => {
    const store = openStore(server.url)
    await store.connect()
    const controller = new AbortController()
    const { signal } = controller
    const calls = [
      store.store('k', 1, { signal }),
      store.storeMany([['l', 1]], { signal }),
      store.load('k', { signal }),
    ]
    controller.abort()
    for (const call of calls) expect(await failureOf(call)).toMatchObject({ code: 'ABORTED', applied: 'no' })
    expect(await failureOf(store.remove('k', { signal }))).toMatchObject({ code: 'ABORTED' })
    expect(await store.load('k')).toBeUndefined()
    const later = new AbortController()
    const sent = store.store('k', 2, { signal: later.signal })
    setImmediate(() => setImmediate(() => later.abort()))
    await sent
    expect(await store.load('k')).toBe(2)
  })

  test('calls take effect in their order, those that waited for the connection included', async () => {
    const store = openStore<number>(server.url)
    const calls: Promise<unknown>[] = []
    for (let value = 0; value < 50; value++) calls.push(store.store('k', value))
    calls.push(store.storeMany([['k', 50]]))
    const load = store.load('k')
    await Promise.all(calls)
    expect(await load).toBe(50)
  })

  test('a lone surrogate is INVALID_KEY, and undefined a TypeError', async () => {
    const store = openStore(server.url)
    for (const call of [
      store.store('\ud800', 1),
      store.load('\ud800'),
      store.remove('\ud800'),
      store.storeMany([['\ud800', 1]]),
      store.loadMany(['\ud800']),
      store.removeMany(['\ud800']),
    ]) {
      expect(await failureOf(call)).toMatchObject({ code: 'INVALID_KEY', applied: 'no' })
    }
    await expect(store.store('k', undefined)).rejects.toThrow(TypeError)
    await expect(store.store(1 as never, 1)).rejects.toThrow(TypeError)
  })

  test('a user of its own, with no more rights than the README lists, can do everything', async () => {
    await admin.sendCommand([
      'ACL',
      'SETUSER',
      'app',
      'on',
      '>p@ss:word/',
      '~app:*',
      'resetchannels',
      '-@all',
      '+get',
      '+set',
      '+del',
      '+pttl',
      '+scan',
      '+ping',
      '+info',
      '+hello',
      '+auth',
      '+select',
      '+client|id',
      '+client|kill',
      '+client|tracking',
      '+config|get',
      '+wait',
    ])
    const url = server.url.replace('redis://', `redis://app:${encodeURIComponent('p@ss:word/')}@`)
    const store = openStore(url, { prefix: 'app:', heartbeatMs: 50 })
    await store.store('k', 1)
    expect([await store.load('k'), await listed(store), await store.remove('k')]).toEqual([1, ['k'], true])
    const changes: string[] = []
    await store.subscribe!(({ type }) => void changes.push(type))
    await until(() => changes.includes('up'))
    expect(await failureOf(openStore(url, { prefix: 'other:' }).store('k', 1))).toMatchObject({
      code: 'WRITE_FAILURE',
      applied: 'no',
    })
  })

  test('an idle store does not keep the process alive', async () => {
    const { runProcess } = await import('./run-process.ts')
    const program = `
      const store = new RedisStore({ url: args[0] })
      await store.store('k', 1)
      await store.subscribe(() => {})
      console.log(await store.load('k'))`
    expect(await runProcess(program, server.url)).toBe('1\n')
  })
})

describeOnRedis('keys', () => {
  test('begins anew when the server is another meanwhile, and misses none', async () => {
    const server = await startServer({ appendonly: 'yes', appendfsync: 'always' })
    const store = openStore(server.url)
    await store.storeMany(Array.from({ length: 3000 }, (_, n) => [`k${n}`, 1]))
    const told: string[] = []
    for await (const key of store.keys()) {
      told.push(key)
      if (told.length !== 600) continue
      await server.restart()
      await until(() =>
        store.load('k0').then(
          () => true,
          () => false,
        ),
      )
    }
    expect(told.length).toBe(3000)
    expect(new Set(told).size).toBe(3000)
  })
})

describeOnRedis('a client that is handed in', () => {
  async function handedIn(url: string, options: object = {}) {
    const client = createClient({ url, ...options })
    client.on('error', () => {})
    await client.connect()
    onTestFinished(() => client.destroy())
    return client
  }

  test('serves, is not closed, and promises neither late writes nor news', async () => {
    const server = await startServer()
    for (const options of [{}, { RESP: 2 as const }]) {
      const client = await handedIn(server.url, options)
      const store = new RedisStore({ client, prefix: 'p:', durability: 'process' })
      await store.connect()
      await store.storeMany([
        ['k', 1],
        ['l', { x: [2] }],
      ])
      expect(await store.load('l')).toEqual({ x: [2] })
      expect([await listed(store), await store.remove('k'), await store.remove('k')]).toEqual([
        ['k', 'l'],
        true,
        false,
      ])
      expect([store.lateWrites, store.subscribe, store.durability]).toEqual([true, undefined, 'process'])
      const last = store.store('k', 3)
      await store.close()
      await last
      expect(await failureOf(store.load('k'))).toMatchObject({ code: 'CLOSED' })
      expect(await client.get('p:k')).toBe('3')
    }
  })

  test('answers in time when its server does not, and says what was not sent', async () => {
    const server = await startServer()
    const client = await handedIn(server.url)
    const store = new RedisStore({ client, commandTimeoutMs: 200, maxPending: 2 })
    await store.store('k', 1)
    server.pause()
    const calls = [store.store('k', 2), store.load('k'), store.load('k')]
    const [write, read, beyond] = await Promise.all(calls.map(failureOf))
    expect(beyond).toMatchObject({ code: 'BUSY', applied: 'no' })
    expect(write).toMatchObject({ code: 'UNAVAILABLE', applied: 'unknown' })
    expect(read).toMatchObject({ code: 'UNAVAILABLE' })
    server.resume()
    server.kill()
    await until(() => !client.isReady)
    // The client's own queue would keep it; it is taken back from there.
    expect(await failureOf(store.store('k', 3))).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    const controller = new AbortController()
    const aborted = store.store('k', 4, { signal: controller.signal })
    controller.abort()
    expect(await failureOf(aborted)).toMatchObject({ code: 'ABORTED', applied: 'no' })
    client.destroy()
    expect(await failureOf(store.load('k'))).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
  })
})

describeOnRedis('replicas', () => {
  test('a write is acknowledged when they have it; else it is on the server and its outcome unknown', async () => {
    const primary = await startServer({ 'repl-diskless-sync-delay': '0' })
    const replica = await startServer({ replicaof: `127.0.0.1 ${primary.port}` })
    const admin = await connectAdmin(replica.url)
    await until(async () =>
      String(await admin.sendCommand(['INFO', 'replication'])).includes('master_link_status:up'),
    )
    const store = openStore(primary.url, { replicas: { count: 1, timeoutMs: 1000 } })
    await store.store('k', 1)
    await store.storeMany([['l', 1]])
    expect([await admin.get('k'), await admin.get('l')]).toEqual(['1', '1'])
    const hasty = openStore(primary.url, { replicas: { count: 1, timeoutMs: 50 } })
    replica.pause()
    expect(await failureOf(hasty.store('k', 2))).toMatchObject({
      code: 'WRITE_FAILURE',
      applied: 'unknown',
      key: 'k',
    })
    const bulk = await hasty
      .storeMany([
        ['k', 3],
        ['l', 3],
      ])
      .catch((error) => error)
    expect([...bulk.failures.keys()]).toEqual(['k', 'l'])
    expect(bulk.failures.get('l')).toMatchObject({ code: 'WRITE_FAILURE', applied: 'unknown' })
    expect(await openStore(primary.url).load('k')).toBe(3)
    replica.resume()
  })
})

describeOnRedis('through a proxy', () => {
  test('nothing that was sent once is sent again', async () => {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const proxy = await startProxy(server)
    const store = openStore(proxy.url)
    await store.store('k', 1)
    proxy.hold('toClient')
    const write = store.store('k', 2)
    await until(async () => (await admin.get('k')) === '2')
    proxy.cut()
    proxy.release()
    expect(await failureOf(write)).toMatchObject({ code: 'UNAVAILABLE', applied: 'unknown' })
    await admin.set('k', '3')
    expect(await store.load('k')).toBe(3)
  })
})
