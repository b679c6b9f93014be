import { AsyncWriteThroughCache } from '@wt/core'
import { expect, test } from 'vitest'
import {
  connectAdmin,
  describeOnRedis,
  failureOf,
  openStore,
  startProxy,
  startServer,
  until,
} from './fixtures.ts'
import type { RedisServer } from './servers/redis-server.ts'
import type { TcpProxy } from './servers/tcp-proxy.ts'

const HEARTBEATS = { heartbeatMs: 100, heartbeatTimeoutMs: 1000 }

/** A primary, and a replica that follows it through a proxy. */
async function startPair() {
  const primary = await startServer()
  const link = await startProxy(primary)
  const replica = await startServer({ replicaof: `127.0.0.1 ${link.port}`, 'repl-diskless-sync-delay': '0' })
  const admin = await connectAdmin(replica.url)
  await until(async () => String(await admin.info('replication')).includes('master_link_status:up'))
  const promote = () => admin.sendCommand(['REPLICAOF', 'NO', 'ONE'])
  return { primary, link, replica, admin, promote }
}

/** The address that a service keeps whoever is its primary. */
async function serviceOf(
  primary: RedisServer,
): Promise<{ readonly address: TcpProxy; moveTo(to: RedisServer): void }> {
  const address = await startProxy(primary)
  const moveTo = (to: RedisServer) => {
    address.target = to.port
    address.cut()
  }
  return { address, moveTo }
}

describeOnRedis('a failover to a replica', () => {
  test('in order: who stays with the demoted primary can write no more, holds nothing, and reads', async () => {
    const { primary, replica, promote } = await startPair()
    const store = openStore<number>(primary.url, HEARTBEATS)
    const cache = new AsyncWriteThroughCache(store, { capacity: 10 })
    await cache.put('a', 1)
    await until(async () => (await cache.get('a')) === 1 && cache.peek('a') === 1)
    await promote()
    await (await connectAdmin(primary.url)).sendCommand(['REPLICAOF', '127.0.0.1', String(replica.port)])
    expect(await failureOf(cache.put('a', 2))).toMatchObject({ code: 'READ_ONLY', applied: 'no' })
    await until(() => cache.peek('a') === undefined)
    await openStore<number>(replica.url).store('a', 3)
    // Until a heartbeat has failed it goes on holding what it reads.
    await until(async () => (await cache.get('a')) === 3 && cache.peek('a') === undefined)
  })

  test('behind an address that stays: what was held is forgotten, and changes are told by the new primary', async () => {
    const { primary, replica, link, admin, promote } = await startPair()
    const { address, moveTo } = await serviceOf(primary)
    const store = openStore<number>(address.url, HEARTBEATS)
    const cache = new AsyncWriteThroughCache(store, { capacity: 10 })
    await cache.put('kept', 1)
    await until(async () => (await admin.get('kept')) === '1')
    // What comes now does not reach the replica, though it is acknowledged.
    link.hold('toClient')
    await cache.put('lost', 2)
    await until(async () => (await cache.get('lost')) === 2 && cache.peek('lost') === 2)
    primary.kill()
    await link.stop()
    await promote()
    moveTo(replica)
    await until(async () => (await cache.get('kept').catch(() => undefined)) === 1)
    expect(await cache.get('lost')).toBeUndefined()
    await until(async () => (await cache.get('kept')) === 1 && cache.peek('kept') === 1)
    await openStore<number>(replica.url).store('kept', 3)
    await until(() => cache.peek('kept') === undefined)
    expect(await cache.get('kept')).toBe(3)
  })

  test('while there is no primary calls are UNAVAILABLE', async () => {
    const { primary } = await startPair()
    const store = openStore<number>(primary.url)
    await store.store('a', 1)
    primary.kill()
    expect(await failureOf(store.store('a', 2))).toMatchObject({ code: 'UNAVAILABLE' })
    expect(await failureOf(store.load('a'))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('with replicas: count 1, what was acknowledged is on the replica that is promoted', async () => {
    const { primary, replica, link, promote } = await startPair()
    const store = openStore<number>(primary.url, { replicas: { count: 1, timeoutMs: 3000 } })
    const acknowledged: string[] = []
    const writing = Array.from({ length: 20 }, async (_, client) => {
      for (let count = 0; count < 200; count++) {
        const key = `${client}:${count}`
        const failure = await store.store(key, 1).catch((error: unknown) => error)
        if (failure !== undefined) return
        acknowledged.push(key)
        // In the midst of it.
        if (acknowledged.length === 500) primary.kill()
      }
    })
    await Promise.all(writing)
    expect(acknowledged.length).toBeGreaterThanOrEqual(500)
    await link.stop()
    await promote()
    const found = await openStore<number>(replica.url).loadMany(acknowledged)
    expect(acknowledged.filter((key) => !found.has(key))).toEqual([])
  })
})
