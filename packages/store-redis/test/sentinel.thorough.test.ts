import { AsyncWriteThroughCache } from '@wt/core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { RedisStore, type RedisStoreOptions } from '../src/index.ts'
import { describeOnRedis, failureOf, startServer, until } from './fixtures.ts'
import { freePort, type RedisServer } from './servers/redis-server.ts'
import { NAME, RedisSentinels } from './servers/redis-sentinels.ts'

const HEARTBEATS = { heartbeatMs: 100, heartbeatTimeoutMs: 1000 }

function openStore(nodes: readonly string[], options: RedisStoreOptions<number> = {}): RedisStore<number> {
  const sentinel = { name: NAME, nodes }
  const store = new RedisStore<number>({ sentinel, ...HEARTBEATS, ...options })
  onTestFinished(() => store.close())
  return store
}

async function start(password?: string): Promise<RedisSentinels> {
  const all = await RedisSentinels.start(password)
  onTestFinished(() => all.stop())
  return all
}

/** A Sentinel by itself, which says for ever what it was told. */
async function startLoner(port: number): Promise<RedisServer> {
  return startServer({ sentinel: `monitor ${NAME} 127.0.0.1 ${port} 9` })
}

/** Writes it again until that is acknowledged: the outcome of a write while the primary changes. */
async function eventually(write: () => Promise<void>): Promise<void> {
  await until(() =>
    write().then(
      () => true,
      () => false,
    ),
  )
}

describeOnRedis('by Sentinels that watch a primary', () => {
  let all: RedisSentinels
  beforeAll(async () => {
    all = await RedisSentinels.start('servers-secret')
  }, 60_000)
  afterAll(() => all.stop())
  const connection = { password: 'servers-secret' }

  test('a store finds it, and caches hear of what others write', async () => {
    const cache = new AsyncWriteThroughCache(openStore(all.urls, { connection }), { capacity: 10 })
    await cache.put('a', 1)
    await until(async () => (await cache.get('a')) === 1 && cache.peek('a') === 1)
    await openStore(all.urls, { connection }).store('a', 2)
    await until(() => cache.peek('a') === undefined)
    expect(await cache.get('a')).toBe(2)
  })

  test('one that is gone, that hangs, or that tells of an address where nobody is, holds nobody up for long', async () => {
    const hangs = await startLoner(await freePort())
    hangs.pause()
    onTestFinished(() => hangs.resume())
    const misled = await startLoner(await freePort())
    const gone = `redis://127.0.0.1:${await freePort()}`
    const store = openStore([gone, hangs.url, misled.url, all.urls[0]!], { connection })
    // The first attempt is misled, the second begins with the one who knows.
    expect(await failureOf(store.store('b', 1))).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    await eventually(() => store.store('b', 2))
    expect(await store.load('b')).toBe(2)
  })

  test('where no Sentinel answers, or knows the name, calls are UNAVAILABLE within connectTimeoutMs, and say why', async () => {
    const silent = await Promise.all(Array.from({ length: 3 }, async () => startLoner(await freePort())))
    for (const each of silent) each.pause()
    const store = openStore(
      silent.map(({ url }) => url),
      { connectTimeoutMs: 600 },
    )
    const began = performance.now()
    const failure = await failureOf(store.load('a'))
    expect(performance.now() - began).toBeLessThan(5000)
    expect(failure).toMatchObject({ code: 'UNAVAILABLE' })
    expect(failure.message).toContain(`no Sentinel tells where ${NAME} is: no answer within 200 ms`)
    for (const each of silent) each.resume()
    const other = new RedisStore({ sentinel: { name: 'other', nodes: [all.urls[0]!] } })
    onTestFinished(() => other.close())
    expect((await failureOf(other.load('a'))).message).toContain('127.0.0.1 watches no other')
  })

  test('a server that is no primary is not written to, nor read from', async () => {
    const loner = await startLoner(all.servers[1]!.port)
    const failure = await failureOf(openStore([loner.url], { connection }).load('a'))
    expect(failure).toMatchObject({ code: 'UNAVAILABLE' })
    expect(failure.message).toContain('it is no primary now, but a slave')
  })

  test('passwords of Sentinels and servers are their own, and in no message', async () => {
    const sentinel = `monitor ${NAME} 127.0.0.1 ${all.servers[0]!.port} 9`
    const guarded = await startServer({ sentinel, requirepass: 'own-secret' })
    const url = guarded.url.replace('//', '//:own-secret@')
    const store = openStore([url], { connection })
    await store.store('c', 3)
    expect(await store.load('c')).toBe(3)
    const credentials = async () => ({ password: 'wrong-secret' })
    const provided = new RedisStore<number>({
      sentinel: {
        ...{ name: `${NAME} wrong-secret`, nodes: [guarded.url] },
        connection: { credentialsProvider: { type: 'async-credentials-provider', credentials } },
      },
    })
    onTestFinished(() => provided.close())
    expect((await failureOf(provided.load('c'))).message).toContain('where mymaster *** is')
    for (const [wrong, options] of [
      [guarded.url.replace('//', '//:wrong-secret@'), { connection }],
      [url, { connection: { password: 'wrong-secret' } }],
    ] as const) {
      const failure = await failureOf(openStore([wrong], options).load('c'))
      expect(failure).toMatchObject({ code: 'UNAVAILABLE' })
      expect(failure.message).toMatch(/WRONGPASS/)
      expect(`${failure.stack}${failure.cause}`).not.toMatch(/own-secret|wrong-secret|servers-secret/)
    }
  })
})

