import { existsSync } from 'node:fs'
import { bytes, type Codec, StoreError } from '@wt/core'
import { describe, expect, test } from 'vitest'
import { SqliteStore } from '../src/index.ts'
import { closedAfterTest, databasePath, drivers, failureOf, runProcess } from './fixtures.ts'

describe.each(drivers)('on %s', (_, openDatabase) => {
  const openStore = (path = databasePath()) =>
    new SqliteStore<unknown>({ database: openDatabase(path), busyTimeoutMs: 5000 })

  test('the empty key, empty bytes and a NUL in a key come back as they were', () => {
    const store = new SqliteStore<Uint8Array>({ database: openDatabase(databasePath()), codec: bytes() })
    store.storeMany([
      ['', Uint8Array.of(1)],
      ['a\0b', new Uint8Array()],
      ['a', Uint8Array.of(0, 255)],
    ])
    expect(store.load('')).toEqual(Uint8Array.of(1))
    expect(store.load('a\0b')).toEqual(new Uint8Array())
    expect(store.load('a')).toEqual(Uint8Array.of(0, 255))
    expect([...store.keys()]).toEqual(['', 'a', 'a\0b'])
  })

  test('H22: a key with a lone surrogate is refused and collides with no other', () => {
    const store = openStore()
    store.store('\ufffd', 'the replacement character')
    for (const key of ['\ud800', '\udfff', 'a\ud800']) {
      for (const call of [
        () => store.store(key, 1),
        () => store.load(key),
        () => store.remove(key),
        () => store.storeMany([[key, 1]]),
        () => store.removeMany([key]),
      ]) {
        expect(failureOf(call)).toMatchObject({ code: 'INVALID_KEY', key, applied: 'no' })
      }
    }
    expect([...store.keys()]).toEqual(['\ufffd'])
  })

  test('a batch with a value that cannot be stored changes nothing', () => {
    const store = openStore()
    store.store('a', 1)
    expect(
      failureOf(() =>
        store.storeMany([
          ['a', 2],
          ['b', Number.NaN],
        ]),
      ),
    ).toMatchObject({
      code: 'INVALID_VALUE',
      key: 'b',
      applied: 'no',
    })
    expect(() =>
      store.storeMany([
        ['a', 2],
        ['b', undefined],
      ]),
    ).toThrow(TypeError)
    expect(store.load('a')).toBe(1)
    expect(store.load('b')).toBeUndefined()
  })

  test('a full database is STORE_FULL, and a put or batch that does not fit changes nothing', () => {
    const database = openDatabase(databasePath())
    const store = new SqliteStore<string>({ database })
    store.store('a', 'before')
    database.exec('PRAGMA max_page_count = 12')
    const big = 'x'.repeat(100_000)
    expect(failureOf(() => store.store('a', big))).toMatchObject({
      code: 'STORE_FULL',
      key: 'a',
      applied: 'no',
    })
    expect(
      failureOf(() =>
        store.storeMany([
          ['b', 'fits'],
          ['a', big],
        ]),
      ),
    ).toMatchObject({
      code: 'STORE_FULL',
      applied: 'no',
    })
    expect([...store.keys()]).toEqual(['a'])
    expect(store.load('a')).toBe('before')
    store.store('b', 'fits')
    expect(store.load('b')).toBe('fits')
  })

  test('keys() holds nothing open between steps: others write, check points and are seen', () => {
    const path = databasePath()
    const store = openStore(path)
    const names = Array.from({ length: 700 }, (_, index) => `key ${String(index).padStart(4, '0')}`)
    store.storeMany(names.map((key) => [key, key]))
    const other = openDatabase(path)
    const otherStore = new SqliteStore<unknown>({ database: other, busyTimeoutMs: 0 })
    const seen: string[] = []
    const revisions = new Set<string>()
    for (const key of store.keys()) {
      if (seen.length % 100 === 0) {
        otherStore.store('key 9999', seen.length)
        otherStore.remove('key 9999')
        // Its first column is 0 when no reader stood in the way.
        expect(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 })
        revisions.add(store.revision())
      }
      seen.push(key)
    }
    expect(seen).toEqual(names)
    expect(revisions.size).toBe(7)
  })

  test('an enumeration that is left early leaves no lock and no statement behind', () => {
    const path = databasePath()
    const store = openStore(path)
    store.storeMany(Array.from({ length: 600 }, (_, index) => [`key ${index}`, index]))
    for (const _ of store.keys()) break
    const before = store.revision()
    const other = openDatabase(path)
    new SqliteStore({ database: other, busyTimeoutMs: 0 }).store('new', 1)
    expect(store.revision()).not.toBe(before)
    expect(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 })
    store.store('own', 1)
    expect(store.load('own')).toBe(1)
  })

  test("revision stays at the store's own writes, and changes with another's and with a new open", () => {
    const path = databasePath()
    const store = openStore(path)
    const first = store.revision()
    store.store('a', 1)
    store.storeMany([['b', 2]])
    store.remove('a')
    expect(store.revision()).toBe(first)
    const other = openStore(path)
    expect(other.revision()).not.toBe(first)
    other.store('a', 2)
    const second = store.revision()
    expect(second).not.toBe(first)
    expect(store.revision()).toBe(second)
    expect(openStore(path).revision()).not.toBe(second)
  })
})

