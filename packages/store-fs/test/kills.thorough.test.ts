import { hasStrace, killAtEveryCall, killRepeatedly } from '@wt/conformance/kills'
import { describe, expect, test } from 'vitest'
import asyncPower from './async-store-fs.conformance.ts'
import asyncOnlyProcess from './async-store-fs-process.conformance.ts'
import { tempsIn, temporaryDirectory } from './fixtures.ts'
import power from './store-fs.conformance.ts'
import onlyProcess from './store-fs-process.conformance.ts'

const targets = [power, onlyProcess, asyncPower, asyncOnlyProcess]

/** So many processes are killed for each store: a few, or as many as KILLS says, which also has more writes tried. */
const KILLS = Number(process.env.KILLS ?? 3)
const isThorough = process.env.KILLS !== undefined
const SEED = 5

test.each(targets)(
  '$name: processes that are killed while they write lose, tear and leave nothing',
  { timeout: 30_000 + KILLS * 15_000 },
  async (target) => {
    const location = temporaryDirectory()
    const report = await killRepeatedly({ target, location, kills: KILLS, seed: SEED, strays: tempsIn })
    expect(report.kills).toBe(KILLS)
    expect(report.acknowledged).toBeGreaterThan(KILLS)
    // Of many some have to come in the middle of a write, else nothing was tried.
    if (isThorough) expect(report.duringWrites).toBeGreaterThan(KILLS / 4)
  },
)

const before = [
  { do: 'store', key: 'a', value: 'old a' },
  { do: 'store', key: 'Ü/b', value: 'old b' },
] as const

/** With the syncs that each owes: of every file, and then of every directory that a file came to or went from. */
const writes = [
  { syncs: 2, write: { do: 'store', key: 'a', value: 'new a' } },
  { syncs: 2, write: { do: 'store', key: 'c', value: 'first' } },
  { syncs: 1, write: { do: 'remove', key: 'a' } },
  // biome-ignore format: one batch, one line
  { syncs: 6, write: { do: 'storeMany', entries: [['a', 'new a'], ['Ü/b', 'new b'], ['c', 'first']] } },
] as const

// Skipped, and shown so, where there is no strace to kill with; in CI processes.test.ts insists on it.
describe.skipIf(!hasStrace())('killed at the entry of each of its system calls', () => {
  test.each(isThorough ? writes : writes.slice(0, 1))(
    'a $write.do leaves what was there or what it was given, no temporary file, and is synced as it owes',
    { timeout: 300_000 },
    async ({ write, syncs }) => {
      const directory = temporaryDirectory()
      const { calls, hit } = await killAtEveryCall({
        target: power,
        directory,
        before,
        write,
        strays: tempsIn,
      })
      expect(hit.filter(isSteady)).toEqual(calls.filter(isSteady))
      expect(calls.filter((name) => name === 'fsync')).toHaveLength(syncs)
      expect(hit).toContain(write.do === 'remove' ? 'unlink' : 'rename')
    },
  )
})

/**
 * Those that change a file, carried out by a thread of Node's pool. Before the others, a kill leaves what one before the next of
 * these leaves. `write` is not among those that have to be hit: the main thread, which reports, makes as many.
 */
const CHANGES = ['mkdir', 'write', 'fsync', 'rename', 'unlink']

describe.skipIf(!hasStrace())('killed at the entry of each call of the pool that changes a file', () => {
  test.each(isThorough ? writes : writes.slice(0, 1))(
    'a $write.do of AsyncFsStore leaves what was there or what it was given, no temporary file, and is synced as it owes',
    { timeout: 300_000 },
    async ({ write, syncs }) => {
      const directory = temporaryDirectory()
      const target = asyncPower
      const { calls, hit } = await killAtEveryCall({
        ...{ target, directory, before, write },
        ...{ at: CHANGES, strays: tempsIn },
      })
      const isNoWrite = (name: string) => name !== 'write'
      expect(hit.filter(isNoWrite)).toEqual(calls.filter(isNoWrite))
      // Those before belong to the opening, which the first call brings.
      const own = calls.slice(calls.findIndex((name) => name === 'write' || name === 'unlink'))
      expect(own.filter((name) => name === 'fsync')).toHaveLength(syncs)
      expect(hit).toContain(write.do === 'remove' ? 'unlink' : 'rename')
    },
  )
})

/** Node itself makes others of the other kinds too, at times that change, so that one of them can be missed. */
function isSteady(name: string): boolean {
  return name !== 'openat' && name !== 'close'
}
