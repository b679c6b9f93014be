import { AsyncWriteThroughCache, newVersion, WriteThroughCache } from '@wt/core'
import { describe, expect, test } from 'vitest'
import { AsyncSqliteStore, SqliteStore } from '../src/index.ts'
import { closedAfterTest, compileOnce, databasePath, drivers, failureOf, runProcess } from './fixtures.ts'

compileOnce()

const PROCESSES = 8
const INCREMENTS = 25
/** The exit code of who claimed the key. */
const CLAIMED = 10

/** A program without a file of its own finds no package by name. */
const CORE = new URL('../node_modules/@wt/core/src/index.ts', import.meta.url).href

/** Counts up, each time by an update of its own. */
const COUNTER = `
  import { WriteThroughCache } from '${CORE}'
  const store = new SqliteStore({ path: args[0], durability: 'process', busyTimeoutMs: 60_000 })
  const cache = new WriteThroughCache(store, { capacity: 10 })
  console.log('ready')
  process.stdin.on('end', () => {
    for (let count = 0; count < ${INCREMENTS}; count++) cache.update('count', (old) => (old ?? 0) + 1)
    if (cache.putIfAbsent('claimed', args[1])) process.exitCode = ${CLAIMED}
    cache.close()
  }).resume()`

test('of the increments of eight processes at once none is lost, and one of them claims the key', async () => {
  const path = databasePath()
  const workers = Array.from({ length: PROCESSES }, (_, me) => runProcess(COUNTER, path, String(me)))
  for (const worker of workers) expect(await worker.line).toBe('ready')
  for (const worker of workers) worker.end()
  const exits = await Promise.all(workers.map(({ exit }) => exit))
  const store = closedAfterTest(new SqliteStore<unknown>({ path }))
  expect(store.load('count')).toBe(PROCESSES * INCREMENTS)
  const claimant = Number(store.load('claimed'))
  expect(exits).toEqual(exits.map((_, me) => (me === claimant ? CLAIMED : 0)))
}, 60_000)

describe.each(drivers)('on %s', (_, openDatabase) => {
  test('two stores on one file refuse what the other has overtaken, and the caches over them lose nothing', () => {
    const path = databasePath()
    const [one, other] = [0, 1].map(
      () =>
        new WriteThroughCache(new SqliteStore<number>({ database: openDatabase(path) }), { capacity: 10 }),
    )
    expect(one!.putIfAbsent('a', 1)).toBe(true)
    expect(other!.putIfAbsent('a', 2)).toBe(false)
    expect(one!.update('a', (old) => old! + 10)).toBe(11)
    let calls = 0
    const both = other!.update('a', (old) => {
      if (calls++ === 0) one!.put('a', 50)
      return old! + 1
    })
    expect([both, calls]).toEqual([51, 2])
    expect(other!.update('a', () => undefined)).toBeUndefined()
    expect(one!.replace('a', 3)).toBe(false)
  })

  test('every plain write changes the version, a batch among them, and a backup keeps it', () => {
    const store = new SqliteStore<number>({ database: openDatabase(databasePath()) })
    const seen = new Set<string | undefined>()
    const note = () => seen.add(store.loadVersioned('a')?.version)
    store.store('a', 1)
    note()
    store.store('a', 1)
    note()
    store.storeMany([['a', 1]])
    note()
    store.remove('a')
    store.store('a', 1)
    note()
    expect(seen.size).toBe(4)
    const version = newVersion()
    const [last] = [...seen].slice(-1)
    expect(store.storeIf('a', 2, last, version)).toBe(true)
    const path = databasePath()
    store.backup(path)
    const copy = closedAfterTest(new SqliteStore<number>({ path }))
    expect(copy.loadVersioned('a')).toEqual({ value: 2, version })
  })
})

test('caches over an AsyncSqliteStore and a SqliteStore of one file lose nothing of each other', async () => {
  const path = databasePath()
  const settings = { path, durability: 'process' } as const
  const later = new AsyncWriteThroughCache(new AsyncSqliteStore<number>(settings), { capacity: 10 })
  const atOnce = closedAfterTest(new WriteThroughCache(new SqliteStore<number>(settings), { capacity: 10 }))
  const countUp = (old: number | undefined) => (old ?? 0) + 1
  for (let round = 0; round < 20; round++) {
    const counting = later.update('a', countUp)
    atOnce.update('a', countUp)
    // Its key and another share a commit.
    await Promise.all([counting, later.update('b', countUp)])
  }
  expect(await later.update('a', countUp)).toBe(41)
  expect(atOnce.update('b', countUp)).toBe(21)
  expect(await later.putIfAbsent('a', 1)).toBe(false)
  expect(await later.putIfAbsent('c', 1)).toBe(true)
  expect(await later.update('c', () => undefined)).toBeUndefined()
  expect(await later.replace('c', 1)).toBe(false)
  expect(atOnce.get('c')).toBeUndefined()
  await later.close()
})

test('a value or a key that the store cannot hold is refused, whatever is there', () => {
  const store = closedAfterTest(new SqliteStore<unknown>({ path: databasePath() }))
  const value = () => store.storeIf('a', new Date(0), undefined, newVersion())
  expect(failureOf(value)).toMatchObject({ code: 'INVALID_VALUE', key: 'a' })
  expect(failureOf(() => store.storeIf('\ud800', 1, undefined, newVersion()))).toMatchObject({
    code: 'INVALID_KEY',
  })
  expect(failureOf(() => store.removeIf('\ud800', newVersion()))).toMatchObject({ code: 'INVALID_KEY' })
  expect(() => store.storeIf('a', undefined, undefined, newVersion())).toThrow(TypeError)
  store.close()
  expect(failureOf(() => store.loadVersioned('a'))).toMatchObject({ code: 'CLOSED', key: 'a' })
  expect(failureOf(() => store.removeIf('a', newVersion()))).toMatchObject({ code: 'CLOSED', key: 'a' })
})
