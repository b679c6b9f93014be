import { CrashFailure, exploreCrashes, exploreFaults, type Step } from '@wt/conformance/simfs'
import { KeyTurns } from '@wt/core/node'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Files } from '../../src/files.ts'
import { opening, STEPS } from './async-store.ts'
import * as broken from './broken-syncs.ts'
import type { BrokenSyncs } from './broken-syncs.ts'

/** What stands in for SharedSyncs, where anything does. */
const sabotage: { syncs?: BrokenSyncs | undefined } = vi.hoisted(() => ({}))

vi.mock(import('../../src/shared-syncs.ts'), async (importOriginal) => {
  const { SharedSyncs } = await importOriginal()
  const chosen = function syncs(files: Files) {
    return sabotage.syncs?.(files) ?? new SharedSyncs(files)
  }
  return { SharedSyncs: chosen as unknown as typeof SharedSyncs }
})

afterEach(() => {
  sabotage.syncs = undefined
  vi.restoreAllMocks()
})

/** The order in which the file system carries out what waits at once depends on the seed. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]

/** The first complaint of any seed. */
async function complaint(
  explore: typeof exploreCrashes,
  steps: readonly Step<string>[],
  seeds: readonly number[] = SEEDS,
): Promise<string> {
  for (const seed of seeds) {
    try {
      await explore({ open: opening(), profile: 'dropped', steps, seed, crashesInRecovery: false })
    } catch (error) {
      if (error instanceof CrashFailure) return error.message
      throw error
    }
  }
  return 'nothing was found'
}

test('without sabotage nothing is found', async () => {
  expect(await complaint(exploreCrashes, STEPS)).toBe('nothing was found')
})

describe('a crash finds a store', () => {
  const found: [what: string, BrokenSyncs, RegExp][] = [
    ['whose writes join a sync that has begun', broken.joinsOneThatHasBegun, /after the crash "."/],
    ['that syncs while some are still renaming', broken.waitsForNobody, /after the crash "."/],
    ['that does not sync its directories', broken.omitted, /after the crash "."/],
    ['that answers before the sync', broken.answersBeforeTheSync, /after the crash "."|still open/],
    ['that syncs before the rename', broken.syncsBeforeTheChange, /after the crash "."/],
    ['that keeps its directories open', broken.directoriesKeptOpen, /still open/],
  ]
  test.each(found)('%s', async (_what, syncs, message) => {
    sabotage.syncs = syncs
    expect(await complaint(exploreCrashes, STEPS)).toMatch(message)
  })
})

test('calls for one key that overtake each other are found', async () => {
  vi.spyOn(KeyTurns.prototype, 'run').mockImplementation((_key, call) => call())
  expect(await complaint(exploreCrashes, STEPS)).toMatch(
    /it answers '\w+', and may answer '\w+'|after the crash/,
  )
})

describe('a fault finds a store, which no crash alone does,', () => {
  const steps: Step<string>[] = [
    { do: 'store', key: 'h', value: 'one' },
    { do: 'remove', key: 'h' },
    { do: 'remove', key: 'h' },
  ]
  const found: [what: string, BrokenSyncs, RegExp][] = [
    ['that tells nobody of a failed sync', broken.failureIsKept, /"h" holds/],
    ['that opens a directory after the rename', broken.opensAfterTheChange, /may answer/],
    ['that does not sync a removal of nothing', broken.skipsWhatFoundNothing, /"h" holds 'one'/],
  ]
  test.each(found)(
    '%s',
    async (_what, syncs, message) => {
      sabotage.syncs = syncs
      expect(await complaint(exploreCrashes, steps, [1])).toBe('nothing was found')
      expect(await complaint(exploreFaults, steps, [1])).toMatch(message)
    },
    120_000,
  )
})
