import { expect, test } from 'vitest'
import {
  type Admin,
  connectAdmin,
  describeOnRedis,
  failureOf,
  openStore,
  otherClients,
  startProxy,
  startServer,
  until,
} from './fixtures.ts'

describeOnRedis('bytes of a lost connection', () => {
  /** A write whose connection broke while its bytes were on their way. They can be sent by `proxy.sendLate()`. */
  async function lateWrite(lateWrites: boolean) {
    const server = await startServer()
    const proxy = await startProxy(server)
    const store = openStore(proxy.url, { lateWrites })
    await store.store('k', 'old')
    proxy.hold('toServer')
    const write = store.store('k', 'late')
    await new Promise((resolve) => setTimeout(resolve, 30))
    proxy.cut({ keepsServerSide: true })
    expect(await failureOf(write)).toMatchObject({ code: 'UNAVAILABLE', applied: 'unknown' })
    proxy.release()
    await until(() =>
      store.load('k').then(
        () => true,
        () => false,
      ),
    )
    return { proxy, store }
  }

  test('are never carried out once a later call was answered', async () => {
    const { proxy, store } = await lateWrite(false)
    expect(store.lateWrites).toBe(false)
    expect(await store.load('k')).toBe('old')
    proxy.sendLate()
    await until(() => proxy.connections === 1)
    expect(await store.load('k')).toBe('old')
  })

  test('may be carried out later with lateWrites, which the store then says', async () => {
    const { proxy, store } = await lateWrite(true)
    expect(store.lateWrites).toBe(true)
    expect(await store.load('k')).toBe('old')
    proxy.sendLate()
    await until(async () => (await store.load('k')) === 'late')
  })

  test('are nobody else’s: in another run of the server no connection is killed for them', async () => {
    const server = await startServer()
    const proxy = await startProxy(server)
    const store = openStore(proxy.url)
    // So that its id is none of those that a server gives away while it starts.
    for (let earlier = 0; earlier < 30; earlier++) await connectAdmin(server.url)
    await store.store('k', 1)
    const admin = await connectAdmin(server.url)
    const lost = Math.max(...(await otherClients(admin)).map(Number))
    proxy.refuses = true
    await server.restart()
    // Client ids count from anew: one of these has the lost connection's.
    const innocents = new Map<number, Admin>()
    while (!innocents.has(lost)) {
      const innocent = await connectAdmin(server.url)
      const id = Number(await innocent.sendCommand(['CLIENT', 'ID']))
      expect(id).toBeLessThanOrEqual(lost)
      innocents.set(id, innocent)
    }
    proxy.refuses = false
    await until(() =>
      store.load('k').then(
        () => true,
        () => false,
      ),
    )
    for (const innocent of innocents.values()) expect(await innocent.ping()).toBe('PONG')
  })

  test('without the right to kill, the store says so at its first call instead of after a fault', async () => {
    const server = await startServer({
      user: 'app on >pw ~* &* +@all -client|kill',
      'enable-debug-command': 'no',
    })
    const url = server.url.replace('redis://', 'redis://app:pw@')
    expect((await failureOf(openStore(url).connect())).message).toContain('NOPERM')
    await openStore(url, { lateWrites: true }).store('k', 1)
  })
})
