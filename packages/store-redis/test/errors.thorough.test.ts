import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { BulkStoreError, bytes, StoreError } from '@wt/core'
import { expect, onTestFinished, test } from 'vitest'
import { RedisStore } from '../src/index.ts'
import { connectAdmin, describeOnRedis, failureOf, openStore, startServer, until } from './fixtures.ts'
import { RedisServer } from './servers/redis-server.ts'

describeOnRedis('what the server refuses', () => {
  test('is STORE_FULL beyond maxmemory; of a batch each key has its own outcome', async () => {
    const server = await startServer({ maxmemory: '3mb', 'maxmemory-policy': 'noeviction' })
    const admin = await connectAdmin(server.url)
    const store = openStore<Uint8Array>(server.url, { codec: bytes() })
    const entries = Array.from({ length: 40 }, (_, n) => [`k${n}`, new Uint8Array(100_000)] as const)
    const error = await store.storeMany(entries).catch((reason) => reason)
    expect(BulkStoreError.is(error)).toBe(true)
    const { failures, written } = error as BulkStoreError<string>
    expect(failures.size + written.length).toBe(40)
    expect(Math.min(failures.size, written.length)).toBeGreaterThan(0)
    for (const [key, failure] of failures) {
      expect(failure).toMatchObject({ code: 'STORE_FULL', applied: 'no', key })
      expect(await store.load(key)).toBeUndefined()
    }
    for (const key of written) expect(await store.load(key)).toBeDefined()
    await store.removeMany(entries.map(([key]) => key))
    await admin.sendCommand(['CONFIG', 'SET', 'maxmemory', '1'])
    expect(await failureOf(store.store('k', new Uint8Array(1)))).toMatchObject({
      code: 'STORE_FULL',
      applied: 'no',
    })
    await admin.sendCommand(['CONFIG', 'SET', 'maxmemory', '0'])
    await store.store('k', new Uint8Array(1))
  })

  test('is READ_ONLY on a replica, once for a batch, which serves reads', async () => {
    const primary = await startServer({ 'repl-diskless-sync-delay': '0' })
    await openStore(primary.url).store('k', 1)
    const replica = await startServer({ replicaof: `127.0.0.1 ${primary.port}` })
    const store = openStore(replica.url)
    await until(async () => (await store.load('k')) === 1)
    expect(await failureOf(store.store('k', 2))).toMatchObject({ code: 'READ_ONLY', applied: 'no' })
    expect(await failureOf(store.storeMany([['k', 2]]))).toMatchObject({ code: 'READ_ONLY', applied: 'no' })
    // A replica whose primary is gone, and that may not serve old data.
    const admin = await connectAdmin(replica.url)
    await admin.sendCommand(['CONFIG', 'SET', 'replica-serve-stale-data', 'no'])
    primary.kill()
    await until(() =>
      store.load('k').then(
        () => false,
        (error) => error.message.includes('MASTERDOWN'),
      ),
    )
    expect(await failureOf(store.load('k'))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('is UNAVAILABLE while it loads its data', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'store-redis-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const filled = await RedisServer.start({ rdbcompression: 'no' }, directory)
    const writer = new RedisStore({ url: filled.url })
    await writer.storeMany(Array.from({ length: 100 }, (_, n) => [`k${n}`, 'v'.repeat(1500)]))
    await writer.close()
    await (await connectAdmin(filled.url)).sendCommand(['SAVE'])
    filled.kill()
    // 5 ms a key; `start` would wait until it has loaded.
    const slow = RedisServer.start(
      {
        port: String(filled.port),
        'key-load-delay': '5000',
        'loading-process-events-interval-bytes': '1024',
      },
      directory,
    )
    const store = openStore(filled.url)
    const codes = new Set<string>()
    await until(() =>
      store.store('k', 1).then(
        () => true,
        ({ code, applied, message }) => {
          if (message.includes('LOADING')) codes.add(`${code} ${applied}`)
          return false
        },
      ),
    )
    ;(await slow).stop()
    expect([...codes]).toEqual(['UNAVAILABLE no'])
  })

  test('is UNAVAILABLE in a Cluster that serves no slots, or whose slot is elsewhere', async () => {
    const server = await startServer({ 'cluster-enabled': 'yes' })
    const admin = await connectAdmin(server.url)
    const store = openStore(server.url)
    const failure = await failureOf(store.store('k', 1))
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(failure.message).toContain('CLUSTERDOWN')
    const other = await startServer({ 'cluster-enabled': 'yes' })
    const otherAdmin = await connectAdmin(other.url)
    await admin.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '8000'])
    await otherAdmin.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '8001', '16383'])
    await otherAdmin.sendCommand(['CLUSTER', 'SET-CONFIG-EPOCH', '2'])
    await admin.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', String(other.port)])
    await until(async () => String(await admin.sendCommand(['CLUSTER', 'INFO'])).includes('cluster_state:ok'))
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => store.store(key, 1)),
    )
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(reasons.length).toBeGreaterThan(0)
    for (const reason of reasons) expect(reason).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(reasons[0].message).toMatch(/MOVED.*give cluster instead of url/)
  })

  test('is CORRUPT where something else than a string is, or the codec cannot read it; store heals it', async () => {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const store = openStore(server.url)
    await admin.sendCommand(['LPUSH', 'list', 'x'])
    await admin.sendCommand(['SET', 'text', 'no JSON'])
    for (const key of ['list', 'text']) {
      expect(await failureOf(store.load(key))).toMatchObject({ code: 'CORRUPT', key })
      expect(await failureOf(store.loadMany(['absent', key]))).toMatchObject({ code: 'CORRUPT', key })
      await store.store(key, 1)
      expect(await store.load(key)).toBe(1)
    }
  })
})

