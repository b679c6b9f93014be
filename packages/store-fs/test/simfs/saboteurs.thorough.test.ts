import { utf8 } from '@wt/core'
import {
  CrashFailure,
  type CrashProfile,
  type CrashReport,
  exploreCrashes,
  exploreFaults,
  type Step,
} from '@wt/conformance/simfs'
import { describe, expect, test } from 'vitest'
import { FsStore, type FsStoreOptions } from '../../src/index.ts'
import * as saboteurs from './sabotaged-port.ts'
import { type Sabotage, sabotaged } from './sabotaged-port.ts'

const STEPS: Step<string>[] = [
  { do: 'store', key: 'a', value: 'one' },
  { do: 'store', key: 'Ü/c', value: 'two' },
  { do: 'store', key: 'a', value: 'three' },
  { do: 'remove', key: 'a' },
  { do: 'remove', key: 'a' },
]

type Explore = typeof exploreCrashes

function explore(
  how: Explore,
  sabotage: Sabotage,
  profile: CrashProfile,
  durability: FsStoreOptions<string>['durability'] = 'power',
): Promise<CrashReport> {
  return how<string>({
    open: (simFs) =>
      new FsStore({ path: '/data/store', codec: utf8(), durability, fileSystem: sabotaged(simFs, sabotage) }),
    steps: STEPS,
    profile,
  })
}

async function complaint(exploration: Promise<unknown>): Promise<string> {
  try {
    await exploration
    return 'nothing was found'
  } catch (error) {
    if (error instanceof CrashFailure) return error.message
    throw error
  }
}

test.each(['power', 'process'] as const)("without sabotage '%s' passes", async (durability) => {
  await explore(exploreCrashes, () => ({}), 'process', durability)
  await explore(exploreFaults, () => ({}), 'process', durability)
})

describe('a crash finds a store', () => {
  const found: [what: string, Sabotage, RegExp, CrashProfile[]][] = [
    ['that does not sync the file', saboteurs.noFileSync, /CORRUPT/, ['dropped', 'ordered', 'adversarial']],
    [
      'that syncs the file after the rename',
      saboteurs.syncAfterRename,
      /CORRUPT/,
      ['ordered', 'adversarial'],
    ],
    [
      'that does not sync a directory of records',
      saboteurs.noShardSync,
      /"a" holds/,
      ['dropped', 'adversarial'],
    ],
    ['that does not sync v1', saboteurs.noVersionSync, /"a" holds undefined/, ['dropped']],
    ['that does not sync its root', saboteurs.noRootSync, /"a" holds undefined/, ['dropped', 'adversarial']],
    ["that does not sync its root's parent", saboteurs.noParentSync, /"a" holds undefined/, ['dropped']],
    ['that does not sync above it', saboteurs.noGrandparentSync, /"a" holds undefined/, ['dropped']],
    ['that copies where it cannot rename', saboteurs.copyForRename, /CORRUPT/, ['process', 'adversarial']],
    ['that leaves directories open', saboteurs.directoriesLeftOpen, /still open/, ['process']],
    ['that sweeps nothing', saboteurs.nothingSwept, /temp-.* is left for ever/, ['process', 'adversarial']],
    ['that does not list every key', saboteurs.hashedNotListed, /keys after the crash/, ['process']],
  ]
  describe.each(found)('%s', (_what, sabotage, message, profiles) => {
    test.each(profiles)('%s', async (profile) => {
      expect(await complaint(explore(exploreCrashes, sabotage, profile))).toMatch(message)
    })
  })
})

describe('a fault finds a store, which no crash alone does,', () => {
  const found: [what: string, Sabotage, RegExp, CrashProfile, FsStoreOptions<string>['durability']][] = [
    ['that tries a failed sync again', saboteurs.syncTriedAgain, /CORRUPT/, 'dropped', 'power'],
    [
      'that ignores a failed sync of a directory',
      saboteurs.failedDirectorySyncIgnored,
      /"a" holds/,
      'dropped',
      'power',
    ],
    ['that ignores a failed close', saboteurs.failedCloseIgnored, /CORRUPT/, 'process', 'process'],
    ['that ignores a short write', saboteurs.shortWriteIgnored, /CORRUPT/, 'process', 'power'],
    ['that denies a rename in doubt', saboteurs.doubtfulRenameDenied, /may answer/, 'process', 'power'],
    [
      'that takes a failed read for absence',
      saboteurs.failedReadIsAbsence,
      /answers undefined/,
      'process',
      'power',
    ],
    [
      'that does not sync a removal of nothing',
      saboteurs.absentRemovalNotSynced,
      /"a" holds '(one|three)'/,
      'dropped',
      'power',
    ],
  ]
  test.each(found)('%s', async (_what, sabotage, message, profile, durability) => {
    await explore(exploreCrashes, sabotage, profile, durability)
    expect(await complaint(explore(exploreFaults, sabotage, profile, durability))).toMatch(message)
  })
})
