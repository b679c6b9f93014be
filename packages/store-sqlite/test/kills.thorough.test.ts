import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { hasStrace, killAtEveryCall, killRepeatedly } from '@wt/conformance/kills'
import { describe, expect, test } from 'vitest'
import asynchronous from './async-store-sqlite.conformance.ts'
import asynchronousPower from './async-store-sqlite-power.conformance.ts'
import { databasePath } from './fixtures.ts'
import onBetterSqlite from './store-sqlite-better-sqlite3.conformance.ts'
import onlyProcess from './store-sqlite-process.conformance.ts'
import power from './store-sqlite.conformance.ts'

const targets = [power, onlyProcess, onBetterSqlite, asynchronous]

/** So many processes are killed for each store: a few, or as many as KILLS says, which also has more writes tried. */
const KILLS = Number(process.env.KILLS ?? 3)
const isThorough = process.env.KILLS !== undefined
const SEED = 5

/** Once the last connection has closed, the log is in the database, and its files are gone. */
const strays = (location: string) => readdirSync(location).filter((name) => name !== 'store.db')

test.each(targets)(
  '$name: processes that are killed while they write lose, tear and leave nothing',
  { timeout: 30_000 + KILLS * 15_000 },
  async (target) => {
    const location = dirname(databasePath())
    const report = await killRepeatedly({ target, location, kills: KILLS, seed: SEED, strays })
    expect(report.kills).toBe(KILLS)
    expect(report.acknowledged).toBeGreaterThan(KILLS)
    // Of many some have to come in the middle of a write, else nothing was tried.
    if (isThorough) expect(report.duringWrites).toBeGreaterThan(KILLS / 8)
  },
)

const before = [
  { do: 'store', key: 'a', value: 'old a' },
  { do: 'store', key: 'b', value: 'old b' },
] as const

const writes = [
  { do: 'store', key: 'a', value: 'new a' },
  { do: 'store', key: 'c', value: 'first' },
  { do: 'remove', key: 'a' },
  // biome-ignore format: one batch, one line
  { do: 'storeMany', entries: [['a', 'new a'], ['b', 'new b'], ['c', 'first']] },
] as const

// Skipped, and shown so, where there is no strace to kill with; in CI durability.test.ts insists on it.
describe.skipIf(!hasStrace())('killed at the entry of each of its system calls', () => {
  test.each(isThorough ? writes : writes.slice(0, 1))(
    'a $do leaves all that was there or all that it was given',
    { timeout: 300_000 },
    async (write) => {
      const directory = dirname(databasePath())
      const { calls, hit } = await killAtEveryCall({ target: power, directory, before, write, strays })
      expect(hit.filter(isSteady)).toEqual(calls.filter(isSteady))
      expect(hit).toContain('pwrite64')
      // The first write after an opening: the log's header, its directory, the commit. Later ones: durability.test.ts.
      expect(calls.filter((name) => name === 'fdatasync' || name === 'fsync')).toHaveLength(3)
    },
  )
})

/** Those that change a file. Before the others, a kill leaves what one before the next of these leaves. */
const CHANGES = ['pwrite64', 'ftruncate', 'fdatasync', 'fsync', 'unlink']

describe.skipIf(!hasStrace())('killed at the entry of each call of its thread that changes a file', () => {
  test.each(isThorough ? writes : writes.slice(0, 1))(
    'a $do of AsyncSqliteStore leaves all that was there or all that it was given',
    { timeout: 300_000 },
    async (write) => {
      const directory = dirname(databasePath())
      const target = asynchronousPower
      const { calls, hit } = await killAtEveryCall({ target, directory, before, write, at: CHANGES, strays })
      expect(hit).toEqual(calls)
      expect(hit).toContain('pwrite64')
      expect(calls.filter((name) => name === 'fdatasync' || name === 'fsync')).toHaveLength(3)
    },
  )
})

/** Node itself makes others of the other kinds too, at times that change, so that one of them can be missed. */
function isSteady(name: string): boolean {
  return name !== 'openat' && name !== 'close'
}
