import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { EntryTable } from '../src/entry-table.ts'
import { AsyncSqliteStore, SqliteStore } from '../src/index.ts'
import { settingsOf } from '../src/options.ts'
import { closedAfterTest, compileOnce, databasePath, drivers, runProcess } from './fixtures.ts'

compileOnce()

const LEASES = 'SELECT count(*) AS count FROM write_through_leases'
const TABLES = "SELECT count(*) AS count FROM sqlite_schema WHERE name LIKE 'write_through_leases%'"

describe.each(drivers)('on %s', (_, openDatabase) => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  const passes = (ms: number) => vi.setSystemTime(Date.now() + ms)

  function storeOn(path: string): SqliteStore<number> {
    return new SqliteStore<number>({ database: openDatabase(path) })
  }

  test('a lease is granted to one of two stores on the file, until its time is over', () => {
    const path = databasePath()
    const [one, other] = [storeOn(path), storeOn(path)]
    expect(one.acquireLease('key', 'one', 100)).toBe(true)
    expect(other.acquireLease('key', 'other', 100)).toBe(false)
    expect(one.acquireLease('key', 'one', 100)).toBe(false)
    expect(other.acquireLease('another key', 'other', 100)).toBe(true)
    passes(99)
    expect(other.acquireLease('key', 'other', 100)).toBe(false)
    passes(1)
    expect(other.acquireLease('key', 'other', 100)).toBe(true)
    expect(one.acquireLease('key', 'one', 100)).toBe(false)
  })

  test('a lease is released by its holder alone', () => {
    const path = databasePath()
    const [one, other] = [storeOn(path), storeOn(path)]
    expect(one.acquireLease('key', 'one', 100)).toBe(true)
    other.releaseLease('key', 'other')
    expect(other.acquireLease('key', 'other', 100)).toBe(false)
    one.releaseLease('key', 'one')
    expect(other.acquireLease('key', 'other', 100)).toBe(true)
  })

  test('a lease does not last longer because the clock was set back', () => {
    const store = storeOn(databasePath())
    expect(store.acquireLease('key', 'one', 100)).toBe(true)
    passes(-3_600_000)
    expect(store.acquireLease('key', 'other', 100)).toBe(true)
  })

  test('leases that nobody released are forgotten when another is released', () => {
    const path = databasePath()
    const store = storeOn(path)
    for (let index = 0; index < 50; index++) store.acquireLease(`key ${index}`, 'dead', 100)
    passes(100)
    expect(store.acquireLease('key', 'one', 100)).toBe(true)
    expect(openDatabase(path).prepare(LEASES).get()).toEqual({ count: 51 })
    store.releaseLease('key', 'one')
    expect(openDatabase(path).prepare(LEASES).get()).toEqual({ count: 0 })
  })

  test('a lease is no entry: not among the keys, not verified, not in a backup', () => {
    const path = databasePath()
    const store = storeOn(path)
    store.store('entry', 1)
    store.acquireLease('key', 'one', 100)
    expect([...store.keys()]).toEqual(['entry'])
    expect(store.load('key')).toBeUndefined()
    expect(store.verify()).toEqual({ checked: 1, damaged: [] })
    const copy = databasePath()
    store.backup(copy)
    expect(openDatabase(copy).prepare(TABLES).get()).toEqual({ count: 0 })
    expect(storeOn(copy).acquireLease('key', 'other', 100)).toBe(true)
    expect(store.acquireLease('key', 'other', 100)).toBe(false)
  })

  test('a database in which nobody asks for leases has no table of them', () => {
    const path = databasePath()
    const store = storeOn(path)
    store.store('entry', 1)
    expect(openDatabase(path).prepare(TABLES).get()).toEqual({ count: 0 })
  })
})

test('the table of leases is made anew when the transaction in which it was made was rolled back', () => {
  const table = closedAfterTest(new EntryTable(settingsOf('SqliteStore', { path: databasePath() })))
  const operation = { name: 'acquireLease', kind: 'write', key: 'key' } as const
  const acquire = () => table.leases.acquire(operation, Buffer.from('key'), 'one', 60_000)
  const failing = () =>
    table.transaction('commit', () => {
      expect(acquire()).toBe(true)
      throw new Error('a later call failed')
    })
  expect(failing).toThrow('a later call failed')
  expect(acquire()).toBe(true)
  expect(acquire()).toBe(false)
})

test('of a hundred calls at once on the thread one is granted the lease', async () => {
  const path = databasePath()
  const store = closedAfterTest(new AsyncSqliteStore({ path }))
  const asking = Array.from({ length: 100 }, (_, index) => store.acquireLease('key', `${index}`, 60_000))
  const answers = await Promise.all(asking)
  expect(answers).toEqual(answers.map((_, index) => index === 0))
  await store.releaseLease('key', '1')
  expect(closedAfterTest(new SqliteStore({ path })).acquireLease('key', 'x', 1)).toBe(false)
  await store.releaseLease('key', '0')
  expect(await store.acquireLease('key', 'next', 60_000)).toBe(true)
})

/** A program without a file of its own finds no package by name. */
const CORE = new URL('../node_modules/@wt/core/src/index.ts', import.meta.url).href
const LEASE_MS = 700

/** Gets a key, or produces it: by its own name, and for ever when it is told so. */
const CLIENT = `
  import { AsyncWriteThroughCache } from '${CORE}'
  const [path, me, isEndless, isThreaded] = args
  const Store = isThreaded ? AsyncSqliteStore : SqliteStore
  const store = new Store({ path, durability: 'process', busyTimeoutMs: 60_000 })
  const cache = new AsyncWriteThroughCache(store, { capacity: 10, leaseMs: ${LEASE_MS} })
  const value = await cache.getOrPut('key', async () => {
    console.log('producing')
    if (isEndless) await new Promise((resolve) => setTimeout(resolve, 60_000))
    return me
  })
  console.log('got ' + value)
  await cache.close()`

test('of processes that miss a key one produces; when it is killed, another, once its lease is over', async () => {
  const path = databasePath()
  const first = runProcess(CLIENT, path, 'first', 'endless')
  expect(await first.line).toBe('producing')
  const others = ['a', 'b'].map((me) => runProcess(CLIENT, path, me, '', me === 'a' ? 'threaded' : ''))
  process.kill(first.pid, 'SIGKILL')
  const lines = await Promise.all(others.map(({ line }) => line))
  expect(lines.filter((line) => line === 'producing')).toHaveLength(1)
  const producer = 'ab'[lines.indexOf('producing')]!
  expect(lines.filter((line) => line === `got ${producer}`)).toHaveLength(1)
  for (const { exit } of others) expect(await exit).toBe(0)
}, 60_000)
