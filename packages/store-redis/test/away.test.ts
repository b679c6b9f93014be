import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import {
  connectAdmin,
  describeOnRedis,
  failureOf,
  killClients,
  openStore,
  startProxy,
  startServer,
  until,
} from './fixtures.ts'
import { freePort } from './servers/redis-server.ts'

describeOnRedis('while the server is away', () => {
  test('a call is UNAVAILABLE with applied no when nobody listens, and nothing is queued', async () => {
    const store = openStore(`redis://127.0.0.1:${await freePort()}`)
    for (const call of [
      store.store('k', 1),
      store.load('k'),
      store.remove('k'),
      store.storeMany([['k', 1]]),
    ]) {
      expect(await failureOf(call)).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    }
    expect((await failureOf(store.connect())).message).toContain('ECONNREFUSED')
  })

  test('a call that nobody answers is UNAVAILABLE with applied unknown, after commandTimeoutMs', async () => {
    const server = await startServer()
    const store = openStore(server.url, { commandTimeoutMs: 500 })
    await until(() =>
      store.connect().then(
        () => true,
        () => false,
      ),
    )
    server.pause()
    const began = performance.now()
    const failure = await failureOf(store.store('k', 1))
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', applied: 'unknown', key: 'k' })
    expect(performance.now() - began).toBeGreaterThan(350)
    // Somebody listens, for the kernel does, but nobody answers.
    const late = openStore(server.url, { connectTimeoutMs: 100 })
    expect(await failureOf(late.load('k'))).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    server.resume()
  })

  test('a server that greets and says nothing more costs a call connectTimeoutMs, and not more', async () => {
    const mute = createServer((socket) => {
      socket.on('error', () => {})
      // The whole of HELLO's answer: a map of nothing.
      socket.once('data', () => void socket.write('%0\r\n'))
    })
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void mute.close())
    const { port } = mute.address() as { port: number }
    const store = openStore(`redis://127.0.0.1:${port}`, { connectTimeoutMs: 200 })
    const failure = await failureOf(store.store('k', 1))
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(failure.message).toContain('no answer within 200 ms')
  })

  test('a caller who waits for a connection leaves with ABORTED when its signal aborts', async () => {
    const server = await startServer()
    server.pause()
    const store = openStore(server.url, { connectTimeoutMs: 500 })
    const controller = new AbortController()
    const call = store.store('k', 1, { signal: controller.signal })
    controller.abort()
    expect(await failureOf(call)).toMatchObject({ code: 'ABORTED', applied: 'no' })
    server.resume()
    await until(() =>
      store.load('k').then(
        (value) => value === undefined,
        () => false,
      ),
    )
  })

  test('it comes back by itself when the server does', async () => {
    const server = await startServer({ appendonly: 'yes', appendfsync: 'always' })
    const store = openStore(server.url)
    await store.store('k', 1)
    server.kill()
    await until(() =>
      store.load('k').then(
        () => false,
        () => true,
      ),
    )
    await server.start()
    await until(() =>
      store.load('k').then(
        (value) => value === 1,
        () => false,
      ),
    )
  })

  test('a connection that is killed costs the calls that wait on it, and no later one', async () => {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const store = openStore(server.url)
    for (let round = 0; round < 5; round++) {
      await store.store('k', round)
      await killClients(admin)
      // It may not have been heard of yet: then the call is lost with the connection.
      const value = await store.load('k').catch((error) => error.code)
      expect([round, 'UNAVAILABLE']).toContain(value)
      expect(await store.load('k')).toBe(round)
    }
  })

  test('no more than maxPending commands wait for the server: a call beyond is BUSY', async () => {
    const server = await startServer()
    const store = openStore(server.url, { maxPending: 3 })
    await store.connect()
    const calls = [1, 2, 3, 4].map((value) => store.store(`k${value}`, value))
    expect(await failureOf(calls[3]!)).toMatchObject({ code: 'BUSY', applied: 'no' })
    await Promise.all(calls.slice(0, 3))
    expect(await store.load('k4')).toBeUndefined()
    // A batch is let in while there is room for one.
    await store.storeMany([1, 2, 3, 4, 5].map((value) => [`k${value}`, value]))
    expect((await store.loadMany(['k1', 'k5'])).get('k5')).toBe(5)
  })

  test('no more than maxPending calls wait for a connection', async () => {
    const server = await startServer()
    const proxy = await startProxy(server)
    proxy.hold('toServer')
    const store = openStore(proxy.url, { maxPending: 2, connectTimeoutMs: 300 })
    const calls = [1, 2, 3].map((value) => store.load(`k${value}`))
    const failures = await Promise.all(calls.map(failureOf))
    expect(failures.map(({ code }) => code)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'BUSY'])
  })

  test('bytes that are cut short and delayed never become an answer', async () => {
    const server = await startServer()
    const proxy = await startProxy(server)
    const store = openStore<string>(proxy.url)
    await store.store('k', 'v'.repeat(100_000))
    proxy.hold('toClient')
    const load = store.load('k')
    await new Promise((resolve) => setTimeout(resolve, 20))
    proxy.cut()
    proxy.release()
    expect(await failureOf(load)).toMatchObject({ code: 'UNAVAILABLE' })
    expect(await store.load('k')).toBe('v'.repeat(100_000))
  })

  test('close answers what was asked before; afterwards calls are CLOSED', async () => {
    const server = await startServer()
    const store = openStore(server.url)
    const calls = [store.store('a', 1), store.store('b', 2)]
    await store.close()
    await Promise.all(calls)
    expect(await failureOf(store.load('a'))).toMatchObject({ code: 'CLOSED' })
    expect(await openStore(server.url).load('b')).toBe(2)
  })
})
