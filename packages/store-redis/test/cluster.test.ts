import { createClient } from '@redis/client'
import { BulkStoreError, newVersion } from '@wt/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { slotOf } from '../src/cluster/slot.ts'
import { RedisStore } from '../src/index.ts'
import { keysOn, openClusterStore } from './cluster-fixtures.ts'
import { describeOnRedis, failureOf } from './fixtures.ts'
import { freePort } from './servers/redis-server.ts'
import { RedisCluster } from './servers/redis-cluster.ts'

test('a wrong option of a Cluster is a TypeError at once, and shows no password', () => {
  const url = 'redis://:S3cret@127.0.0.1:1'
  for (const options of [
    { cluster: [] },
    { cluster: 'redis://127.0.0.1:1' as never },
    { cluster: [url], url },
    { cluster: [url], client: createClient() },
    { cluster: [`${url}/1`] },
    { cluster: [url], connection: { database: 1 } },
    { cluster: [url, 'redis://:S3cret2@127.0.0.1:1'] },
    { cluster: [url, 'rediss://:S3cret@127.0.0.1:1'] },
    { cluster: ['http://:S3cret@127.0.0.1:1'] },
    { cluster: ['unix:/tmp/socket'] },
  ]) {
    let error: unknown
    try {
      new RedisStore(options)
    } catch (reason) {
      error = reason
    }
    expect(error, JSON.stringify(options)).toBeInstanceOf(TypeError)
    expect(String(error)).toMatch(/^TypeError: RedisStore: (?!.*S3cret)/)
  }
})

test('of nodes that are not there a call says so in time', async () => {
  const ports = [await freePort(), await freePort()]
  const store = new RedisStore({ cluster: ports.map((port) => `redis://127.0.0.1:${port}`) })
  const calls = [store.store('k', 1), store.storeMany([['k', 1]]), store.connect()]
  for (const call of calls) {
    const failure = await failureOf(call)
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(failure.message).toContain('no node of the Cluster tells')
  }
  await store.close()
})

