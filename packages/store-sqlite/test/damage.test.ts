import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { newVersion, StoreError } from '@wt/core'
import { expect, test } from 'vitest'
import { AsyncSqliteStore, SqliteStore } from '../src/index.ts'
import { closedAfterTest, databasePath, failureOf, laterFailureOf } from './fixtures.ts'

test('a flipped bit in a stored value is CORRUPT for its key, the others load, and a put heals it', () => {
  const path = storedFile([
    ['a', 'value of a'],
    ['b', 'value of b'],
    ['c', 'value of c'],
  ])
  flip(path, 'value of b', 9)
  const store = closedAfterTest(new SqliteStore<string>({ path }))
  const failure = failureOf(() => store.load('b'))
  expect(failure).toMatchObject({ code: 'CORRUPT', key: 'b' })
  expect(failure.message).toMatch(/load of "b".*damaged/)
  expect(store.load('a')).toBe('value of a')
  expect(store.load('c')).toBe('value of c')
  expect(failureOf(() => store.loadMany(['a', 'b', 'c']))).toMatchObject({ code: 'CORRUPT', key: 'b' })
  expect([...store.keys()]).toEqual(['a', 'b', 'c'])
  store.store('b', 'anew')
  expect(store.load('b')).toBe('anew')
})

test('a version that is damaged is another version, whose entry can be read', () => {
  const path = databasePath()
  const store = closedAfterTest(new SqliteStore<string>({ path }))
  const version = newVersion()
  store.storeIf('a', 'value of a', undefined, version)
  const database = closedAfterTest(new DatabaseSync(path))
  database.exec("UPDATE write_through_entries SET version = 'x' || version WHERE key = x'61'")
  expect(store.storeIf('a', 'anew', version, newVersion())).toBe(false)
  expect(store.loadVersioned('a')).toEqual({ value: 'value of a', version: `x${version}` })
})

test('a damaged entry can be removed', () => {
  const path = storedFile([['b', 'value of b']])
  flip(path, 'value of b', 0)
  const store = closedAfterTest(new SqliteStore<string>({ path }))
  expect(store.remove('b')).toBe(true)
  expect(store.load('b')).toBeUndefined()
})

test('a row that came under another key does not verify', () => {
  const path = storedFile([
    ['a', 'value of a'],
    ['b', 'value of b'],
  ])
  const database = closedAfterTest(new DatabaseSync(path))
  database.exec(`UPDATE write_through_entries SET (checksum, value) =
    (SELECT checksum, value FROM write_through_entries WHERE key = x'61') WHERE key = x'62'`)
  const store = closedAfterTest(new SqliteStore<string>({ path }))
  expect(store.load('a')).toBe('value of a')
  expect(failureOf(() => store.load('b'))).toMatchObject({ code: 'CORRUPT', key: 'b' })
})

test('a flipped bit in the index hides no key: its absence is CORRUPT, and nothing is removed', async () => {
  const keys = Array.from({ length: 40 }, (_, index) => `key ${index + 10}`)
  const path = storedFile(keys.map((key) => [key, `value of ${key}`]))
  // The keys of the index stand together, those of the table each with its value.
  flip(path, 'key 25', 0, (file, at) => !file.subarray(at - 10, at + 40).includes('value of'))
  const store = closedAfterTest(new SqliteStore<string>({ path }))
  expect(failureOf(() => store.load('key 25'))).toMatchObject({ code: 'CORRUPT', key: 'key 25' })
  expect(failureOf(() => store.remove('key 25'))).toMatchObject({
    code: 'CORRUPT',
    key: 'key 25',
    applied: 'no',
  })
  expect(failureOf(() => store.removeMany(['key 11', 'key 25']))).toMatchObject({
    code: 'CORRUPT',
    applied: 'no',
  })
  const storeNew = () => store.storeIf('key 25', 'anew', undefined, newVersion())
  expect(failureOf(storeNew)).toMatchObject({ code: 'CORRUPT', key: 'key 25', applied: 'no' })
  expect(failureOf(() => store.loadVersioned('key 25'))).toMatchObject({ code: 'CORRUPT', key: 'key 25' })
  for (const key of keys) if (key !== 'key 25') expect(store.load(key)).toBe(`value of ${key}`)
  // The other thread knows a key by its bytes.
  const asynchronous = closedAfterTest(new AsyncSqliteStore<string>({ path }))
  const owed = { code: 'CORRUPT', key: 'key 25', applied: 'no' }
  expect(await laterFailureOf(asynchronous.remove('key 25'))).toMatchObject(owed)
  const storeNewLater = asynchronous.storeIf('key 25', 'anew', undefined, newVersion())
  expect(await laterFailureOf(storeNewLater)).toMatchObject(owed)
})

test('whatever bit of the file flips, a load answers what was stored or throws CORRUPT', () => {
  const keys = Array.from({ length: 40 }, (_, index) => `key ${index + 10}`)
  const path = storedFile(keys.map((key) => [key, `value of ${key}`]))
  const whole = readFileSync(path)
  // Every 97th byte, another bit each time: a prime, so that it meets all kinds of places.
  for (let at = 0; at < whole.length; at += 97) {
    const file = Buffer.from(whole)
    file[at] = file[at]! ^ (1 << (at % 8))
    writeFileSync(path, file)
    expect(loadAll(path, keys), `bit ${at % 8} of byte ${at}`).toEqual([])
  }
})

test('a damaged frame of the log ends it: the writes before it are there, those from it on are gone', () => {
  const path = databasePath()
  const store = closedAfterTest(new SqliteStore<string>({ path }))
  for (const key of ['a', 'b', 'c']) store.store(key, `value of ${key}`)
  // What a crash leaves: the files as they are while the store is open.
  const crashed = databasePath()
  copyFileSync(path, crashed)
  copyFileSync(`${path}-wal`, `${crashed}-wal`)
  flip(`${crashed}-wal`, 'value of b', 0)
  const after = closedAfterTest(new SqliteStore<string>({ path: crashed }))
  expect(after.load('a')).toBe('value of a')
  expect([...after.keys()]).toEqual(['a'])
})

/** What is neither the stored value nor a CORRUPT. */
function loadAll(path: string, keys: string[]): string[] {
  const wrong: string[] = []
  let store: SqliteStore<string> | undefined
  try {
    store = new SqliteStore<string>({ path, durability: 'process' })
    for (const key of keys) {
      try {
        const value = store.load(key)
        if (value !== `value of ${key}`) wrong.push(`${key}: ${value}`)
      } catch (error) {
        if (!StoreError.is(error) || error.code !== 'CORRUPT') wrong.push(`${key}: ${error}`)
      }
    }
  } catch (error) {
    if (!StoreError.is(error) || error.code !== 'CORRUPT') wrong.push(`open: ${error}`)
  }
  store?.close()
  return wrong
}

/** A closed database file with these entries. */
function storedFile(entries: readonly (readonly [string, string])[]): string {
  const path = databasePath()
  const store = new SqliteStore<string>({ path })
  store.storeMany(entries)
  store.close()
  return path
}

/** Flips a bit of the first such text that is the one meant. */
function flip(path: string, text: string, offset: number, isMeant = (_: Buffer, __: number) => true): void {
  const file = readFileSync(path)
  let at = file.indexOf(text)
  while (at >= 0 && !isMeant(file, at)) at = file.indexOf(text, at + 1)
  if (at < 0) throw new Error(`the file does not hold ${text}`)
  file[at + offset] = file[at + offset]! ^ 1
  writeFileSync(path, file)
}
