import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { SqliteStore, type SqliteStoreOptions } from '../src/index.ts'
import { closedAfterTest, databasePath, drivers, failureOf, pragma, runProcess } from './fixtures.ts'

test('what was stored is there when the file is opened again', () => {
  const path = databasePath()
  const store = new SqliteStore<string>({ path })
  store.store('a', 'kept')
  store.close()
  expect(closedAfterTest(new SqliteStore<string>({ path })).load('a')).toBe('kept')
})

test('an empty file is a fresh store', () => {
  const path = databasePath()
  writeFileSync(path, '')
  const store = closedAfterTest(new SqliteStore<number>({ path }))
  store.store('a', 1)
  expect(store.load('a')).toBe(1)
})

test('a file that is no database is CORRUPT and stays as it is', () => {
  const path = databasePath()
  const text = 'Dear diary, today was no database. '.repeat(200)
  writeFileSync(path, text)
  expect(failureOf(() => new SqliteStore({ path }))).toMatchObject({ code: 'CORRUPT', applied: 'no' })
  expect(readFileSync(path, 'utf8')).toBe(text)
})

test('a path that cannot be opened is UNAVAILABLE', () => {
  const path = databasePath()
  const failure = failureOf(() => new SqliteStore({ path: `${path}/in/no/directory.db` }))
  expect(failure).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
  expect(failure.message).toMatch(/directory exists/)
})

describe.each(drivers)('on %s', (_, openDatabase) => {
  test.each([
    ['newer', 3, /newer @wt\/store-sqlite/],
    ['older', 1, /copy its entries with the one that made it/],
  ])('a schema that is %s is refused and neither wiped nor changed', (_what, version, advice) => {
    const path = databasePath()
    const store = new SqliteStore<number>({ database: openDatabase(path) })
    store.store('a', 1)
    const database = openDatabase(path)
    database.exec(`UPDATE write_through_schema SET version = ${version}`)
    const failure = failureOf(() => new SqliteStore({ database: openDatabase(path) }))
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(failure.message).toMatch(advice)
    expect(failureOf(() => new SqliteStore({ path }))).toMatchObject({ code: 'UNAVAILABLE' })
    expect(store.load('a')).toBe(1)
  })

  test.each([
    ['an entries table without a version', 'CREATE TABLE write_through_entries (key TEXT, value TEXT)'],
    ['a version table without entries', 'CREATE TABLE write_through_schema (version)'],
    ['no version', 'CREATE TABLE write_through_schema (version); CREATE TABLE write_through_entries (x)'],
    [
      'entries of other columns',
      `CREATE TABLE write_through_schema (version); INSERT INTO write_through_schema VALUES (2);
       CREATE TABLE write_through_entries (id, text)`,
    ],
  ])('a database with tables of the same names but %s is refused and stays as it is', (_what, sql) => {
    const path = databasePath()
    const database = openDatabase(path)
    database.exec(sql)
    const before = readFileSync(path)
    expect(failureOf(() => new SqliteStore({ path }))).toMatchObject({ code: 'CORRUPT', applied: 'no' })
    expect(failureOf(() => new SqliteStore({ database }))).toMatchObject({ code: 'CORRUPT', applied: 'no' })
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(pragma(database, 'journal_mode')).toBe('delete')
  })
})

test('a database in a rollback journal is switched to a write-ahead log, with what it holds', () => {
  const path = databasePath()
  const database = closedAfterTest(new DatabaseSync(path))
  database.exec('CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)')
  const store = closedAfterTest(new SqliteStore<number>({ path }))
  store.store('a', 1)
  expect(database.prepare('SELECT x FROM theirs').get()).toEqual({ x: 1 })
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
})

test('processes that make one store at the same time all find it', async () => {
  const path = databasePath()
  const children = ['a', 'b', 'c'].map((key) =>
    runProcess(
      `process.stdin.on('end', () => {
         const store = new SqliteStore({ path: args[0], durability: 'process' })
         store.store(args[1], args[1])
         store.close()
       }).resume()
       console.log('ready')`,
      path,
      key,
    ),
  )
  for (const child of children) expect(await child.line).toBe('ready')
  for (const child of children) child.end()
  for (const child of children) expect(await child.exit).toBe(0)
  expect([...closedAfterTest(new SqliteStore({ path })).keys()]).toEqual(['a', 'b', 'c'])
})

test.each<[string, unknown]>([
  ['neither path nor database', {}],
  ['both path and database', { path: 'a.db', database: {} }],
  ['a path that is no string', { path: 1 }],
  ['an empty path', { path: '' }],
  ['a path with a NUL', { path: 'a\0b' }],
  ['a database in memory', { path: ':memory:' }],
  ['a URI', { path: 'file:a.db?nolock=1' }],
  ['a database that is none', { database: { exec() {}, prepare() {}, close() {} } }],
  ['null', { database: null }],
  ["durability 'none'", { path: 'a.db', durability: 'none' }],
  ['an unknown durability', { path: 'a.db', durability: 'disk' }],
  ['a negative timeout', { path: 'a.db', busyTimeoutMs: -1 }],
  ['a timeout that is no integer', { path: 'a.db', busyTimeoutMs: 0.5 }],
  ['a timeout that is no number', { path: 'a.db', busyTimeoutMs: '5' }],
  ['a codec that is none', { path: 'a.db', codec: {} }],
])('%s is refused at once, and no file is made', (_what, options) => {
  let thrown: unknown
  try {
    new SqliteStore(options as SqliteStoreOptions<unknown>)
  } catch (error) {
    thrown = error
  }
  expect(thrown instanceof TypeError || thrown instanceof RangeError).toBe(true)
  expect((thrown as Error).message).toMatch(/^SqliteStore: /)
  expect(statSync('a.db', { throwIfNoEntry: false })).toBeUndefined()
})
