import { inspect } from 'node:util'
import { BulkStoreError } from '@wt/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { slotOf } from '../src/cluster/slot.ts'
import type { RedisStore } from '../src/index.ts'
import { keysOn, openClusterStore, startOneNode } from './cluster-fixtures.ts'
import {
  connectAdmin,
  describeOnRedis,
  failureOf,
  openStore,
  startProxy,
  startServer,
  until,
} from './fixtures.ts'
import { RedisCluster } from './servers/redis-cluster.ts'

const PASSWORD = 'S3cret/word'

function works(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  )
}

describeOnRedis('a Cluster of one node', () => {
  test('is used with its password, and says nothing of a wrong one but that it is wrong', async () => {
    const server = await startOneNode({ requirepass: PASSWORD })
    const withPassword = (password: string) =>
      openClusterStore(server.url.replace('//', `//:${encodeURIComponent(password)}@`))
    const right = withPassword(PASSWORD)
    await right.store('k', 1)
    expect(await right.load('k')).toBe(1)
    const wrong = withPassword('Wr0ng/word')
    const failure = await failureOf(wrong.store('k', 2))
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(failure.message).toContain('WRONGPASS')
    const shown = [failure, wrong].map((each) => inspect(each, { depth: 10, showHidden: true })).join()
    for (const secret of ['Wr0ng/word', encodeURIComponent('Wr0ng/word')]) expect(shown).not.toContain(secret)
  })

  test('a user with no more rights than the README lists can do everything', async () => {
    const server = await startOneNode()
    const rights =
      '+get +set +del +pttl +scan +ping +info +hello +auth +select +client|id +client|kill +client|tracking +config|get ' +
      '+wait +eval +getrange +cluster|slots +cluster|nodes +asking'
    const admin = await connectAdmin(server.url)
    await admin.sendCommand([
      'ACL',
      'SETUSER',
      'app',
      'on',
      '>pw',
      '~app:*',
      'resetchannels',
      '-@all',
      ...rights.split(' '),
    ])
    const store = openClusterStore(server.url.replace('//', '//app:pw@'), {
      ...{ prefix: 'app:', heartbeatMs: 50, versions: true },
    })
    await store.store('k', 1)
    const version = (await store.loadVersioned!('k'))!.version
    const told: string[] = []
    for await (const key of store.keys()) told.push(key)
    expect([told, await store.removeIf!('k', version)]).toEqual([['k'], true])
    const changes: string[] = []
    await store.subscribe!(({ type }) => void changes.push(type))
    await until(() => changes.includes('up'))
  })

  test('is found where it was asked when it tells no endpoint; its durability is what it is configured for', async () => {
    const server = await startOneNode({
      ...{ 'cluster-preferred-endpoint-type': 'unknown-endpoint' },
      ...{ appendonly: 'yes', appendfsync: 'always' },
    })
    const store = openClusterStore<number>(server)
    expect(store.durability).toBe('none')
    await store.connect()
    expect(store.durability).toBe('power')
    await store.store('k', 1)
    expect(await store.load('k')).toBe(1)
  })

  test('bytes of a lost connection are never carried out once a later call was answered', async () => {
    const server = await startOneNode()
    const proxy = await startProxy(server)
    const admin = await connectAdmin(server.url)
    await admin.sendCommand(['CONFIG', 'SET', 'cluster-announce-port', String(proxy.port)])
    const store = openClusterStore(proxy.url)
    await store.store('k', 'old')
    proxy.hold('toServer')
    const write = store.store('k', 'late')
    await new Promise((resolve) => setTimeout(resolve, 30))
    proxy.cut({ keepsServerSide: true })
    expect(await failureOf(write)).toMatchObject({ code: 'UNAVAILABLE', applied: 'unknown' })
    proxy.release()
    await until(() => works(store.load('k')))
    expect(await store.load('k')).toBe('old')
    proxy.sendLate()
    await until(() => proxy.connections === 1)
    expect(await store.load('k')).toBe('old')
  })

  test('that serves no slots, or is no Cluster, is UNAVAILABLE', async () => {
    const single = await startServer()
    const failure = await failureOf(openClusterStore(single).store('k', 1))
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(failure.message).toContain('cluster support disabled')
    const server = await startServer({ 'cluster-enabled': 'yes' })
    expect((await failureOf(openClusterStore(server).store('k', 1))).message).toContain(
      'nobody who serves slots',
    )
    const admin = await connectAdmin(server.url)
    await admin.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '8000'])
    await admin.sendCommand(['CONFIG', 'SET', 'cluster-require-full-coverage', 'no'])
    const store = openClusterStore(server, { connectTimeoutMs: 1000 })
    const keys = Array.from({ length: 20 }, (_, n) => `k${n}`)
    await until(() => works(store.store(keys.find((key) => slotOf(key) <= 8000)!, 1)))
    const unserved = store.store(keys.find((key) => slotOf(key) > 8000)!, 1)
    expect(await failureOf(unserved)).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    const next = (store.keys() as AsyncGenerator<string>).next()
    expect(await failureOf(next)).toMatchObject({ code: 'UNAVAILABLE' })
  })
})

