import { afterAll, beforeAll, expect, test } from 'vitest'
import { slotOf } from '../src/cluster/slot.ts'
import { holds, isEqual, openCache } from './cluster-cache-fixtures.ts'
import { keysOn, openClusterStore, startOneNode } from './cluster-fixtures.ts'
import { connectAdmin, describeOnRedis, startServer, until } from './fixtures.ts'
import { oneOf, randomFrom } from './histories/random.ts'
import { RedisCluster } from './servers/redis-cluster.ts'

const SEED = 20_261

describeOnRedis('caches over a Cluster of six nodes', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await RedisCluster.start()
  }, 60_000)
  afterAll(() => cluster.stop())

  test('hear of changes on every node, and of its FLUSHALL', async () => {
    const coherent = await openCache(cluster, { prefix: 'p:' })
    const keys = (await Promise.all([0, 1, 2].map((index) => keysOn(cluster, index, 5, 'p:')))).flat()
    for (const key of keys) await coherent.cache.put(key, 1)
    await until(() => isEqual(coherent, coherent.store, keys))
    const other = openClusterStore<number>(cluster, { prefix: 'p:' })
    await other.storeMany(keys.map((key) => [key, 2]))
    for (const key of keys) await until(async () => (await coherent.cache.get(key)) === 2)
    await cluster.send(1, 'FLUSHALL')
    await until(() => coherent.changes.some(({ type }) => type === 'all'))
    for (const key of await keysOn(cluster, 1, 5, 'p:')) {
      await until(async () => (await coherent.cache.get(key)) === undefined)
    }
  })

  test('of a prefix with a tag follow its slot to a node that was of no interest before', async () => {
    const coherent = await openCache(cluster, { prefix: '{one}:' })
    const slot = slotOf('one')
    const other = openClusterStore<number>(cluster, { prefix: '{one}:' })
    expect(await coherent.cache.get('k')).toBe(undefined)
    await until(() => coherent.cache.get('k').then(() => coherent.cache.stats().negativeHits > 0))
    const from = await cluster.ownerOf(slot)
    // Nobody asks for the key: that it was absent is remembered, and no key tells that it goes.
    await cluster.moveSlot(slot, (from + 1) % 3)
    await other.store('k', 1)
    await until(async () => (await coherent.cache.get('k')) === 1)
    await holds(coherent.cache)
    await coherent.cache.get('k')
    expect(coherent.cache.peek('k')).toBe(1)
    await other.store('k', 2)
    await until(async () => (await coherent.cache.get('k')) === 2)
  })

  test('are told all when a slot has another owner, though both were heard all the time', async () => {
    const coherent = await openCache(cluster)
    const [key] = await keysOn(cluster, 0, 1)
    const since = coherent.changes.length
    await cluster.moveSlot(slotOf(key!), 1)
    await until(() => coherent.changes.slice(since).some(({ type }) => ['all', 'up'].includes(type)))
    await cluster.moveSlot(slotOf(key!), 0)
  })

  test(`that write and read while slots move are equal to the store at rest (seed ${SEED})`, async () => {
    const random = randomFrom(SEED)
    const caches = [await openCache(cluster), await openCache(cluster)]
    const keys = (await Promise.all([0, 1, 2].map((index) => keysOn(cluster, index, 4)))).flat()
    let isMoving = true
    const moves = (async () => {
      for (let round = 0; round < 6; round++) {
        const key = oneOf(random, keys)
        const to = ((await cluster.ownerOf(slotOf(key))) + 1) % 3
        await cluster.moveSlot(slotOf(key), to)
      }
      isMoving = false
    })()
    for (let value = 1; isMoving; value++) {
      const { cache } = caches[value % 2]!
      const calls: Promise<unknown>[] = [cache.put(oneOf(random, keys), value)]
      for (const each of caches) calls.push(each.cache.get(oneOf(random, keys)))
      // None fails: what a node does not carry out, another does.
      await Promise.all(calls)
    }
    await moves
    const store = openClusterStore<number>(cluster)
    for (const each of caches) {
      await holds(each.cache)
      await until(() => isEqual(each, store, keys))
      each.cache.assertInvariants(true)
    }
  })

  test('are down when a primary dies, up when its replica is promoted, and equal to the store then', async () => {
    const caches = [await openCache(cluster), await openCache(cluster)]
    const [index] = await cluster.primaries()
    const keys = (
      await Promise.all((await cluster.primaries()).map((each) => keysOn(cluster, each, 4)))
    ).flat()
    for (const [place, key] of keys.entries()) await caches[0]!.cache.put(key, place)
    const since = caches.map(({ changes }) => changes.length)
    let isKilling = true
    const killed = cluster.kill(index!).finally(() => {
      isKilling = false
    })
    for (let value = 100; isKilling; value++) {
      const { cache } = caches[value % 2]!
      const calls = keys.map((key, place) =>
        place % 3 === value % 3 ? cache.put(key, value) : cache.get(key),
      )
      // Refused, or of unknown outcome, while nobody has the slots of the dead node.
      await Promise.allSettled(calls)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await killed
    const store = openClusterStore<number>(cluster)
    for (const [place, each] of caches.entries()) {
      await holds(each.cache)
      const types = each.changes.slice(since[place]).map(({ type }) => type)
      expect(types.indexOf('down')).toBeGreaterThanOrEqual(0)
      expect(types.lastIndexOf('up')).toBeGreaterThan(types.indexOf('down'))
      await until(() => isEqual(each, store, keys))
      each.cache.assertInvariants(true)
    }
    const [key] = await keysOn(cluster, (await cluster.primaries())[0]!, 1)
    await store.store(key!, -1)
    for (const { cache } of caches) await until(async () => (await cache.get(key!)) === -1)
    await cluster.restart(index!)
  })
})