describeOnRedis('a failover by Sentinels', () => {
  test('that was ordered: stores and caches follow it, and what was acknowledged is there', async () => {
    const all = await start()
    const cache = new AsyncWriteThroughCache(openStore(all.urls), { capacity: 100 })
    const other = openStore(all.urls, { replicas: { count: 1, timeoutMs: 500 } })
    await cache.put('held', 1)
    await until(async () => (await cache.get('held')) === 1 && cache.peek('held') === 1)
    const acknowledged = new Map<string, number>()
    let isOver = false
    const writing = (async () => {
      for (let count = 0; !isOver; count++) {
        const key = `k${count % 50}`
        // What is not known may be there or not; it is written again.
        await eventually(() => other.store(key, count))
        acknowledged.set(key, count)
        await cache.get(key).catch(() => {})
      }
    })()
    await all.failedOver(true)
    await all.demoted()
    // The new primary has a replica again, without which nothing is acknowledged.
    await eventually(() => other.store('after', 1))
    isOver = true
    await writing
    expect(acknowledged.size).toBeGreaterThan(10)
    await until(async () => (await cache.get('held')) === 1 && cache.peek('held') === 1)
    const found = await openStore(all.urls).loadMany([...acknowledged.keys()])
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(acknowledged))
    for (const [key, value] of acknowledged) expect(await cache.get(key)).toBe(value)
    await openStore(all.urls).store('held', 2)
    await until(() => cache.peek('held') === undefined)
    expect(await cache.get('held')).toBe(2)
  })

  test('from a primary that was killed: caches are down meanwhile, and equal to the store then', async () => {
    const all = await start()
    const cache = new AsyncWriteThroughCache(openStore(all.urls), { capacity: 10 })
    await openStore(all.urls, { replicas: { count: 1, timeoutMs: 1500 } }).store('a', 1)
    await until(async () => (await cache.get('a')) === 1 && cache.peek('a') === 1)
    all.servers[0]!.kill()
    await until(() => cache.peek('a') === undefined)
    expect(await failureOf(cache.get('a'))).toMatchObject({ code: 'UNAVAILABLE' })
    await all.failedOver(false)
    await until(async () => (await cache.get('a').catch(() => undefined)) === 1 && cache.peek('a') === 1)
    // It comes back as it was, a primary, and is demoted.
    await all.servers[0]!.start()
    await all.demoted()
    await openStore(all.urls).store('a', 2)
    await until(() => cache.peek('a') === undefined)
    expect(await cache.get('a')).toBe(2)
  })

  test('from a primary that stood still: what waited in its sockets is never seen', async () => {
    const all = await start()
    const first = all.servers[0]!
    const store = openStore(all.urls, { commandTimeoutMs: 1000 })
    await store.store('a', 1)
    first.pause()
    onTestFinished(() => void (first.isRunning && first.resume()))
    const late = await failureOf(store.store('a', 2))
    expect(late).toMatchObject({ code: 'UNAVAILABLE', applied: 'unknown' })
    await all.failedOver(false)
    await eventually(() => store.store('a', 3))
    first.resume()
    await all.demoted()
    expect(await store.load('a')).toBe(3)
    // The server that carried the late write out has what the new primary has.
    await until(async () => (await all.send(first, 'GET', 'a')) === '3')
    expect(await store.load('a')).toBe(3)
  })
})