describeOnRedis('a Cluster of six nodes', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await RedisCluster.start()
  }, 60_000)
  afterAll(() => cluster.stop())

  /** All keys of the store; `meanwhile` is called when the first key of the second node was told. */
  async function told(
    store: RedisStore<number>,
    second: readonly string[],
    meanwhile: () => Promise<unknown>,
  ): Promise<string[]> {
    const keys: string[] = []
    let isDone = false
    for await (const key of store.keys()) {
      keys.push(key)
      if (isDone || !second.includes(key)) continue
      isDone = true
      await meanwhile()
    }
    return keys.sort()
  }

  test('keys misses none, and tells none twice, when a slot goes to a node that was looked through', async () => {
    const store = openClusterStore<number>(cluster, { prefix: 'keys:' })
    const [first, second, third] = await Promise.all(
      [0, 1, 2].map((index) => keysOn(cluster, index, 700, 'keys:')),
    )
    const all = [...first!, ...second!, ...third!].toSorted()
    await store.storeMany(all.map((key) => [key, 1]))
    const slot = slotOf(`keys:${third![0]}`)
    expect(await told(store, second!, () => cluster.moveSlot(slot, 0))).toEqual(all)
    // The same while the slot is on its way from the beginning to the end: who has it does not change, its keys go.
    await cluster.moveSlot(slot, 2)
    const move = await cluster.beginMove(slot, 0)
    expect(await told(store, second!, () => move.migrateKeys())).toEqual(all)
    expect(await told(store, second!, () => move.finish())).toEqual(all)
    await cluster.moveSlot(slot, 2)
  })

  test('a write is acknowledged when replicas of its node have it; of a batch each node’s keys by themselves', async () => {
    const store = openClusterStore<number>(cluster, { replicas: { count: 1, timeoutMs: 1500 } })
    const batches = await Promise.all([0, 1, 2].map((index) => keysOn(cluster, index, 3)))
    await store.storeMany(batches.flat().map((key) => [key, 1]))
    for (const [index, keys] of batches.entries()) {
      const [replica] = await cluster.replicasOf(index)
      for (const key of keys) {
        expect(await cluster.send(replica!, 'EXISTS', key).catch(({ message }) => message)).toMatch(/^MOVED/)
      }
      const keysThere = (await cluster.send(
        replica!,
        'CLUSTER',
        'GETKEYSINSLOT',
        slotOf(keys[0]!),
        10,
      )) as string[]
      expect(keysThere).toContain(keys[0])
    }
    const hasty = openClusterStore<number>(cluster, { replicas: { count: 1, timeoutMs: 100 } })
    await hasty.connect()
    const [away] = await cluster.replicasOf(1)
    cluster.nodes[away!]!.pause()
    const bulk = await hasty.storeMany(batches.flat().map((key) => [key, 2])).catch((error) => error)
    cluster.nodes[away!]!.resume()
    expect(BulkStoreError.is(bulk)).toBe(true)
    expect([...bulk.failures.keys()].sort()).toEqual(batches[1]!.toSorted())
    expect(bulk.failures.get(batches[1]![0])).toMatchObject({ code: 'WRITE_FAILURE', applied: 'unknown' })
    expect(await openClusterStore(cluster).load(batches[1]![0]!)).toBe(2)
  })

  test('a primary that dies costs calls of its keys until a replica is promoted, in time, and no new store', async () => {
    const store = openClusterStore<number>(cluster, { connectTimeoutMs: 2000, commandTimeoutMs: 2000 })
    const [key] = await keysOn(cluster, 0, 1)
    await store.store(key!, 0)
    const killed = cluster.kill(0)
    let [failures, written] = [0, 0]
    do {
      const failure = await store.store(key!, ++written).catch((error) => error)
      if (failure === undefined) continue
      failures++
      expect(failure.code).toBe('UNAVAILABLE')
      await new Promise((resolve) => setTimeout(resolve, 20))
    } while (failures === 0 || !(await works(store.load(key!))))
    const promoted = await killed
    await until(() => works(store.store(key!, -1)))
    expect(await store.load(key!)).toBe(-1)
    expect(await openStore(cluster.urls[promoted]!).load(key!)).toBe(-1)
    await cluster.restart(0)
  })

  test('a replica that is promoted in order costs nothing: the call goes on to it', async () => {
    const store = openClusterStore<number>(cluster)
    const [index] = await cluster.primaries()
    const [key] = await keysOn(cluster, index!, 1)
    await store.store(key!, 1)
    const promoted = await cluster.failOver(index!)
    await until(() => works(store.store(key!, 2)))
    expect(await openStore(cluster.urls[promoted]!).load(key!)).toBe(2)
    expect(await store.load(key!)).toBe(2)
  })
})
