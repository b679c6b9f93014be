import type { AsyncBackingStore } from '@wt/core'
import { describe, expect, test } from 'vitest'
import {
  CRASH_PROFILES,
  CrashFailure,
  type CrashReport,
  type CrashTest,
  exploreCrashes,
  exploreFaults,
  randomSteps,
  type Step,
} from '../../src/simfs/index.ts'
import { FileStore, type FileStoreOptions, type Flaw } from './file-store.ts'

const SEED = 3

const STEPS: Step<string>[] = [
  { do: 'store', key: 'a', value: 'one' },
  { do: 'store', key: 'b', value: 'two' },
  { do: 'store', key: 'a', value: 'three' },
  { do: 'remove', key: 'b' },
  { do: 'remove', key: 'b' },
]

function over(options: FileStoreOptions, rest: Partial<CrashTest<string>> = {}): CrashTest<string> {
  return {
    open: (fileSystem) => new FileStore(fileSystem, options),
    steps: STEPS,
    profile: 'adversarial',
    seed: SEED,
    ...rest,
  }
}

/** The failure that an exploration ends with. */
async function failureOf(exploration: Promise<CrashReport>): Promise<CrashFailure> {
  try {
    await exploration
  } catch (error) {
    if (error instanceof CrashFailure) return error
    throw error
  }
  throw new Error('no promise was found to be broken')
}

describe('a correct store', () => {
  test.each(CRASH_PROFILES)('passes every crash: %s', async (profile) => {
    const report = await exploreCrashes(over({}, { profile }))
    expect(report).toMatchObject({ seed: SEED, profile, faults: 0 })
    expect(report.crashes).toBeGreaterThan(20)
    expect(report.disks).toBeGreaterThan(profile === 'dropped' ? 4 : 10)
    if (profile === 'adversarial') expect(report.recoveryDisks).toBeGreaterThan(0)
  })

  test.each(CRASH_PROFILES)('passes every fault: %s', async (profile) => {
    const report = await exploreFaults(over({}, { profile }))
    expect(report.faults).toBeGreaterThan(report.operations)
    expect(report.disks).toBeGreaterThan(5)
  })

  test.each([1, 2, 3])('passes random steps, seed %i', async (seed) => {
    const limits = { exhaustiveUpTo: 16, samples: 12 }
    const test = over({}, { steps: randomSteps(seed, { batches: false }), seed, ...limits })
    await exploreCrashes(test)
    await exploreFaults(test)
  })

  test('that syncs nothing passes where only the process is killed, and nowhere else', async () => {
    await exploreCrashes(over({ synced: false }, { profile: 'process' }))
    await exploreFaults(over({ synced: false }, { profile: 'process' }))
    for (const profile of ['dropped', 'ordered', 'adversarial'] as const) {
      await failureOf(exploreCrashes(over({ synced: false }, { profile })))
    }
  })

  test('passes when it answers later', async () => {
    const open: CrashTest<string>['open'] = async (fileSystem) => later(new FileStore(fileSystem))
    expect((await exploreCrashes(over({}, { open }))).disks).toBeGreaterThan(10)
  })
})

function later(store: FileStore): AsyncBackingStore<string, string> {
  return {
    store: async (key, value) => store.store(key, value),
    load: async (key) => store.load(key),
    remove: async (key) => store.remove(key),
    keys: async function* () {
      yield* store.keys()
    },
  }
}

