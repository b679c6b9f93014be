import type { Change } from '@wt/core'
import { expect, onTestFinished, test } from 'vitest'
import type { RedisStore, RedisStoreOptions } from '../src/index.ts'
import {
  type Admin,
  connectAdmin,
  describeOnRedis,
  killClients,
  openStore,
  otherClients,
  startProxy,
  startServer,
  until,
} from './fixtures.ts'

const QUICK = { heartbeatMs: 100, heartbeatTimeoutMs: 1000 }

/** What a listener was told. */
interface Heard {
  readonly store: RedisStore
  readonly changes: Change<string>[]
  is(type: 'up' | 'down'): boolean
  keys(): string[]
}

async function listen(url: string, options: RedisStoreOptions<unknown> = {}): Promise<Heard> {
  const store = openStore(url, { ...QUICK, ...options })
  const changes: Change<string>[] = []
  const unsubscribe = await store.subscribe!((change) => void changes.push(change))
  onTestFinished(async () => void (await unsubscribe()))
  expect(changes).toEqual([{ type: 'down' }])
  const heard: Heard = {
    store,
    changes,
    is: (type) => changes.findLast((change) => ['up', 'down'].includes(change.type))?.type === type,
    keys: () => changes.flatMap((change) => (change.type === 'keys' ? change.keys : [])),
  }
  await until(() => heard.is('up'))
  return heard
}

/** The listener is down, and up again after. */
async function wentDownAndUp(heard: Heard, since: number): Promise<void> {
  await until(() => heard.changes.slice(since).some(({ type }) => type === 'down'))
  await until(() => heard.is('up'))
}

/** The id of the connection that tells of changes. */
async function trackingId(admin: Admin): Promise<string> {
  const list = String(await admin.sendCommand(['CLIENT', 'LIST']))
  return /^id=(\d+) .*flags=\w*B/m.exec(list)![1]!
}

describeOnRedis('subscribe', () => {
  test('tells of what others store, remove and let expire, and not of what the store itself writes', async () => {
    const server = await startServer()
    const heard = await listen(server.url)
    const other = openStore(server.url)
    await heard.store.store('mine', 1)
    await other.store('theirs', 1)
    await until(() => heard.keys().includes('theirs'))
    await other.remove('mine')
    await until(() => heard.keys().includes('mine'))
    await other.storeMany([
      ['a', 1],
      ['b', 2],
    ])
    await until(() => heard.keys().includes('b'))
    expect(heard.keys()).toEqual(['theirs', 'mine', 'a', 'b'])
  })

  test('tells of keys under the prefix alone, as they are called without it, and of no canary', async () => {
    const server = await startServer()
    const heard = await listen(server.url, { prefix: 'p*:' })
    const admin = await connectAdmin(server.url)
    for (const name of ['q:k', 'p', 'pp:k', 'p*:é\u0000']) await admin.set(name, '1')
    await admin.sendCommand(['SET', Buffer.from([0x70, 0x2a, 0x3a, 0xfe]), 'no UTF-8'])
    await admin.set('p*:last', '1')
    await until(() => heard.keys().includes('last'))
    expect(heard.keys()).toEqual(['é\u0000', 'last'])
    const listed: string[] = []
    for await (const key of heard.store.keys()) listed.push(key)
    expect(listed.sort()).toEqual(['last', 'é\u0000'])
  })

  test('a change is told only after load can see it', async () => {
    const server = await startServer()
    const other = openStore<number>(server.url)
    const store = openStore<number>(server.url, QUICK)
    const seen: Promise<boolean>[] = []
    let version = 0
    await store.subscribe!((change) => {
      if (change.type === 'keys') {
        const announced = version
        seen.push(store.load('k').then((value) => value! >= announced))
      }
      if (change.type === 'up') seen.push(Promise.resolve(true))
    })
    await until(() => seen.length > 0)
    for (let round = 1; round <= 50; round++) {
      version = round
      await other.store('k', round)
      await until(() => seen.length > round)
    }
    expect(await Promise.all(seen)).not.toContain(false)
  })

  test('FLUSHALL is told as all', async () => {
    const server = await startServer()
    const heard = await listen(server.url, { prefix: 'p:' })
    await (await connectAdmin(server.url)).sendCommand(['FLUSHALL'])
    await until(() => heard.changes.some(({ type }) => type === 'all'))
  })

  test('a key is told of when it expires, though the server has not noticed', async () => {
    const server = await startServer({ 'enable-debug-command': 'yes' })
    const admin = await connectAdmin(server.url)
    await admin.sendCommand(['DEBUG', 'SET-ACTIVE-EXPIRE', '0'])
    const heard = await listen(server.url, { expireAfterMs: 300 })
    await heard.store.store('stored', 1)
    await admin.sendCommand(['SET', 'loaded', '1', 'PX', '300'])
    expect(await heard.store.load('loaded')).toBe(1)
    await until(() => heard.keys().filter((key) => key === 'loaded').length === 2)
    await until(() => heard.keys().includes('stored'))
    await until(async () => (await heard.store.load('stored')) === undefined)
    // One that was overwritten is not told of at the time that counted before.
    await admin.sendCommand(['SET', 'kept', '1', 'PX', '300'])
    expect(await heard.store.load('kept')).toBe(1)
    await admin.sendCommand(['SET', 'kept', '2'])
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(heard.keys().filter((key) => key === 'kept').length).toBe(2)
  })

  test('one listener a store: a second would not hear of what the first one’s cache writes', async () => {
    const server = await startServer()
    const { store } = await listen(server.url)
    await expect(store.subscribe!(() => {})).rejects.toThrow(TypeError)
  })

  test('nothing is told once it is unsubscribed, and it can be subscribed to again', async () => {
    const server = await startServer()
    const store = openStore(server.url, QUICK)
    const first: Change<string>[] = []
    const unsubscribe = await store.subscribe!((change) => void first.push(change))
    await until(() => first.some(({ type }) => type === 'up'))
    await unsubscribe()
    await unsubscribe()
    const told = first.length
    const second: Change<string>[] = []
    await store.subscribe!((change) => void second.push(change))
    await until(() => second.some(({ type }) => type === 'up'))
    await openStore(server.url).store('k', 1)
    await until(() => second.some(({ type }) => type === 'keys'))
    expect(first.length).toBe(told)
  })
})

