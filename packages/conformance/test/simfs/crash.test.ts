import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { CRASH_PROFILES, type CrashProfile, SimFs } from '../../src/simfs/index.ts'
import { left, shown, sync, write } from './fixtures.ts'

let fileSystem: SimFs

beforeEach(() => {
  fileSystem = new SimFs()
})

describe("'process': a killed process", () => {
  test('loses nothing that it asked for', () => {
    write(fileSystem, '/a', 'new')
    expect(left(fileSystem, 'process')).toEqual(['/a=new'])
  })

  test('closes its descriptors', () => {
    fileSystem.openSync('/', 0)
    const [state] = [...fileSystem.afterCrash({ profile: 'process' })]
    expect(fileSystem.openDescriptors).toBe(1)
    expect(state?.fileSystem.openDescriptors).toBe(0)
  })
})

describe("'dropped': what was not synced is lost", () => {
  test('a file whose bytes are synced is gone when its directory is not', () => {
    write(fileSystem, '/a', 'new')
    sync(fileSystem, '/a')
    expect(left(fileSystem, 'dropped')).toEqual([''])
  })

  test('a file whose directory is synced is empty when its bytes are not', () => {
    write(fileSystem, '/a', 'new')
    sync(fileSystem, '/')
    expect(left(fileSystem, 'dropped')).toEqual(['/a='])
  })

  test('a file that is synced, and its directory, is there', () => {
    write(fileSystem, '/a', 'new')
    sync(fileSystem, '/a')
    sync(fileSystem, '/')
    expect(left(fileSystem, 'dropped')).toEqual(['/a=new'])
  })

  test('a synced file in a directory whose own name is not synced is gone', () => {
    fileSystem.mkdirSync('/d')
    write(fileSystem, '/d/a', 'new')
    sync(fileSystem, '/d/a')
    sync(fileSystem, '/d')
    expect(left(fileSystem, 'dropped')).toEqual([''])
    sync(fileSystem, '/')
    expect(left(fileSystem, 'dropped')).toEqual(['/d/a=new'])
  })

  test('a removed file comes back until its directory is synced', () => {
    write(fileSystem, '/a', 'old')
    sync(fileSystem, '/a')
    sync(fileSystem, '/')
    fileSystem.unlinkSync('/a')
    expect(left(fileSystem, 'dropped')).toEqual(['/a=old'])
    sync(fileSystem, '/')
    expect(left(fileSystem, 'dropped')).toEqual([''])
  })

  test('a directory sync covers the changes before it and not those after it', () => {
    write(fileSystem, '/a', '')
    sync(fileSystem, '/')
    write(fileSystem, '/b', '')
    expect(left(fileSystem, 'dropped')).toEqual(['/a='])
  })
})

describe("'ordered': names in their order, bytes when they come", () => {
  test('a rename over a file that was not synced may leave it empty', () => {
    write(fileSystem, '/a', 'old')
    sync(fileSystem, '/a')
    write(fileSystem, '/temp', 'new')
    fileSystem.renameSync('/temp', '/a')
    expect(left(fileSystem, 'ordered')).toContain('/a=')
    expect(left(fileSystem, 'ordered')).toContain('/a=new')
  })

  test('a later name is never there without the earlier one', () => {
    write(fileSystem, '/a', '')
    write(fileSystem, '/b', '')
    expect(left(fileSystem, 'ordered')).toEqual(['', '/a=', '/a= /b='])
  })

  test('a sync of any file keeps all names before it', () => {
    write(fileSystem, '/a', '')
    write(fileSystem, '/b', 'new')
    sync(fileSystem, '/b')
    expect(left(fileSystem, 'ordered')).toEqual(['/a= /b=new'])
  })

  test('no byte is there without those written before it', () => {
    write(fileSystem, '/a', '12')
    write(fileSystem, '/a', '1234', 0)
    sync(fileSystem, '/')
    expect(left(fileSystem, 'ordered')).toEqual(['/a=', '/a=12', '/a=1234'])
  })
})

describe("'adversarial': any part", () => {
  test('a later name may be there without the earlier one', () => {
    write(fileSystem, '/a', '')
    write(fileSystem, '/b', '')
    expect(left(fileSystem, 'adversarial')).toEqual(['', '/a=', '/a= /b=', '/b='])
  })

  test('the length may be there before the bytes, and a sector by half', () => {
    write(fileSystem, '/a', '1234')
    sync(fileSystem, '/')
    expect(left(fileSystem, 'adversarial')).toEqual(['/a=', '/a=0000', '/a=1200', '/a=1234'])
  })

  test('of two sectors the second may be there without the first', () => {
    const sectors = `${'1'.repeat(512)}${'2'.repeat(512)}`
    write(fileSystem, '/a', sectors)
    sync(fileSystem, '/')
    expect(left(fileSystem, 'adversarial')).toContain(`/a=${'0'.repeat(512)}${'2'.repeat(512)}`)
  })

  test('a rename in one directory is done or not, and never half', () => {
    write(fileSystem, '/a', 'old')
    write(fileSystem, '/temp', 'new')
    for (const path of ['/a', '/temp', '/']) sync(fileSystem, path)
    fileSystem.renameSync('/temp', '/a')
    expect(left(fileSystem, 'adversarial')).toEqual(['/a=new', '/a=old /temp=new'])
  })

  test('a rename between two directories may be half done', () => {
    fileSystem.mkdirSync('/d')
    write(fileSystem, '/a', '')
    sync(fileSystem, '/')
    fileSystem.renameSync('/a', '/d/a')
    expect(left(fileSystem, 'adversarial')).toEqual(['', '/a=', '/a= /d/a=', '/d/a='])
  })
})

