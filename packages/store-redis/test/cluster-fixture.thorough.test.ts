import { createCluster } from '@redis/client'
import { expect, onTestFinished, test } from 'vitest'
import { describeOnRedis } from './fixtures.ts'
import { RedisCluster } from './servers/redis-cluster.ts'

/** The slot of the key `foo`. */
const SLOT = 12_182

describeOnRedis('the six nodes that tests use', () => {
  test('serve all slots, move one, fail over in order and after a crash, and keep what was written', async () => {
    const cluster = await RedisCluster.start({ appendonly: 'yes' })
    onTestFinished(() => cluster.stop())
    expect(await cluster.primaries()).toEqual([0, 1, 2])
    expect(await cluster.ownerOf(SLOT)).toBe(2)
    expect(await cluster.replicasOf(2)).toEqual([5])
    const client = createCluster({ rootNodes: cluster.urls.map((url) => ({ url })) })
    client.on('error', () => {})
    await client.connect()
    onTestFinished(() => client.destroy())
    await client.set('foo', '1')

    const move = await cluster.beginMove(SLOT, 0)
    await move.migrateKeys()
    await expect(cluster.send(2, 'GET', 'foo')).rejects.toThrow(
      `ASK ${SLOT} 127.0.0.1:${cluster.nodes[0]!.port}`,
    )
    await move.finish()
    expect(await cluster.ownerOf(SLOT)).toBe(0)
    await expect(cluster.send(2, 'GET', 'foo')).rejects.toThrow(/^MOVED/)
    expect(await client.get('foo')).toBe('1')

    expect(await cluster.failOver(0)).toBe(3)
    expect(await cluster.send(3, 'GET', 'foo')).toBe('1')
    expect(await cluster.replicasOf(3)).toEqual([0])
    await cluster.settled()
    expect(await cluster.kill(3)).toBe(0)
    expect(await cluster.send(0, 'GET', 'foo')).toBe('1')
    await cluster.restart(3)
    expect(await cluster.primaries()).toEqual([0, 1, 2])
    expect(await cluster.replicasOf(0)).toEqual([3])
  })
})