describe('a crash finds a store that', () => {
  const crashes: [Flaw, CrashTest['profile'], RegExp][] = [
    ['no file sync', 'dropped', /CORRUPT/],
    ['no file sync', 'ordered', /CORRUPT/],
    ['no directory sync', 'dropped', /"a" holds undefined; it may hold 'one'/],
    ['no parent sync', 'dropped', /"a" holds undefined; it may hold 'one'/],
    ['writes in place', 'process', /CORRUPT/],
    ['keeps temporary files', 'process', /\/store\/temp[0-9]+ is left for ever/],
    ['lists temporary files', 'process', /keys after the crash/],
    ['rewrites records when it opens', 'process', /cannot be opened after the crash/],
    ['forgets at the third opening', 'process', /opened a second time/],
    ['leaks descriptors', 'process', /file descriptors are still open/],
  ]
  test.each(crashes)('%s (%s)', async (flaw, profile, message) => {
    const failure = await failureOf(exploreCrashes(over({ flaw }, { profile, mayStay: /opening/ })))
    expect(failure.message).toMatch(message)
  })

  test('is only harmed by a crash in its recovery, if one looks there', async () => {
    const options = { flaw: 'rewrites records when it opens' } as const
    await exploreCrashes(over(options, { profile: 'process', crashesInRecovery: false }))
    const failure = await failureOf(exploreCrashes(over(options, { profile: 'process' })))
    expect(failure.replay.split(':')).toHaveLength(5)
  })
})

test('a fault in the recovery finds a store that leaks when it cannot open, and its replay does too', async () => {
  const broken = over({ flaw: 'leaks when it cannot open' }, { profile: 'process' })
  const { message, replay } = await failureOf(exploreCrashes(broken))
  expect(message).toMatch(/an open that failed.*descriptors are still open/)
  expect((await failureOf(exploreCrashes({ ...broken, replay }))).message).toBe(message)
})

describe('a fault finds a store that', () => {
  const faults: [Flaw, CrashTest['profile'], RegExp][] = [
    ['retries a failed sync', 'dropped', /CORRUPT/],
    ['ignores short writes', 'process', /CORRUPT/],
    ["says 'no' when the directory sync failed", 'process', /it answers 'one', and may answer undefined/],
    ['throws what the file system threw', 'process', /a StoreError or BulkStoreError is owed/],
    ['does not sync the removal of what is absent', 'dropped', /"b" holds 'two'; it may hold undefined/],
    ['reads a failure as a miss', 'process', /it answers undefined, and may answer 'one'/],
    ['leaks when it cannot open', 'process', /an open that failed.*descriptors are still open/],
  ]
  test.each(faults)('%s (%s)', async (flaw, profile, message) => {
    await exploreCrashes(over({ flaw }, { profile, crashesInRecovery: false }))
    const failure = await failureOf(exploreFaults(over({ flaw }, { profile })))
    expect(failure.message).toMatch(message)
  })

  test('ignores a failed close', async () => {
    const options = { flaw: 'ignores a failed close', synced: false } as const
    const failure = await failureOf(exploreFaults(over(options, { profile: 'process' })))
    expect(failure.message).toMatch(/CORRUPT/)
  })
})

describe('a failure', () => {
  const flaw = 'no directory sync'

  test('says the steps, the last operations, the profile and the replay', async () => {
    const { message, replay } = await failureOf(exploreCrashes(over({ flaw }, { profile: 'dropped' })))
    expect(replay).toMatch(new RegExp(`^${SEED}:[0-9]+:[0-9]+$`))
    expect(message).toContain(`profile 'dropped', replay: '${replay}'`)
    expect(message).toContain('store "a"')
    expect(message).toContain('renameSync /store/temp')
  })

  test.each([exploreCrashes, exploreFaults])(
    'is found again by its replay, and nothing else is tried',
    async (explore) => {
      const broken = over({ flaw }, { profile: 'ordered', seed: 9 })
      const { replay, message } = await failureOf(explore(broken))
      const again = await failureOf(explore({ ...broken, seed: 1, replay }))
      expect([again.replay, again.message]).toEqual([replay, message])
      const healed = await explore(over({}, { profile: 'ordered', replay }))
      expect(healed.seed).toBe(9)
      const first = healed.disks - healed.recoveryDisks
      for (const count of [healed.crashes, first, healed.faults]) expect(count).toBeLessThanOrEqual(1)
    },
  )

  test('cannot be replayed from what is no replay', async () => {
    for (const replay of ['7:1', '7:1:2:3', 'a:b:c', '']) {
      await expect(exploreCrashes(over({}, { replay }))).rejects.toThrow(RangeError)
    }
  })
})
