import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { bytes } from '@wt/core'
import { expect, test } from 'vitest'
import { SqliteStore, type Verification } from '../src/index.ts'
import { closedAfterTest, databasePath, failureOf } from './fixtures.ts'

const KEYS = Array.from({ length: 60 }, (_, index) => `key ${index + 10}`)

test('of a whole store nothing is damaged', () => {
  expect(verificationOf(storedFile())).toEqual({ checked: 60, damaged: [] })
  const empty = closedAfterTest(new SqliteStore({ path: databasePath() }))
  expect(empty.verify()).toEqual({ checked: 0, damaged: [] })
})

test('flipped bits in values are told, each with its key, and no other is', () => {
  const path = storedFile()
  flip(path, 'value of key 30')
  flip(path, 'value of key 40')
  const { checked, damaged } = verificationOf(path)
  expect(checked).toBe(60)
  expect(damaged.map(({ code, key }) => [code, key])).toEqual([
    ['CORRUPT', 'key 30'],
    ['CORRUPT', 'key 40'],
  ])
})

test('a checksum that changed is told', () => {
  const path = storedFile()
  const database = closedAfterTest(new DatabaseSync(path))
  database.exec(`UPDATE write_through_entries SET checksum = checksum + 1 WHERE key = CAST('key 33' AS BLOB)`)
  expect(verificationOf(path).damaged).toMatchObject([{ code: 'CORRUPT', key: 'key 33' }])
})

test('a key that the index hides is told by its name', () => {
  const path = storedFile()
  // The keys of the index stand together, those of the table each with its value.
  flip(path, 'key 25', (file, at) => !file.subarray(at, at + 40).includes('value of'))
  const { damaged } = verificationOf(path)
  expect(damaged.every(({ code }) => code === 'CORRUPT')).toBe(true)
  expect(damaged.map(({ key }) => key)).toContain('key 25')
})

test('a page that cannot be read costs its own entries alone, and is told as well', () => {
  const path = storedFile()
  const file = readFileSync(path)
  const page = Math.floor(file.indexOf('value of key 40') / 4096) * 4096
  const lost = KEYS.filter((key) => file.subarray(page, page + 4096).includes(`value of ${key} `))
  file[page] = 0xff
  writeFileSync(path, file)
  const { checked, damaged } = verificationOf(path)
  expect(checked).toBe(60)
  expect(lost.length).toBeGreaterThan(5)
  const keys = damaged.map(({ key }) => key).filter((key) => key !== undefined)
  expect(keys).toEqual(lost)
  expect(damaged.length).toBeGreaterThan(lost.length)
})

test('a page of the index that cannot be read is told, and nothing is thrown', () => {
  const path = storedFile()
  const file = readFileSync(path)
  let at = file.indexOf('key 25')
  while (file.subarray(at, at + 40).includes('value of')) at = file.indexOf('key 25', at + 1)
  file[Math.floor(at / 4096) * 4096] = 0xff
  writeFileSync(path, file)
  const { damaged } = verificationOf(path)
  expect(damaged.length).toBeGreaterThan(0)
})

test('whatever bit of the file flips, what cannot be loaded any more is among the damaged', () => {
  const path = storedFile()
  const whole = readFileSync(path)
  // Every 487th byte, another bit each time: a prime, so that it meets all kinds of places.
  for (let at = 0; at < whole.length; at += 487) {
    const file = Buffer.from(whole)
    file[at] = file[at]! ^ (1 << (at % 8))
    writeFileSync(path, file)
    let store: SqliteStore<string>
    try {
      store = new SqliteStore<string>({ path, durability: 'process' })
    } catch {
      // Refused at the door, which tells as much.
      continue
    }
    const unread = KEYS.filter((key) => !isWhole(store, key))
    const { damaged } = store.verify()
    store.close()
    if (unread.length > 0) expect(damaged.length, `bit ${at % 8} of byte ${at}: ${unread}`).toBeGreaterThan(0)
  }
})

test('a value that the codec cannot read is told with its key', () => {
  const path = databasePath()
  const other = new SqliteStore<Uint8Array>({ path, codec: bytes() })
  other.store('a', Uint8Array.of(255))
  other.close()
  expect(verificationOf(path)).toMatchObject({ checked: 1, damaged: [{ code: 'CORRUPT', key: 'a' }] })
})

test('what is no damage is thrown: a store that is closed', () => {
  const store = new SqliteStore({ path: databasePath() })
  store.close()
  expect(failureOf(() => store.verify())).toMatchObject({ code: 'CLOSED' })
})

function isWhole(store: SqliteStore<string>, key: string): boolean {
  try {
    return store.load(key) === valueFor(key)
  } catch {
    // Damaged, which verify has to tell as well.
    return false
  }
}

function verificationOf(path: string): Verification {
  return closedAfterTest(new SqliteStore<string>({ path, durability: 'process' })).verify()
}

/** A closed file that takes some pages for the entries. */
function storedFile(): string {
  const path = databasePath()
  const store = new SqliteStore<string>({ path, durability: 'process' })
  store.storeMany(KEYS.map((key) => [key, valueFor(key)]))
  store.close()
  return path
}

function valueFor(key: string): string {
  return `value of ${key} `.repeat(20)
}

/** Flips a bit of the first such text that is the one meant. */
function flip(path: string, text: string, isMeant = (_: Buffer, __: number) => true): void {
  const file = readFileSync(path)
  let at = file.indexOf(text)
  while (at >= 0 && !isMeant(file, at)) at = file.indexOf(text, at + 1)
  if (at < 0) throw new Error(`the file does not hold ${text}`)
  file[at] = file[at]! ^ 1
  writeFileSync(path, file)
}
