import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { SqliteStore } from '../src/index.ts'
import { closedAfterTest, databasePath, failureOf } from './fixtures.ts'

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

/** A closed database file with these entries. */
function storedFile(entries: readonly (readonly [string, string])[]): string {
  const path = databasePath()
  const store = new SqliteStore<string>({ path })
  store.storeMany(entries)
  store.close()
  return path
}

function flip(path: string, text: string, offset: number): void {
  const file = readFileSync(path)
  const position = file.indexOf(text) + offset
  file[position] = file[position]! ^ 1
  writeFileSync(path, file)
}
