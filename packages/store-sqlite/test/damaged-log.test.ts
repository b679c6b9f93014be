import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { StoreError } from '@wt/core'
import { expect, test } from 'vitest'
import { SqliteStore } from '../src/index.ts'
import { closedAfterTest, databasePath } from './fixtures.ts'

const KEYS = ['a', 'b', 'c', 'd', 'e']

test('whatever bit of the log of a crashed process flips, the writes are there up to one of them, whole, or CORRUPT', () => {
  const path = databasePath()
  const store = closedAfterTest(new SqliteStore<string>({ path, durability: 'process' }))
  for (const key of KEYS) store.store(key, `value of ${key}`)
  // What a crash leaves: the files as they are while the store is open.
  const log = readFileSync(`${path}-wal`)
  const crashed = databasePath()
  let cut = 0
  // Every 151st byte, another bit each time: a prime, so that it meets headers, salts, checksums and pages.
  for (let at = 0; at < log.length; at += 151) {
    const damaged = Buffer.from(log)
    damaged[at] = damaged[at]! ^ (1 << (at % 8))
    copyFileSync(path, crashed)
    writeFileSync(`${crashed}-wal`, damaged)
    const held = heldAfter(crashed)
    const there = held.filter((value) => value !== undefined).length
    const upTo = KEYS.map((key, index) => (index < there ? `value of ${key}` : undefined))
    expect(held, `bit ${at % 8} of byte ${at}`).toEqual(upTo)
    if (there < KEYS.length) cut++
  }
  expect(cut).toBeGreaterThan(10)
})

/** What a fresh opening finds; nothing where the database is refused as CORRUPT. */
function heldAfter(path: string): (string | undefined)[] {
  let store: SqliteStore<string> | undefined
  try {
    store = new SqliteStore<string>({ path, durability: 'process' })
    return KEYS.map((key) => store!.load(key))
  } catch (error) {
    // Told, which is right; anything but CORRUPT is not.
    if (!StoreError.is(error) || error.code !== 'CORRUPT') throw error
    return KEYS.map(() => undefined)
  } finally {
    store?.close()
  }
}
