import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { SqliteStore } from '../src/index.ts'
import { closedAfterTest, databasePath, drivers, failureOf, pragma, type TestDatabase } from './fixtures.ts'

describe.each(drivers)('on %s', (_, openDatabase) => {
  test('no call is made inside a transaction of the database’s owner, whose rollback would undo it', () => {
    const database = openDatabase(databasePath())
    const store = new SqliteStore<number>({ database })
    store.store('a', 1)
    database.exec('BEGIN')
    for (const call of [
      () => store.store('a', 2),
      () => store.load('a'),
      () => store.remove('a'),
      () => store.storeMany([['a', 2]]),
      () => store.removeMany(['a']),
    ]) {
      expect(failureOf(call)).toMatchObject({ code: 'BUSY', applied: 'no' })
    }
    database.exec('ROLLBACK')
    expect(store.load('a')).toBe(1)
  })

  test('a transaction that the caller’s own entries begin is refused and left to the caller', () => {
    const database = openDatabase(databasePath())
    const store = new SqliteStore<number>({ database })
    function* entries(): Generator<[string, number]> {
      database.exec('CREATE TABLE IF NOT EXISTS theirs (x); BEGIN; INSERT INTO theirs VALUES (1)')
      yield ['a', 1]
    }
    expect(failureOf(() => store.storeMany(entries()))).toMatchObject({ code: 'BUSY', applied: 'no' })
    database.exec('COMMIT')
    expect(database.prepare('SELECT count(*) AS n FROM theirs').get()).toMatchObject({ n: 1 })
    expect(store.load('a')).toBeUndefined()
  })

  test('close leaves a database that was handed in open, and the store closed', () => {
    const database = openDatabase(databasePath())
    const store = new SqliteStore<number>({ database })
    store.store('a', 1)
    store.close()
    store.close()
    expect(failureOf(() => store.load('a'))).toMatchObject({ code: 'CLOSED', applied: 'no' })
    expect(new SqliteStore<number>({ database }).load('a')).toBe(1)
  })

  test('a database that its owner closed makes the store CLOSED', () => {
    const database = openDatabase(databasePath())
    const store = new SqliteStore<number>({ database })
    const steps = store.keys()[Symbol.iterator]()
    database.close()
    for (const call of [
      () => store.store('a', 1),
      () => store.load('a'),
      () => store.storeMany([['a', 1]]),
      () => store.revision(),
      () => steps.next(),
    ]) {
      expect(failureOf(call)).toMatchObject({ code: 'CLOSED', applied: 'no' })
    }
    store.close()
  })

  test('a database that is inside a transaction, closed, or in memory is refused', () => {
    const path = databasePath()
    const database = openDatabase(path)
    database.exec('BEGIN')
    expect(() => new SqliteStore({ database })).toThrow(/inside a transaction/)
    database.exec('COMMIT')
    database.close()
    expect(() => new SqliteStore({ database })).toThrow(/an open Database/)
    const inMemory = openDatabase(':memory:')
    expect(() => new SqliteStore({ database: inMemory })).toThrow(/in memory/)
    expect(pragma(inMemory, 'schema_version')).toBe(0)
  })

  test("the owner's tables, user_version, application_id and busy timeout stay as they are", () => {
    const database = openDatabase(databasePath())
    database.exec('CREATE TABLE theirs (x); PRAGMA user_version = 7; PRAGMA application_id = 42')
    database.exec('PRAGMA busy_timeout = 1234')
    new SqliteStore<number>({ database }).store('a', 1)
    expect(pragma(database, 'user_version')).toBe(7)
    expect(pragma(database, 'application_id')).toBe(42)
    expect(pragma(database, 'busy_timeout')).toBe(1234)
    new SqliteStore({ database, busyTimeoutMs: 77 })
    expect(pragma(database, 'busy_timeout')).toBe(77)
  })
})

test('a commit that fails with an I/O error is unknown, and leaves no transaction open', () => {
  const database = closedAfterTest(new FailingCommit(databasePath()))
  const store = new SqliteStore<number>({ database })
  database.fails = true
  expect(failureOf(() => store.storeMany([['a', 1]]))).toMatchObject({
    code: 'WRITE_FAILURE',
    applied: 'unknown',
  })
  database.fails = false
  expect(database.isTransaction).toBe(false)
  store.storeMany([['a', 2]])
  expect(store.load('a')).toBe(2)
})

test('a read-only database is read, and a write is READ_ONLY', () => {
  const path = databasePath()
  closedAfterTest(new SqliteStore<number>({ path })).store('a', 1)
  const databases = [
    new DatabaseSync(path, { readOnly: true }),
    new Database(path, { readonly: true }),
  ] as TestDatabase[]
  for (const database of databases) {
    const store = new SqliteStore<number>({ database: closedAfterTest(database) })
    expect(store.load('a')).toBe(1)
    expect(failureOf(() => store.store('a', 2))).toMatchObject({ code: 'READ_ONLY', key: 'a', applied: 'no' })
    expect(failureOf(() => store.remove('a'))).toMatchObject({ code: 'READ_ONLY', key: 'a', applied: 'no' })
    expect(failureOf(() => store.storeMany([['a', 2]]))).toMatchObject({ code: 'READ_ONLY', applied: 'no' })
    expect(store.load('a')).toBe(1)
  }
})

test('a database opened for big integers and rows as arrays is read all the same', () => {
  const path = databasePath()
  const database = closedAfterTest(new DatabaseSync(path, { readBigInts: true, returnArrays: true }))
  expectToWork(new SqliteStore<number>({ database }))
  const other = closedAfterTest(new Database(path).defaultSafeIntegers(true))
  expectToWork(new SqliteStore<number>({ database: other }))
})

function expectToWork(store: SqliteStore<number>): void {
  store.store('a', 1)
  expect(store.load('a')).toBe(1)
  expect([...store.keys()]).toEqual(['a'])
  expect(store.removeMany(['a', 'b'])).toBe(1)
}

/** Fails as a disk does that cannot be synced, after the frames were written. */
class FailingCommit extends DatabaseSync {
  fails = false

  override exec(sql: string): void {
    if (this.fails && sql === 'COMMIT') {
      throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 | (4 << 8) })
    }
    super.exec(sql)
  }
}
