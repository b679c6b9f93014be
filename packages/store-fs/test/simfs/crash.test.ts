import { utf8 } from '@wt/core'
import {
  CRASH_PROFILES,
  type CrashReport,
  type CrashTest,
  exploreCrashes,
  exploreFaults,
  randomSteps,
  type SimFs,
  type Step,
} from '@wt/conformance/simfs'
import { describe, expect, test } from 'vitest'
import { FsStore } from '../../src/index.ts'

/** Two levels that the store has to make, and to make last. */
const PATH = '/data/store'

function power(fileSystem: SimFs): FsStore<string> {
  return new FsStore({ path: PATH, fileSystem, codec: utf8() })
}

function onlyProcess(fileSystem: SimFs): FsStore<string> {
  return new FsStore({ path: PATH, fileSystem, codec: utf8(), durability: 'process' })
}

/** Keys in one directory and in several, in the name and hashed. */
const KEYS = ['a', 'b', 'Ü/c', '', 'key-q']

/** Every kind of write, each key written more than once, and a value of several sectors. */
const STEPS: Step<string>[] = [
  { do: 'store', key: 'a', value: 'one' },
  { do: 'store', key: 'a', value: `two ${'long '.repeat(300)}` },
  { do: 'storeMany', entries: KEYS.map((key) => [key, `many ${key}`] as const) },
  { do: 'remove', key: 'Ü/c' },
  { do: 'remove', key: 'Ü/c' },
  { do: 'reopen' },
  { do: 'removeMany', keys: ['a', '', 'Ü/c'] },
  { do: 'store', key: 'a', value: 'three' },
]

const SEEDS = [1, 2, 3]

/** Enough beside the steps above, all of whose disks are tried. */
const SAMPLED = { exhaustiveUpTo: 32, samples: 24 }

/** An exploration that found hardly anything to try would prove nothing. */
function expectTried(report: CrashReport, disks: number): void {
  expect(report.crashes).toBeGreaterThan(60)
  expect(report.disks).toBeGreaterThanOrEqual(disks)
}

describe.each(CRASH_PROFILES)("'power', a crash that is '%s'", (profile) => {
  const tested: Omit<CrashTest<string>, 'steps'> = { open: power, profile }
  const disks = profile === 'dropped' ? 8 : 25

  test('at any operation leaves what was acknowledged', async () => {
    expectTried(await exploreCrashes({ ...tested, steps: STEPS }), disks)
  })

  test.each(SEEDS)('at any operation of random steps leaves what was acknowledged, seed %i', async (seed) => {
    const steps = randomSteps(seed, { keys: KEYS, count: 10 })
    expectTried(await exploreCrashes({ ...tested, steps, seed, ...SAMPLED }), disks)
  })

  test('after any fault of random steps leaves what was acknowledged, seed 7', async () => {
    const steps = randomSteps(7, { keys: KEYS, count: 5 })
    const report = await exploreFaults({ ...tested, steps, seed: 7, ...SAMPLED })
    expect(report.faults).toBeGreaterThan(3 * report.operations)
    expectTried(report, 10)
  })
})

// All kept, all dropped, and what lies between: this profile has the disks of the others among its own.
test("'power', any fault at any operation is told, and what was acknowledged is left", async () => {
  const tested = { open: power, profile: 'adversarial', crashesInRecovery: false } as const
  expectTried(await exploreFaults({ ...tested, steps: STEPS }), 100)
})

describe("'process', a process that is killed", () => {
  const tested = { open: onlyProcess, profile: 'process' } as const

  test('at any operation leaves what was acknowledged', async () => {
    expectTried(await exploreCrashes({ ...tested, steps: STEPS }), 25)
  })

  test.each(SEEDS)('at any operation of random steps leaves what was acknowledged, seed %i', async (seed) => {
    const steps = randomSteps(seed, { keys: KEYS, count: 10 })
    expectTried(await exploreCrashes({ ...tested, steps, seed }), 25)
  })

  test('after any fault leaves what was acknowledged, and the fault is told', async () => {
    expectTried(await exploreFaults({ ...tested, steps: STEPS }), 25)
  })
})
