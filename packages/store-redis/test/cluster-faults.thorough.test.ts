import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RedisStore } from '../src/index.ts'
import { type Coherent, holds, isEqual, openCache } from './cluster-cache-fixtures.ts'
import { keysOn, openClusterStore, startProxies } from './cluster-fixtures.ts'
import { describeOnRedis, until } from './fixtures.ts'
import { RedisCluster } from './servers/redis-cluster.ts'
import type { TcpProxy } from './servers/tcp-proxy.ts'
import { ownClock, type Target, targetOf, Writer, type Written } from './writers.ts'

const HEARTBEATS = { heartbeatMs: 100, heartbeatTimeoutMs: 400 }
const STALE_MS = 3 * HEARTBEATS.heartbeatTimeoutMs

describeOnRedis('a Cluster of six nodes, each behind a proxy', () => {
  let cluster: RedisCluster
  let proxies: readonly TcpProxy[]
  beforeAll(async () => {
    cluster = await RedisCluster.start()
    proxies = await startProxies(cluster)
  }, 60_000)
  afterAll(async () => {
    cluster.stop()
    for (const proxy of proxies) await proxy.stop()
  })
  beforeEach(async () => {
    for (const index of await cluster.primaries()) await cluster.send(index, 'FLUSHALL')
  })

  /** So many keys of each node. */
  async function keysOf(count: number): Promise<string[]> {
    return (await Promise.all([0, 1, 2].map((index) => keysOn(cluster, index, count)))).flat()
  }

  /** The connections that the node has of clients, but for the one that asks. */
  async function clientsOf(index: number): Promise<{ id: string; port: number; tracks: boolean }[]> {
    const list = String(await cluster.send(index, 'CLIENT', 'LIST', 'TYPE', 'NORMAL'))
    return list
      .trim()
      .split('\n')
      .filter((line) => !line.includes('cmd=client|list'))
      .map((line) => {
        const [, id, port, flags] = /^id=(\d+) addr=\S*?:(\d+) .*flags=(\w+)/.exec(line)!
        return { id: id!, port: Number(port), tracks: flags!.includes('B') }
      })
  }

  /** At rest the store holds what the writers left, and the caches what the store holds. */
  async function isAtRest(
    written: readonly Written[],
    caches: readonly Coherent[],
    store: RedisStore<number>,
  ): Promise<void> {
    expect(written.flatMap(({ troubles }) => troubles)).toEqual([])
    const mayHold = written.flatMap((each) => [...each.mayHold])
    const stored = await store.loadMany(mayHold.map(([key]) => key))
    for (const [key, values] of mayHold) expect([...values], key).toContain(stored.get(key))
    const keys = mayHold.map(([key]) => key)
    for (const each of caches) {
      await holds(each.cache)
      await until(() => isEqual(each, store, keys))
      each.cache.assertInvariants(true)
    }
  }

  test('a RESET of a connection that tells costs its cache no more than the bound, whichever node it is of', async () => {
    const caches = [
      await openCache(proxies[0]!.url, HEARTBEATS),
      await openCache(proxies[1]!.url, HEARTBEATS),
    ]
    const other = openClusterStore<number>(proxies[2]!.url)
    const keys = await keysOf(1)
    const clock = ownClock()
    let value = 0
    for (const index of [0, 1, 2]) {
      const key = keys[index]!
      for (const { id, port } of (await clientsOf(index)).filter(({ tracks }) => tracks)) {
        for (const each of caches) {
          await holds(each.cache)
          await until(async () => (await each.cache.get(key)) === each.cache.peek(key))
        }
        const since = caches.map(({ changes }) => changes.length)
        proxies[index]!.inject('RESET', '+RESET\r\n', port)
        await until(async () => !(await clientsOf(index)).find((client) => client.id === id)?.tracks)
        await other.store(key, ++value)
        const toldBy = clock.nowMs() + STALE_MS
        for (const { cache } of caches) {
          for (let answer: number | undefined; answer !== value; ) {
            const isLate = clock.nowMs() > toldBy
            answer = await cache.get(key)
            if (isLate) expect(answer, key).toBe(value)
            // Hits alone would leave no time for news.
            await sleep(1)
          }
        }
        const types = () =>
          caches.map(({ changes }, place) => changes.slice(since[place]).map(({ type }) => type))
        await until(() => types().some((each) => each.includes('down') && each.at(-1) === 'up'))
        // It is left for another.
        await until(async () => !(await clientsOf(index)).some((client) => client.id === id))
      }
    }
    clock.stop()
    for (const each of caches) await until(() => isEqual(each, other, keys))
  })

  test('connections that are killed one by one, on any node, lose no acknowledged write and leave no cache stale', async () => {
    const caches = [
      await openCache(proxies[0]!.url, HEARTBEATS),
      await openCache(proxies[1]!.url, HEARTBEATS),
    ]
    const store = openClusterStore<number>(proxies[2]!.url)
    const keys = await keysOf(9)
    const targets: Target[] = [...caches.map(({ cache }) => cache), targetOf(store)]
    const writers = targets.map((target, place) => new Writer(target, shareOf(keys, place)))
    const since = caches.map(({ changes }) => changes.length)
    let killed = 0
    for (const index of cluster.nodes.keys()) {
      for (const { id } of await clientsOf(index)) {
        killed += Number(await cluster.send(index, 'CLIENT', 'KILL', 'ID', id))
        for (const { cache } of caches) await Promise.allSettled(keys.map((key) => cache.get(key)))
        await sleep(50)
      }
    }
    const written = await Promise.all(writers.map((writer) => writer.end()))
    // Two of each cache and one of the store, on each primary.
    expect(killed).toBeGreaterThanOrEqual(12)
    for (const [place, { changes }] of caches.entries()) {
      const downs = changes.slice(since[place]).filter(({ type }) => type === 'down')
      expect(downs.length).toBeGreaterThanOrEqual(3)
    }
    for (const { acknowledged } of written) expect(acknowledged).toBeGreaterThan(0)
    await isAtRest(written, caches, store)
  })
})

/** Every third key. */
function shareOf(keys: readonly string[], place: number): string[] {
  return keys.filter((_, each) => each % 3 === place)
}