describeOnRedis('when news may be lost', () => {
  test('it is down at once when its connection is killed, not only at the next beat', async () => {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const heard = await listen(server.url, { heartbeatMs: 600_000, heartbeatTimeoutMs: 20_000 })
    for (let round = 0; round < 3; round++) {
      const since = heard.changes.length
      await admin.sendCommand(['CLIENT', 'KILL', 'ID', await trackingId(admin)])
      await wentDownAndUp(heard, since)
    }
  })

  test('it is down until tracking is confirmed, after all connections are killed', async () => {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const heard = await listen(server.url)
    const since = heard.changes.length
    await killClients(admin)
    await wentDownAndUp(heard, since)
    await openStore(server.url).store('k', 1)
    await until(() => heard.keys().includes('k'))
  })

  test('the death of the canary’s connection alone costs nothing but a beat', async () => {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const heard = await listen(server.url)
    const tracking = await trackingId(admin)
    for (const id of await otherClients(admin)) {
      if (id !== tracking) await admin.sendCommand(['CLIENT', 'KILL', 'ID', id])
    }
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(await trackingId(admin)).toBe(tracking)
    await until(() => heard.is('up'))
  })

  test('it is down, and on another connection up again, when tracking is switched off behind its back', async () => {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const proxy = await startProxy(server)
    const heard = await listen(proxy.url)
    const since = heard.changes.length
    const tracking = await trackingId(admin)
    proxy.inject('CLIENT TRACKING OFF', '+OK\r\n')
    await wentDownAndUp(heard, since)
    expect(await trackingId(admin)).not.toBe(tracking)
  })

  test('RESET ends it as well', async () => {
    const server = await startServer()
    const proxy = await startProxy(server)
    const heard = await listen(proxy.url)
    const since = heard.changes.length
    proxy.inject('RESET', '+RESET\r\n')
    await wentDownAndUp(heard, since)
    await openStore(server.url).store('k', 1)
    await until(() => heard.keys().includes('k'))
  })

  test('it is down while a server stands still, and up when it goes on', async () => {
    const server = await startServer()
    const heard = await listen(server.url)
    const since = heard.changes.length
    server.pause()
    await until(() => heard.changes.slice(since).some(({ type }) => type === 'down'))
    server.resume()
    await until(() => heard.is('up'))
  })

  test('it is down when news are late, though commands are answered', async () => {
    const server = await startServer()
    const proxy = await startProxy(server)
    const heard = await listen(proxy.url, { commandTimeoutMs: 60_000, heartbeatTimeoutMs: 300 })
    const since = heard.changes.length
    proxy.hold('toClient')
    await until(() => heard.changes.slice(since).some(({ type }) => type === 'down'))
    proxy.release()
    await until(() => heard.is('up'))
  })

  test('it is down while all news are late, though other processes’ canaries keep coming', async () => {
    const server = await startServer()
    const proxy = await startProxy(server)
    // This one writes canaries all the time; the other sees them, however late.
    const canaries = await listen(server.url, { heartbeatMs: 20 })
    const heard = await listen(proxy.url, { heartbeatTimeoutMs: 300 })
    const since = heard.changes.length
    proxy.delayMs = 900
    await until(() => heard.changes.slice(since).some(({ type }) => type === 'down'))
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect([heard.is('down'), canaries.is('up')]).toEqual([true, true])
    proxy.delayMs = 0
    await until(() => heard.is('up'))
  })

  test('it is down after a restart until tracking is confirmed anew', async () => {
    const server = await startServer()
    const heard = await listen(server.url)
    const since = heard.changes.length
    await server.restart()
    await wentDownAndUp(heard, since)
    const other = openStore(server.url)
    // On a busy machine it may be down once more, and then has nothing to tell.
    await until(async () => {
      await other.store('k', 1)
      return heard.keys().includes('k')
    })
  })

  test('it is down while the server takes no writes, and up when it does', async () => {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const heard = await listen(server.url)
    await admin.sendCommand(['CONFIG', 'SET', 'maxmemory', '1'])
    await until(() => heard.is('down'))
    expect(await heard.store.load('k')).toBeUndefined()
    await admin.sendCommand(['CONFIG', 'SET', 'maxmemory', '0'])
    await until(() => heard.is('up'))
  })
})
