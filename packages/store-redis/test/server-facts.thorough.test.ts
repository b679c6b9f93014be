import { createClient } from '@redis/client'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Admin, connectAdmin, describeOnRedis, startProxy, until } from './fixtures.ts'
import { RedisServer } from './servers/redis-server.ts'

describeOnRedis('what the server really does', () => {
  let server: RedisServer
  let admin: Admin
  beforeAll(async () => {
    server = await RedisServer.start({ 'enable-debug-command': 'yes' })
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    admin = await connectAdmin(server.url)
    await admin.sendCommand(['FLUSHALL'])
  })

  /** A connection with tracking of some mode, and the names it was told of. */
  async function tracker(url: string, ...mode: string[]) {
    const client = createClient({ url, RESP: 3, emitInvalidate: true })
    const told: (string | null)[] = []
    client.on('invalidate', (name: Buffer | null) => void told.push(name === null ? null : String(name)))
    await client.connect()
    onTestFinished(() => client.destroy())
    await client.sendCommand(['CLIENT', 'TRACKING', 'OFF'])
    await client.sendCommand(['CLIENT', 'TRACKING', 'ON', ...mode])
    return { client, told }
  }

  test('a key that was only written is not tracked, unless by BCAST', async () => {
    const usual = await tracker(server.url)
    const broadcast = await tracker(server.url, 'BCAST', 'PREFIX', 'w', 'NOLOOP')
    for (const { client } of [usual, broadcast]) await client.sendCommand(['SET', 'written', '1'])
    broadcast.told.length = 0
    await admin.sendCommand(['SET', 'written', '2'])
    await until(() => broadcast.told.includes('written'))
    await usual.client.ping()
    expect(usual.told).toEqual([])
  })

  test('a foreign write is told right after our own OK, before what waits for the OK goes on', async () => {
    const proxy = await startProxy(server)
    const { client, told } = await tracker(proxy.url, 'BCAST', 'NOLOOP')
    proxy.hold('toClient')
    const wasToldAtOk = client.sendCommand(['SET', 'k', 'ours']).then(() => told.includes('k'))
    await until(async () => (await admin.get('k')) === 'ours')
    await admin.set('k', 'theirs')
    await until(() => proxy.holdsBack('invalidate'))
    proxy.release()
    expect(await wasToldAtOk).toBe(true)
  })

  test('what a script writes is told to its own connection too, whatever NOLOOP says', async () => {
    const { client, told } = await tracker(server.url, 'BCAST', 'NOLOOP')
    await client.sendCommand(['SET', 'plain', '1'])
    await client.sendCommand(['EVAL', "return redis.call('SET', KEYS[1], '1')", '1', 'scripted'])
    await until(() => told.length > 0)
    expect(told).toEqual(['scripted'])
  })

  test('a connection after RESET answers PING, and is told of nothing', async () => {
    const { client, told } = await tracker(server.url, 'BCAST')
    await client.sendCommand(['RESET'])
    await admin.sendCommand(['SET', 'k', '1'])
    expect(await client.sendCommand(['PING'])).toBe('PONG')
    expect(told).toEqual([])
  })

  test('an expired key is told of only when somebody notices', async () => {
    const { client, told } = await tracker(server.url, 'BCAST')
    await admin.sendCommand(['DEBUG', 'SET-ACTIVE-EXPIRE', '0'])
    await admin.sendCommand(['SET', 'k', '1', 'PX', '1'])
    await new Promise((resolve) => setTimeout(resolve, 30))
    await client.ping()
    told.length = 0
    await admin.sendCommand(['GET', 'k'])
    await until(() => told.includes('k'))
    await admin.sendCommand(['DEBUG', 'SET-ACTIVE-EXPIRE', '1'])
  })

  test('FLUSHALL is told as null', async () => {
    const { told } = await tracker(server.url, 'BCAST', 'PREFIX', 'p', 'NOLOOP')
    await admin.sendCommand(['FLUSHALL'])
    await until(() => told.includes(null))
  })
})