describeOnRedis('caches over a Cluster that gets another node', () => {
  test('hear of it while its first slot is on its way, and when it has come, though nobody asked for it', async () => {
    const first = await startOneNode()
    const second = await startServer({ 'cluster-enabled': 'yes' })
    const [admin, newcomer] = [await connectAdmin(first.url), await connectAdmin(second.url)]
    await admin.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', String(second.port)])
    await until(async () => /known_nodes:2/.test(String(await newcomer.sendCommand(['CLUSTER', 'INFO']))))
    await until(async () => /cluster_state:ok/.test(String(await newcomer.sendCommand(['CLUSTER', 'INFO']))))
    const coherent = await openCache(first)
    const { cache } = coherent
    await cache.get('k')
    await until(() => cache.get('k').then(() => cache.stats().negativeHits > 0))
    const setSlot = (who: typeof admin, ...how: string[]) =>
      who.sendCommand(['CLUSTER', 'SETSLOT', String(slotOf('k')), ...how])
    const ids = [
      await admin.sendCommand(['CLUSTER', 'MYID']),
      await newcomer.sendCommand(['CLUSTER', 'MYID']),
    ]
    await setSlot(newcomer, 'IMPORTING', String(ids[0]))
    await setSlot(admin, 'MIGRATING', String(ids[1]))
    const other = openClusterStore<number>(first)
    // It is created on the new node, of which the one that has the slot knows.
    await other.store('k', 1)
    await until(async () => (await cache.get('k')) === 1)
    await holds(cache)
    await until(() => cache.get('k').then(() => cache.peek('k') === 1))
    await other.store('k', 2)
    await until(async () => (await cache.get('k')) === 2)
    for (const who of [newcomer, admin]) await setSlot(who, 'NODE', String(ids[1]))
    await other.store('k', 3)
    await until(async () => (await cache.get('k')) === 3)
    await until(() => cache.get('k').then(() => cache.peek('k') === 3))
    await other.remove('k')
    await until(async () => (await cache.get('k')) === undefined)
  })
})
