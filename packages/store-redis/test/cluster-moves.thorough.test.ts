import { afterAll, beforeAll, expect, test } from 'vitest'
import { slotOf } from '../src/cluster/slot.ts'
import { holds, isEqual, openCache } from './cluster-cache-fixtures.ts'
import { openClusterStore } from './cluster-fixtures.ts'
import { describeOnRedis, failureOf, until } from './fixtures.ts'
import { RedisCluster } from './servers/redis-cluster.ts'
import { targetOf, Writer } from './writers.ts'

const SLOT = slotOf('foo')
const KEYS = Array.from({ length: 8 }, (_, index) => `{foo}${index}`)

describeOnRedis('a fault while a slot is on its way', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await RedisCluster.start()
  }, 60_000)
  afterAll(() => cluster.stop())

  async function killClients(index: number): Promise<number> {
    return Number(await cluster.send(index, 'CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'yes'))
  }

  test('of the connections: what was acknowledged is there, before the move is finished and after it', async () => {
    const [from, to] = [await cluster.ownerOf(SLOT), 0]
    expect(from).not.toBe(to)
    const coherent = await openCache(cluster)
    const store = openClusterStore<number>(cluster)
    const writers = [new Writer(targetOf(store), KEYS.slice(0, 4)), new Writer(coherent.cache, KEYS.slice(4))]
    const goOn = async () => {
      const before = writers.map(({ acknowledged }) => acknowledged)
      await until(() => writers.every(({ acknowledged }, place) => acknowledged > before[place]! + 20))
    }
    await goOn()
    const move = await cluster.beginMove(SLOT, to)
    for (const index of [from, to]) {
      await goOn()
      expect(await killClients(index)).toBeGreaterThan(0)
    }
    await goOn()
    await move.migrateKeys()
    for (const index of [from, to]) expect(await killClients(index)).toBeGreaterThan(0)
    await goOn()
    await move.finish()
    await goOn()
    const written = await Promise.all(writers.map((writer) => writer.end()))
    expect(written.flatMap(({ troubles }) => troubles)).toEqual([])
    const other = openClusterStore<number>(cluster)
    for (const [key, values] of written.flatMap(({ mayHold }) => [...mayHold])) {
      expect([...values], key).toContain(await other.load(key))
    }
    await holds(coherent.cache)
    await until(() => isEqual(coherent, other, KEYS))
  })

  test('of the node that it leaves: its keys are all there when the move was made again, and caches follow', async () => {
    const source = await cluster.ownerOf(SLOT)
    const target = (await cluster.primaries()).find((index) => index !== source)!
    const coherent = await openCache(cluster)
    const replicas = { count: 1, timeoutMs: 1000 }
    const store = openClusterStore<number>(cluster, { replicas })
    for (const [value, key] of KEYS.entries()) await store.store(key, value)
    await cluster.beginMove(SLOT, target)
    const gone = KEYS.slice(0, 4)
    const { port } = cluster.nodes[target]!
    await cluster.send(source, 'MIGRATE', '127.0.0.1', port, '', 0, 5000, 'KEYS', ...gone)
    for (const [value, key] of KEYS.entries()) expect(await store.load(key)).toBe(value)
    const [replica] = await cluster.replicasOf(source)
    cluster.nodes[source]!.kill()
    expect(await failureOf(store.load(KEYS.at(-1)!))).toMatchObject({ code: 'UNAVAILABLE' })
    await until(async () => (await store.load(KEYS.at(-1)!).catch(() => undefined)) === KEYS.length - 1)
    // Redis 7 has not told the replica of the move: it answers that there is nothing of what has gone already.
    for (const [value, key] of gone.entries()) expect([undefined, value]).toContain(await store.load(key))
    // The target takes nobody else for the slot's owner than whom it waits for, and so the Cluster for down.
    await cluster.send(target, 'CLUSTER', 'SETSLOT', SLOT, 'STABLE')
    await cluster.settled()
    expect(await cluster.ownerOf(SLOT)).toBe(replica)
    await cluster.moveSlot(SLOT, target)
    for (const [value, key] of KEYS.entries()) expect(await store.load(key)).toBe(value)
    await holds(coherent.cache)
    await until(() => isEqual(coherent, store, KEYS))
    await cluster.restart(source)
  })
})