describeOnRedis('secrets', () => {
  const PASSWORD = 'S3cret/word'

  /** Everything that a program might log of an error, its causes included. */
  function said(error: unknown): string {
    return `${inspect(error, { depth: 10, showHidden: true })} ${(error as Error).stack} ${JSON.stringify(error)}`
  }

  test('are in no error when the password is wrong, missing, or the address is', async () => {
    const server = await startServer({ requirepass: 'another' })
    const withPassword = server.url.replace('redis://', `redis://:${encodeURIComponent(PASSWORD)}@`)
    const wrong = openStore(withPassword)
    const failure = await failureOf(wrong.store('k', 1))
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(failure.message).toContain('WRONGPASS')
    expect((await failureOf(openStore(server.url).store('k', 1))).message).toContain('NOAUTH')
    expect(
      (
        await failureOf(
          openStore(server.url.replace('redis://', 'redis://:another@'))
            .store('k', 1)
            .then(() => Promise.reject(new StoreError('CLOSED', 'it worked'))),
        )
      ).message,
    ).toBe('it worked')
    for (const shown of [said(failure), said(wrong), said(await failureOf(wrong.load('k')))]) {
      expect(shown).not.toContain(PASSWORD)
      expect(shown).not.toContain(encodeURIComponent(PASSWORD))
    }
    for (const url of [`redis://:${PASSWORD}@[bad`, `http://:${PASSWORD}@host`, `redis://:${PASSWORD}@h/x`]) {
      const error = await Promise.resolve()
        .then(() => new RedisStore({ url }))
        .catch((reason) => reason)
      expect(error).toBeInstanceOf(TypeError)
      expect(said(error)).not.toContain('S3cret')
    }
  })

  test('are in no error of a server that repeats what it was told', async () => {
    const parrot = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (data) => {
        const told = String(data)
          .split('\r\n')
          .filter((line) => !/^[*$]/.test(line))
          .join(' ')
        socket.write(`-ERR unknown command, ${told} is not for me\r\n`)
      })
    })
    await new Promise<void>((resolve) => parrot.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void parrot.close())
    const { port } = parrot.address() as { port: number }
    const credentials = async () => ({ username: 'user', password: PASSWORD })
    for (const store of [
      openStore(`redis://user:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`),
      openStore(`redis://127.0.0.1:${port}`, { connection: { username: 'user', password: PASSWORD } }),
      openStore(`redis://127.0.0.1:${port}`, {
        connection: { credentialsProvider: { type: 'async-credentials-provider', credentials } },
      }),
    ]) {
      const failure = await failureOf(store.store('k', 1))
      expect(failure.message).toContain('***')
      expect(said(failure)).not.toContain(PASSWORD)
    }
  })
})