describe('every profile', () => {
  test.each(CRASH_PROFILES)('%s: what is synced is kept, and is all that is found', (profile) => {
    fileSystem.mkdirSync('/d')
    write(fileSystem, '/d/a', 'new')
    for (const path of ['/d/a', '/d', '/']) sync(fileSystem, path)
    expect(left(fileSystem, profile)).toEqual(['/d/a=new'])
  })

  test.each(CRASH_PROFILES)('%s: a crash in the past leaves what was there then', (profile) => {
    write(fileSystem, '/a', 'old')
    for (const path of ['/a', '/']) sync(fileSystem, path)
    const operation = fileSystem.operations.length
    write(fileSystem, '/a', 'new')
    for (const path of ['/a', '/']) sync(fileSystem, path)
    const states = [...fileSystem.afterCrash({ profile, operation })]
    expect(states.map((state) => shown(state.fileSystem))).toEqual(['/a=old'])
    expect(left(fileSystem, profile)).toEqual(['/a=new'])
  })

  test('what is found wakes two hours later, by the clock of its files', () => {
    write(fileSystem, '/a', '')
    const [state] = [...fileSystem.afterCrash({ profile: 'process' })]
    const found = state!.fileSystem
    write(found, '/b', '')
    const ageMs = found.lstatSync('/b').mtimeMs - found.lstatSync('/a').mtimeMs
    expect(ageMs).toBeGreaterThanOrEqual(2 * 60 * 60 * 1000)
  })

  test('what is found is a file system of its own, which can crash again', () => {
    write(fileSystem, '/a', 'old')
    const [state] = [...fileSystem.afterCrash({ profile: 'process' })]
    const found = state!.fileSystem
    found.unlinkSync('/a')
    expect(shown(fileSystem)).toBe('/a=old')
    expect(left(found, 'dropped')).toEqual(['/a=old'])
    expect(left(found, 'process')).toEqual([''])
  })
})

describe('too many disks to try all', () => {
  beforeEach(() => {
    for (let index = 0; index < 20; index++) write(fileSystem, `/${index}`, '')
  })

  const options = { profile: 'adversarial', exhaustiveUpTo: 100, samples: 60 } as const

  test('give samples, with nothing kept and all of it among them', () => {
    const found = [...fileSystem.afterCrash(options)].map((state) => shown(state.fileSystem))
    expect(found.length).toBeGreaterThan(50)
    expect(found.length).toBeLessThanOrEqual(60)
    expect(found).toContain('')
    expect(found).toContain(shown(fileSystem))
  })

  test('give the same samples for the same seed, and others for another', () => {
    const prints = (seed: number) =>
      [...fileSystem.afterCrash({ ...options, seed })].map((state) => state.fingerprint)
    expect(prints(1)).toEqual(prints(1))
    expect(prints(1)).not.toEqual(prints(2))
  })
})

test("'adversarial' has every disk of the other profiles among its own", () => {
  const path = fc.constantFrom('/a', '/b', '/d/a')
  const step = fc.oneof(
    fc.record({ do: fc.constant('write'), path, text: fc.string({ minLength: 1, maxLength: 3 }) }),
    fc.record({ do: fc.constant('sync'), path: fc.oneof(path, fc.constantFrom('/', '/d')) }),
    fc.record({ do: fc.constantFrom('rename', 'unlink'), path, to: path }),
  )
  let disks = 0
  fc.assert(
    fc.property(fc.array(step, { maxLength: 7 }), (steps) => {
      const program = new SimFs()
      program.mkdirSync('/d')
      for (const taken of steps) {
        try {
          if ('text' in taken) write(program, taken.path, taken.text)
          else if (taken.do === 'sync') sync(program, taken.path)
          else if (taken.do === 'unlink') program.unlinkSync(taken.path)
          else if ('to' in taken) program.renameSync(taken.path, taken.to)
        } catch {
          // What is not there cannot be renamed; the programs are better for trying.
        }
      }
      const all = new Set(leftOf(program, 'adversarial'))
      disks += all.size
      for (const profile of CRASH_PROFILES) {
        for (const disk of leftOf(program, profile)) expect(all, profile).toContain(disk)
      }
    }),
    { seed: 20_000_102, numRuns: 100 },
  )
  expect(disks).toBeGreaterThan(1000)
})

function leftOf(program: SimFs, profile: CrashProfile): string[] {
  const states = program.afterCrash({ profile, exhaustiveUpTo: 100_000 })
  return Array.from(states, ({ fingerprint }) => fingerprint)
}

test('a crash is worth looking at after each operation that changes or syncs', () => {
  write(fileSystem, '/a', 'new')
  fileSystem.readdirSync('/')
  sync(fileSystem, '/a')
  const { operations } = fileSystem
  const calls = fileSystem.crashPoints().map((point) => operations[point - 1]?.call)
  expect(calls).toEqual([undefined, 'openSync', 'writeSync', 'fsyncSync'])
})

test('a crash that cannot be is refused', () => {
  expect(() => [...fileSystem.afterCrash({ profile: 'dropped', operation: 1 })]).toThrow(RangeError)
  expect(() => [...fileSystem.afterCrash({ profile: 'melted' as 'dropped' })]).toThrow(RangeError)
})
