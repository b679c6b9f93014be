import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connectAdmin, describeOnRedis, openStore, startServer } from './fixtures.ts'

const hasStrace = spawnSync('strace', ['-V']).status === 0

describeOnRedis('durability', () => {
  test('is what the server is configured for when it is connected to, and none before', async () => {
    const server = await startServer({ appendonly: 'yes' })
    const admin = await connectAdmin(server.url)
    for (const [appendfsync, skipsSync, durability] of [
      ['always', 'no', 'power'],
      ['always', 'yes', 'process'],
      ['everysec', 'no', 'none'],
      ['no', 'no', 'none'],
    ] as const) {
      await admin.sendCommand([
        'CONFIG',
        'SET',
        'appendfsync',
        appendfsync,
        'no-appendfsync-on-rewrite',
        skipsSync,
      ])
      const store = openStore(server.url)
      expect(store.durability).toBe('none')
      await store.connect()
      expect(store.durability, appendfsync).toBe(durability)
    }
    const memory = openStore((await startServer()).url, { durability: 'power' })
    await memory.connect()
    expect(memory.durability).toBe('none')
  })

  test('is what the option says where the user may not read it', async () => {
    const server = await startServer({ user: 'app on >pw ~* &* +@all -config' })
    const url = server.url.replace('redis://', 'redis://app:pw@')
    for (const [option, durability] of [
      [{}, 'none'],
      [{ durability: 'process' }, 'process'],
    ] as const) {
      const store = openStore(url, option)
      await store.connect()
      expect(store.durability).toBe(durability)
    }
  })

  test('power: every acknowledged write survives the death of the server', async () => {
    const server = await startServer({ appendonly: 'yes', appendfsync: 'always' })
    const store = openStore<number>(server.url)
    for (let round = 0; round < 3; round++) {
      const acknowledged = new Set<number>()
      const writes = Array.from({ length: 200 }, async (_, n) => {
        await store.store(`k${n}`, round)
        acknowledged.add(n)
        if (acknowledged.size === 50) server.kill()
      })
      await Promise.allSettled(writes)
      await server.start()
      const fresh = openStore<number>(server.url)
      const found = await fresh.loadMany(Array.from({ length: 200 }, (_, n) => `k${n}`))
      for (const n of acknowledged) expect(found.get(`k${n}`)).toBe(round)
    }
  })

  test.skipIf(!hasStrace)('power: the log is synced before each acknowledgement', async () => {
    const server = await startServer({ appendonly: 'yes', appendfsync: 'always' })
    const store = openStore(server.url)
    await store.connect()
    const trace = join(server.directory, 'trace')
    const strace = await server.trace(['-f', '-e', 'trace=fdatasync,write', '-o', trace])
    for (let n = 0; n < 20; n++) await store.store('k', n)
    await strace.end()
    const calls = readFileSync(trace, 'utf8').split('\n')
    // In the order of the calls, on the main thread: SET into the log, the sync, the answer.
    const steps = calls.flatMap((line) =>
      /write\(\d+, "\*\d\\r\\n/.test(line)
        ? ['log']
        : /fdatasync\(/.test(line)
          ? ['sync']
          : /write\(\d+, "\+OK/.test(line)
            ? ['answer']
            : [],
    )
    expect(steps.join(' ')).toContain('log sync answer')
    expect(steps.filter((step) => step === 'answer').length).toBe(20)
    for (const [place, step] of steps.entries()) if (step === 'answer') expect(steps[place - 1]).toBe('sync')
  })

  test.skipIf(!hasStrace)(
    'none: with everysec a killed server may lose what it answered while a sync was under way',
    async () => {
      const server = await startServer({ appendonly: 'yes', appendfsync: 'everysec' })
      const store = openStore(server.url)
      await store.store('before', 1)
      const strace = await server.trace([
        '-f',
        '-e',
        'trace=fdatasync',
        '-e',
        'inject=fdatasync:delay_enter=3000000',
      ])
      // The next sync begins within a second, and takes three.
      await store.store('synced', 1)
      await new Promise((resolve) => setTimeout(resolve, 1200))
      await store.store('k', 1)
      await new Promise((resolve) => setTimeout(resolve, 100))
      await store.store('answered', 1)
      server.kill()
      await strace.end()
      await server.start()
      const fresh = openStore(server.url)
      expect(await fresh.load('before')).toBe(1)
      expect(await fresh.load('answered')).toBeUndefined()
    },
  )
})