test('close of a store on a path frees the file: its log is gone', () => {
  const path = databasePath()
  const store = new SqliteStore<number>({ path })
  store.store('a', 1)
  expect(existsSync(`${path}-wal`)).toBe(true)
  store.close()
  expect(existsSync(`${path}-wal`)).toBe(false)
  expect(failureOf(() => store.keys())).toMatchObject({ code: 'CLOSED' })
})

test('a value that the codec cannot read is CORRUPT, and is left for the codec that can', () => {
  const path = databasePath()
  const store = closedAfterTest(new SqliteStore<unknown>({ path }))
  const other = closedAfterTest(new SqliteStore<Uint8Array>({ path, codec: bytes() }))
  other.store('a', Uint8Array.of(255))
  const failure = failureOf(() => store.load('a'))
  expect(failure).toMatchObject({ code: 'CORRUPT', key: 'a' })
  expect(failure.message).toMatch(/codec that wrote it/)
  expect(other.load('a')).toEqual(Uint8Array.of(255))
})

test('a codec that gives no bytes is a TypeError, and nothing is stored', () => {
  const codec = { encode: () => 'text', decode: () => 1 } as unknown as Codec<number>
  const store = closedAfterTest(new SqliteStore<number>({ path: databasePath(), codec }))
  expect(() => store.store('a', 1)).toThrow(TypeError)
  expect(store.load('a')).toBeUndefined()
})

test('a write waits for another process’s lock up to busyTimeoutMs, is then BUSY, and nothing is lost', async () => {
  const path = databasePath()
  const store = closedAfterTest(new SqliteStore<number>({ path, busyTimeoutMs: 50 }))
  store.store('a', 1)
  const holder = runProcess(
    `const { DatabaseSync } = await import('node:sqlite')
     const database = new DatabaseSync(args[0])
     database.exec('BEGIN IMMEDIATE')
     console.log('locked')
     process.stdin.on('end', () => database.exec('COMMIT')).resume()`,
    path,
  )
  expect(await holder.line).toBe('locked')
  expect(failureOf(() => store.store('a', 2))).toMatchObject({ code: 'BUSY', key: 'a', applied: 'no' })
  expect(failureOf(() => store.remove('a'))).toMatchObject({ code: 'BUSY', key: 'a', applied: 'no' })
  expect(failureOf(() => store.storeMany([['a', 3]]))).toMatchObject({ code: 'BUSY', applied: 'no' })
  expect(store.load('a')).toBe(1)
  // A store that may wait for long gets its turn once the lock is freed.
  const patient = runProcess(
    `const store = new SqliteStore({ path: args[0], busyTimeoutMs: 20_000 })
     console.log('waits')
     store.store('a', 4)
     store.close()`,
    path,
  )
  expect(await patient.line).toBe('waits')
  holder.end()
  expect(await patient.exit).toBe(0)
  expect(store.load('a')).toBe(4)
})

test('a failure is a StoreError with its cause', () => {
  const database = drivers[0]![1](databasePath())
  const store = new SqliteStore<number>({ database })
  database.exec('DROP TABLE write_through_entries')
  const failure = failureOf(() => store.store('a', 1))
  expect(failure).toMatchObject({ code: 'WRITE_FAILURE', key: 'a', applied: 'unknown' })
  expect(failure.cause).toBeInstanceOf(Error)
  expect(failureOf(() => store.load('a'))).toMatchObject({ code: 'READ_FAILURE', key: 'a' })
  expect(StoreError.is(failure)).toBe(true)
})
