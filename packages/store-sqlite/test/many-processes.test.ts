import { WriteThroughCache } from '@wt/core'
import { expect, test } from 'vitest'
import { SqliteStore } from '../src/index.ts'
import { closedAfterTest, databasePath, failureOf, runProcess } from './fixtures.ts'

const PROCESSES = 8
const ROUNDS = 15

/** Each writes keys of its own and the ones that all write, and reads what the others write. */
const WORKER = `
  const me = args[1], rounds = Number(args[2])
  const value = (round) => me + ':' + String.fromCharCode(97 + round % 26).repeat(9_000 + round)
  const isWhole = (text) => /^[0-9]:([a-z])\\1*$/.test(text)
  const store = new SqliteStore({ path: args[0], durability: 'process', busyTimeoutMs: 60_000 })
  for (let round = 0; round < rounds; round++) {
    store.store('own ' + me + ' ' + round, value(round))
    store.storeMany([['one', value(round)], ['two', value(round)]])
    if (round % 5 === 4 && !store.remove('own ' + me + ' ' + (round - 1))) throw new Error('a key was lost')
    for (const key of ['one', 'two']) if (!isWhole(store.load(key))) throw new Error('torn: ' + key)
    if (store.load('own ' + me + ' ' + round) !== value(round)) throw new Error('an acknowledged write was lost')
  }
  store.close()`

test('of eight processes on one store none loses a write, reads a torn value or is turned away', {
  timeout: 120_000,
}, async () => {
  const path = databasePath()
  const workers = Array.from({ length: PROCESSES }, (_, me) =>
    runProcess(WORKER, path, String(me), String(ROUNDS)),
  )
  for (const { exit } of workers) expect(await exit).toBe(0)
  const store = closedAfterTest(new SqliteStore<string>({ path }))
  // Of a batch both entries are the same process's.
  expect(store.load('one')).toBe(store.load('two'))
  for (let me = 0; me < PROCESSES; me++) {
    for (let round = 0; round < ROUNDS; round++) {
      const isThere = store.load(`own ${me} ${round}`) !== undefined
      expect(isThere, `own ${me} ${round}`).toBe(round % 5 !== 3)
    }
  }
})

/** Holds the lock for writing until its standard input ends. */
const HOLDER = `
  import { DatabaseSync } from 'node:sqlite'
  const database = new DatabaseSync(args[0])
  database.exec('BEGIN IMMEDIATE')
  console.log('locked')
  process.stdin.on('end', () => { database.exec('COMMIT'); process.exit() }).resume()`

test("a write waits busyTimeoutMs for another process, then it is BUSY, applied 'no'; reads do not wait", async () => {
  const path = databasePath()
  const store = closedAfterTest(new SqliteStore<number>({ path, busyTimeoutMs: 300 }))
  store.store('key', 1)
  const holder = runProcess(HOLDER, path)
  expect(await holder.line).toBe('locked')
  const begun = performance.now()
  expect(failureOf(() => store.store('key', 2))).toMatchObject({ code: 'BUSY', applied: 'no', key: 'key' })
  // Never sooner; how much later is the machine's affair.
  expect(performance.now() - begun).toBeGreaterThanOrEqual(290)
  expect(failureOf(() => store.storeMany([['key', 3]]))).toMatchObject({ code: 'BUSY', applied: 'no' })
  expect(failureOf(() => store.remove('key'))).toMatchObject({ code: 'BUSY', applied: 'no' })
  expect(store.load('key')).toBe(1)
  holder.end()
  expect(await holder.exit).toBe(0)
  store.store('key', 4)
  expect(store.load('key')).toBe(4)
})

test("a cache with coherence 'revision' answers what another process wrote at its next get", async () => {
  const path = databasePath()
  const store = closedAfterTest(new SqliteStore<number>({ path, durability: 'process' }))
  const cache = new WriteThroughCache(store, { capacity: 10, coherence: 'revision' })
  cache.put('changed', 1)
  cache.put('removed', 1)
  expect(cache.get('absent')).toBeUndefined()
  const other = runProcess(
    `const store = new SqliteStore({ path: args[0], durability: 'process' })
     store.store('changed', 2)
     store.remove('removed')
     store.store('absent', 3)
     store.close()`,
    path,
  )
  expect(await other.exit).toBe(0)
  expect(cache.get('changed')).toBe(2)
  expect(cache.get('removed')).toBeUndefined()
  expect(cache.get('absent')).toBe(3)
})
