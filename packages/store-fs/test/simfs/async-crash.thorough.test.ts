import {
  CRASH_PROFILES,
  type CrashReport,
  type CrashTest,
  exploreCrashes,
  exploreFaults,
  randomSteps,
  type Step,
} from '@wt/conformance/simfs'
import { describe, expect, test } from 'vitest'
import { KEYS, opening, STEPS } from './async-store.ts'

const SEEDS = [1, 2]

/** Opening is the same code as FsStore's, whose explorations crash in the recovery too. */
const SAMPLED = { exhaustiveUpTo: 16, samples: 10, crashesInRecovery: false }

/** An exploration that found hardly anything to try would prove nothing. */
function expectTried(report: CrashReport, disks: number): void {
  expect(report.crashes).toBeGreaterThan(60)
  expect(report.disks).toBeGreaterThanOrEqual(disks)
}

describe.each(CRASH_PROFILES)("'power', calls at once and a crash that is '%s'", (profile) => {
  const tested: Omit<CrashTest<string>, 'steps'> = { open: opening(), profile, ...SAMPLED }
  const disks = profile === 'dropped' ? 8 : 25

  test('leave what was acknowledged, at any operation', async () => {
    expectTried(await exploreCrashes({ ...tested, steps: STEPS }), disks)
  })

  // The seed chooses the steps, and the order in which the file system carries out what waits at once.
  test.each(SEEDS)('leave what was acknowledged, at any operation of random steps, seed %i', async (seed) => {
    const steps = randomSteps(seed, { keys: KEYS, count: 5, together: 6 })
    expectTried(await exploreCrashes({ ...tested, steps, seed }), disks)
  })
})

/** Few, because each is tried with some 500 faults, most of them while the store is opened. */
const FAULTED: Step<string>[] = [
  { do: 'store', key: 'h', value: 'one' },
  {
    do: 'together',
    steps: [
      { do: 'remove', key: 'h' },
      { do: 'store', key: 'h', value: 'two' },
      { do: 'store', key: 'y', value: 'three' },
      { do: 'remove', key: 'Ö' },
    ],
  },
]

test("'power', any fault at any operation of calls at once is told, and what was acknowledged is left", async () => {
  const tested = { open: opening(), profile: 'dropped', steps: FAULTED, seed: 5, ...SAMPLED } as const
  const report = await exploreFaults(tested)
  expect(report.faults).toBeGreaterThan(3 * report.operations)
  expectTried(report, 25)
}, 120_000)

test("'process', a process that is killed leaves what was acknowledged, at any operation", async () => {
  const tested = { open: opening('process'), profile: 'process', steps: STEPS } as const
  expectTried(await exploreCrashes(tested), 25)
})
