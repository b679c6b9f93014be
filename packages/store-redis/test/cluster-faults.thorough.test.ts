import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RedisStore } from '../src/index.ts'
import { type Coherent, holds, isEqual, openCache } from './cluster-cache-fixtures.ts'
import { keysOn, openClusterStore, startProxies } from './cluster-fixtures.ts'
import { describeOnRedis, failureOf, until } from './fixtures.ts'
import { disturb, NETWORK_FAULTS } from './histories/faults.ts'
import { oneOf, randomFrom } from './histories/random.ts'
import { RedisCluster } from './servers/redis-cluster.ts'
import type { TcpProxy } from './servers/tcp-proxy.ts'
import { ownClock, type Target, Writer, type Written } from './writers.ts'

const SEED = 20_267
const HEARTBEATS = { heartbeatMs: 100, heartbeatTimeoutMs: 400 }
const STALE_MS = 3 * HEARTBEATS.heartbeatTimeoutMs
const TIMEOUTS = { connectTimeoutMs: 700, commandTimeoutMs: 700 }
const ANSWER_MS = 3 * TIMEOUTS.connectTimeoutMs + 2 * TIMEOUTS.commandTimeoutMs
const FAULTS_MS = 8000

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

  test(`a network that cuts, refuses, delays and holds back: every call is answered in time, nothing is lost, nothing grows (seed ${SEED})`, async () => {
    const random = randomFrom(SEED)
    const options = { ...HEARTBEATS, ...TIMEOUTS, maxPending: 100 }
    const caches = [await openCache(proxies[0]!.url, options), await openCache(proxies[1]!.url, options)]
    const stores = [2, 3].map((index) => openClusterStore<number>(proxies[index]!.url, options))
    const keys = await keysOf(12)
    const targets: Target[] = [...stores.map(targetOf), ...caches.map(({ cache }) => cache)]
    const writers = targets.map((target, place) => new Writer(target, shareOf(keys, place)))
    let isOver = false
    const reading = caches.map(async ({ cache }) => {
      while (!isOver) {
        await cache.get(oneOf(random, keys)).catch(() => {})
        await sleep(5)
      }
    })
    const faults = { ...NETWORK_FAULTS, delay: delay }
    const end = performance.now() + FAULTS_MS
    const struck = await disturb({ proxies, random }, faults, random, () => performance.now() > end)
    isOver = true
    await Promise.all(reading)
    const written = await Promise.all(writers.map((writer) => writer.end()))
    console.log(
      struck,
      written.map(({ acknowledged, failures, longestMs }) => ({ acknowledged, ...failures, longestMs })),
    )
    const store = openClusterStore<number>(cluster.urls[0]!)
    await isAtRest(written, caches, store)
    for (const { longestMs } of written.slice(0, stores.length)) expect(longestMs).toBeLessThan(ANSWER_MS)
    expect(written.reduce((sum, { failures }) => sum + failures.unknown, 0)).toBeGreaterThan(0)
    // No call is counted that was answered.
    for (const each of [...stores, ...caches.map((coherent) => coherent.store)]) {
      await until(() =>
        each.load('free').then(
          () => true,
          () => false,
        ),
      )
      const calls = Array.from({ length: options.maxPending + 1 }, (_, n) => each.load(`free ${n}`))
      expect(await failureOf(calls.pop()!)).toMatchObject({ code: 'BUSY' })
      await Promise.all(calls)
    }
    // One of each store, and another of each cache's.
    const most = stores.length + 2 * caches.length + 1
    for (const index of cluster.nodes.keys()) {
      await until(async () => (await clientsOf(index)).length <= most)
    }
  })
})

function targetOf(store: RedisStore<number>): Target {
  return { put: async (key, value) => store.store(key, value), get: async (key) => store.load(key) }
}

/** Every fourth key. */
function shareOf(keys: readonly string[], place: number): string[] {
  return keys.filter((_, each) => each % 4 === place)
}

async function delay({
  proxies,
  random,
}: {
  proxies: readonly TcpProxy[]
  random: () => number
}): Promise<void> {
  const proxy = oneOf(random, proxies)
  proxy.delayMs = random() * 1000
  await sleep(random() * 1000)
  proxy.delayMs = 0
}
