import { constants } from 'node:fs'
import nodePromises, { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  CRASH_PROFILES,
  type CrashTest,
  exploreCrashes,
  exploreFaults,
  randomSteps,
  SimFs,
  type Step,
} from '../../src/simfs/index.ts'
import { AsyncFileStore, type AsyncFlaw } from './async-file-store.ts'
import { left, shown, write } from './fixtures.ts'

const CREATE = constants.O_CREAT | constants.O_RDWR

let fileSystem: SimFs

beforeEach(() => {
  fileSystem = new SimFs()
})

describe('promises', () => {
  const real: Pick<SimFs['promises'], keyof SimFs['promises']> = nodePromises
  const kinds: [string, () => typeof real][] = [
    ['SimFs', () => new SimFs().promises],
    ['node:fs/promises', () => real],
  ]
  test.each(kinds)('have the shapes of node:fs/promises: %s', async (_name, promisesOf) => {
    const promises = promisesOf()
    const root = await mkdtemp(join(tmpdir(), 'simfs-'))
    try {
      expect(await promises.mkdir(`${root}/d/e`, { recursive: true })).toBe(
        promises === real ? `${root}/d` : `/${root.split('/')[1]}`,
      )
      const file = await promises.open(`${root}/d/a`, CREATE, 0o600)
      const bytes = Buffer.from('text')
      expect(await file.write(bytes)).toEqual({ bytesWritten: 4, buffer: bytes })
      expect((await file.stat()).size).toBe(4)
      expect((await file.read(bytes, 1, 2, 0)).bytesRead).toBe(2)
      expect(bytes.toString()).toBe('ttet')
      await promises.rename(`${root}/d/a`, `${root}/d/b`)
      expect((await promises.readdir(`${root}/d`)).sort()).toEqual(['b', 'e'])
      expect((await promises.lstat(`${root}/d`)).isDirectory()).toBe(true)
      await promises.unlink(`${root}/d/b`)
      await expect(promises.lstat(`${root}/d/b`)).rejects.toMatchObject({ code: 'ENOENT' })
      await file.close()
      expect(file.fd).toBe(-1)
      await expect(file.sync()).rejects.toMatchObject({ code: 'EBADF' })
      await file.close()
    } finally {
      await rm(root, { recursive: true })
    }
  })

  test('fail by the faults that are injected', async () => {
    fileSystem.inject({ code: 'EMFILE', call: 'openSync' })
    await expect(fileSystem.promises.open('/a', CREATE)).rejects.toMatchObject({ code: 'EMFILE' })
  })

  test('are carried out in an order that the seed chooses', async () => {
    const orderOf = async (seed: number) => {
      const { promises, operations } = new SimFs({ seed })
      await Promise.all(['/1', '/2', '/3', '/4', '/5'].map((path) => promises.mkdir(path)))
      return operations.map(({ path }) => path).join(' ')
    }
    const orders = await Promise.all([1, 2, 3, 4, 5].map(orderOf))
    expect(new Set(orders).size).toBeGreaterThan(1)
    expect(await Promise.all([1, 2, 3, 4, 5].map(orderOf))).toEqual(orders)
  })
})

describe('a sync of promises', () => {
  test('covers what was carried out before it was called', async () => {
    const root = await fileSystem.promises.open('/', constants.O_RDONLY)
    write(fileSystem, '/a', '')
    await root.sync()
    expect(left(fileSystem, 'dropped')).toEqual(['/a='])
  })

  test('does not cover what was carried out while it waited', async () => {
    const root = await fileSystem.promises.open('/', constants.O_RDONLY)
    const syncing = root.sync()
    write(fileSystem, '/a', '')
    await syncing
    expect(left(fileSystem, 'dropped')).toEqual([''])
    expect(left(fileSystem, 'adversarial')).toEqual(['', '/a='])
    expect(shown(fileSystem)).toBe('/a=')
  })
})

const STEPS: Step<string>[] = [
  { do: 'store', key: 'a', value: 'one' },
  {
    do: 'together',
    steps: [
      { do: 'store', key: 'a', value: 'two' },
      { do: 'store', key: 'b', value: 'three' },
      { do: 'store', key: 'a', value: 'four' },
      { do: 'store', key: 'c', value: 'five' },
    ],
  },
  {
    do: 'together',
    steps: [
      { do: 'remove', key: 'a' },
      { do: 'store', key: 'b', value: 'six' },
      { do: 'remove', key: 'c' },
    ],
  },
]

function over(flaw?: AsyncFlaw, rest: Partial<CrashTest<string>> = {}): CrashTest<string> {
  return {
    open: (found) => AsyncFileStore.open(found, flaw),
    steps: STEPS,
    profile: 'dropped',
    ...rest,
  }
}

describe('calls that are made together', () => {
  test.each(CRASH_PROFILES)('of a correct store pass: %s', async (profile) => {
    const limits = { exhaustiveUpTo: 32, samples: 16 }
    const report = await exploreCrashes(over(undefined, { profile, ...limits }))
    expect(report.disks).toBeGreaterThan(10)
  })

  test.each([1, 2, 3])('at random pass, seed %i', async (seed) => {
    const steps = randomSteps(seed, { together: 4, batches: false })
    expect(steps.some((step) => step.do === 'together')).toBe(true)
    const limits = { exhaustiveUpTo: 16, samples: 8 }
    await exploreCrashes(over(undefined, { profile: 'adversarial', steps, seed, ...limits }))
  })

  test('pass with any fault', async () => {
    const report = await exploreFaults(over(undefined, { crashesInRecovery: false }))
    expect(report.faults).toBeGreaterThan(100)
  })

  const flaws: [AsyncFlaw, RegExp][] = [
    ['joins a sync that has begun', /after the crash/],
    ['answers before the sync', /after the crash "a" holds undefined/],
    ['lets writes of a key overtake each other', /it answers 'two', and may answer 'four'/],
    ['shares a temporary file', /fails, though nothing was wrong|may answer|after the crash/],
  ]
  test.each(flaws)('find a store that %s', async (flaw, message) => {
    const seeds = [1, 2, 3, 4, 5, 6]
    const found = await Promise.all(
      seeds.map((seed) =>
        exploreCrashes(over(flaw, { seed })).then(
          () => '',
          (error: Error) => error.message,
        ),
      ),
    )
    expect(found.find((each) => message.test(each)) ?? found.join()).toMatch(message)
  })
})
