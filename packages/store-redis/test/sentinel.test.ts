import { expect, onTestFinished, test } from 'vitest'
import { RedisStore, type RedisStoreOptions } from '../src/index.ts'
import { describeOnRedis, openStore, startServer } from './fixtures.ts'

test('a wrong option of Sentinels is a TypeError at once, and shows no password', () => {
  const [name, nodes] = ['mymaster', ['redis://:S3cret@127.0.0.1:1']]
  const wrong: RedisStoreOptions<unknown>[] = [
    { sentinel: { name, nodes }, url: 'redis://127.0.0.1:1' },
    { sentinel: { name, nodes }, cluster: nodes },
    { sentinel: null as never },
    { sentinel: nodes as never },
    { sentinel: { name: '', nodes } },
    { sentinel: { name } as never },
    { sentinel: { name, nodes: [] } },
    { sentinel: { name, nodes: nodes[0] as never } },
    { sentinel: { name, nodes: ['http://:S3cret@127.0.0.1'] } },
    { sentinel: { name, nodes: ['redis://:S3cret@'] } },
  ]
  for (const options of wrong) {
    let error: unknown
    try {
      new RedisStore(options)
    } catch (thrown) {
      error = thrown
    }
    expect(error, JSON.stringify(options)).toBeInstanceOf(TypeError)
    expect(String(error)).toMatch(/^TypeError: RedisStore: (?!.*S3cret)/)
  }
})

describeOnRedis('a Sentinel', () => {
  test('tells where the primary is; the database is that of the servers', async () => {
    const server = await startServer()
    const sentinel = await startServer({ sentinel: `monitor mymaster 127.0.0.1 ${server.port} 1` })
    const store = new RedisStore<number>({
      sentinel: { name: 'mymaster', nodes: [sentinel.url] },
      connection: { database: 1 },
    })
    onTestFinished(() => store.close())
    await store.store('k', 1)
    expect(await store.load('k')).toBe(1)
    expect(await openStore(server.url).load('k')).toBeUndefined()
    expect(await openStore(`${server.url}/1`).load('k')).toBe(1)
  })
})