describeOnRedis('RedisStore over a Cluster', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await RedisCluster.start()
  }, 60_000)
  afterAll(() => cluster.stop())
  beforeEach(async () => {
    for (const index of await cluster.primaries()) await cluster.send(index, 'FLUSHALL')
  })

  test('a key is in the slot that the server says', async () => {
    const keys = [
      '',
      'a',
      '{a}',
      'x{a}y',
      '{}a',
      'a{}b{c}',
      'a{b',
      'a}b{c}',
      '{{a}}',
      'é{ü}',
      '\u0000',
      'a'.repeat(999),
    ]
    for (const key of keys) expect(await cluster.send(0, 'CLUSTER', 'KEYSLOT', key), key).toBe(slotOf(key))
  })

  test('a batch goes to all nodes, and each call to the one that has its key', async () => {
    const store = openClusterStore<number>(cluster, { prefix: 'p:' })
    const keys = (await Promise.all([0, 1, 2].map((index) => keysOn(cluster, index, 100, 'p:')))).flat()
    await store.storeMany(keys.map((key, place) => [key, place]))
    for (const index of [0, 1, 2]) expect(await cluster.send(index, 'DBSIZE')).toBe(100)
    const found = await store.loadMany([...keys, 'absent'])
    expect([...found]).toEqual(keys.map((key, place) => [key, place]))
    const told: string[] = []
    for await (const key of store.keys()) told.push(key)
    expect(told.sort()).toEqual(keys.toSorted())
    expect(await Promise.all(keys.slice(0, 5).map((key) => store.load(key)))).toEqual([0, 1, 2, 3, 4])
    expect([await store.remove(keys[0]!), await store.remove(keys[0]!)]).toEqual([true, false])
    expect(await store.removeMany(keys)).toBe(299)
  })

  test('versions: an entry is stored or removed only while its version is the one expected', async () => {
    const store = openClusterStore<number>(cluster, { versions: true })
    for (const index of [0, 1, 2]) {
      const [key] = await keysOn(cluster, index, 1)
      const [first, second] = [newVersion(), newVersion()]
      expect(await store.storeIf!(key!, 1, undefined, first)).toBe(true)
      expect(await store.storeIf!(key!, 2, second, second)).toBe(false)
      expect(await store.storeIf!(key!, 2, first, second)).toBe(true)
      expect(await store.loadVersioned!(key!)).toEqual({ value: 2, version: second })
      expect([await store.removeIf!(key!, first), await store.removeIf!(key!, second)]).toEqual([false, true])
    }
  })

  test('calls of a key keep their order, and no acknowledged write is lost, while its slot moves forth and back', async () => {
    const store = openClusterStore<number>(cluster)
    const [key] = await keysOn(cluster, 0, 1)
    const slot = slotOf(key!)
    let isMoving = true
    const moves = (async () => {
      for (const to of [1, 0]) await cluster.moveSlot(slot, to)
      isMoving = false
    })()
    let written = 0
    while (isMoving) {
      // Not one by one: they are on their way together, a read between two writes.
      const calls: Promise<unknown>[] = []
      for (let n = 0; n < 5; n++) calls.push(store.store(key!, ++written), store.load(key!))
      const answers = await Promise.all(calls)
      for (let n = 0; n < 5; n++) expect(answers[2 * n + 1]).toBe(written - 4 + n)
    }
    await moves
    expect(await openClusterStore(cluster).load(key!)).toBe(written)
  })

  test('a key whose slot is on its way is found where it is, or will be', async () => {
    const store = openClusterStore<number>(cluster)
    const [key] = await keysOn(cluster, 0, 1)
    const move = await cluster.beginMove(slotOf(key!), 1)
    // The node that has the slot does not have the key: it says ASK.
    await store.store(key!, 1)
    expect([
      await store.load(key!),
      await cluster.send(0, 'CLUSTER', 'COUNTKEYSINSLOT', slotOf(key!)),
    ]).toEqual([1, 0])
    await move.migrateKeys()
    await move.finish()
    expect(await store.load(key!)).toBe(1)
    expect(await store.remove(key!)).toBe(true)
  })

  test('a node that hangs fails the keys that it has, in time, and no others; a batch says which', async () => {
    const store = openClusterStore<number>(cluster, { commandTimeoutMs: 500, connectTimeoutMs: 500 })
    const [theirs, away] = [await keysOn(cluster, 0, 2), await keysOn(cluster, 1, 2)]
    await store.storeMany([...theirs, ...away].map((key) => [key, 1]))
    cluster.nodes[1]!.pause()
    const bulk = await store.storeMany([...theirs, ...away].map((key) => [key, 2])).catch((error) => error)
    expect(BulkStoreError.is(bulk)).toBe(true)
    expect([bulk.written.sort(), [...bulk.failures.keys()].sort()]).toEqual([
      theirs.toSorted(),
      away.toSorted(),
    ])
    for (const failure of bulk.failures.values()) {
      expect(failure).toMatchObject({ code: 'UNAVAILABLE', applied: 'unknown' })
    }
    // They wait for a connection, all that wait for the same key together.
    const waiting = Array.from({ length: 20 }, () => store.store(away[0]!, 3))
    for (const call of waiting)
      expect(await failureOf(call)).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(await store.load(theirs[0]!)).toBe(2)
    cluster.nodes[1]!.resume()
    while ((await store.load(away[0]!).catch(() => undefined)) === undefined);
    expect(await store.load(away[1]!)).toBe(2)
  })

  test('no more than maxPending commands are under way, on all nodes together', async () => {
    const store = openClusterStore<number>(cluster, { maxPending: 3 })
    await store.connect()
    const calls = [1, 2, 3, 4].map((value) => store.store('k', value))
    expect(await failureOf(calls[3]!)).toMatchObject({ code: 'BUSY', applied: 'no' })
    await Promise.all(calls.slice(0, 3))
    expect(await store.load('k')).toBe(3)
  })

  test('a call that waits behind another of its key leaves with ABORTED; close answers the others', async () => {
    const store = openClusterStore<number>(cluster)
    await store.connect()
    const controller = new AbortController()
    const calls = [
      store.store('k', 1),
      store.store('k', 2, { signal: controller.signal }),
      store.store('k', 3),
    ]
    controller.abort()
    expect(await failureOf(calls[1]!)).toMatchObject({ code: 'ABORTED', applied: 'no' })
    await store.close()
    await Promise.all([calls[0], calls[2]])
    expect(await failureOf(store.load('k'))).toMatchObject({ code: 'CLOSED' })
    expect(await openClusterStore(cluster).load('k')).toBe(3)
  })
})
