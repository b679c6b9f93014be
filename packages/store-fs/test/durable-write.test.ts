import { existsSync, rmSync } from 'node:fs'
import { BulkStoreError, StoreError } from '@wt/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FsStore } from '../src/index.ts'
import {
  FaultyFileSystem,
  failing,
  type Recorded,
  RECORD,
  SHARD,
  systemError,
  TEMP,
} from './faulty-file-system.ts'
import { failureOf, openDescriptors, recordFile, tempsIn, temporaryDirectory } from './fixtures.ts'

let path: string
let fileSystem: FaultyFileSystem
let store: FsStore<string>
let descriptorsBefore: number

beforeEach(() => {
  path = temporaryDirectory()
  fileSystem = new FaultyFileSystem()
  store = new FsStore<string>({ path, fileSystem })
  store.store('key', 'old')
  descriptorsBefore = openDescriptors()
  fileSystem.reset()
})

afterEach(() => {
  vi.unstubAllGlobals()
  expect(openDescriptors(), 'descriptors left open').toBe(descriptorsBefore)
})

/** Each call as `name what`, the path reduced to its kind. */
function steps(calls: readonly Recorded[]): string[] {
  return calls.map(({ call, path }) => {
    const kind = TEMP.test(path) ? 'temp' : RECORD.test(path) ? 'record' : 'directory'
    return `${call} ${kind}`
  })
}

describe('a put', () => {
  test('H21: is written, synced, closed, renamed, and its directory synced, in this order and with no call more', () => {
    store.store('key', 'new')
    expect(steps(fileSystem.calls)).toEqual([
      'openSync temp',
      'writeSync temp',
      'fsyncSync temp',
      'closeSync temp',
      'openSync directory',
      'renameSync temp',
      'fsyncSync directory',
      'closeSync directory',
    ])
    expect(fileSystem.calls.at(-2)?.path).toMatch(SHARD)
  })

  test("syncs nothing with 'process'", () => {
    const loose = new FsStore<string>({ path, fileSystem, durability: 'process' })
    fileSystem.reset()
    loose.store('key', 'new')
    expect(steps(fileSystem.calls)).toEqual([
      'openSync temp',
      'writeSync temp',
      'closeSync temp',
      'renameSync temp',
    ])
  })

  test('H20: is whole when the file system takes a few bytes at a time', () => {
    fileSystem.writeAtMost = 7
    const value = 'a value of some length '.repeat(10)
    store.store('key', value)
    expect(fileSystem.count('writeSync', TEMP)).toBeGreaterThan(30)
    expect(store.load('key')).toBe(value)
  })

  test('H20: fails, and does not spin, when the file system takes no byte', () => {
    fileSystem.writeAtMost = 0
    const error = failureOf(() => store.store('key', 'new'))
    expect(error).toMatchObject({ code: 'WRITE_FAILURE', applied: 'no', key: 'key' })
    expectOld()
  })
})

describe.each(['EIO', 'ENOSPC', 'EACCES'])('a put that meets %s', (errno) => {
  const code = { EIO: 'WRITE_FAILURE', ENOSPC: 'STORE_FULL', EACCES: 'READ_ONLY' }[errno]

  test.each(['openSync directory', 'openSync temp', 'writeSync temp', 'fsyncSync temp', 'closeSync temp'])(
    "at %s changes nothing, and says so: applied 'no'",
    (step) => {
      failAt(step, errno)
      expect(failureOf(() => store.store('key', 'new'))).toMatchObject({ code, applied: 'no', key: 'key' })
      expectOld()
    },
  )

  test('at the rename says whether that proves that nothing happened', () => {
    failAt('renameSync temp', errno)
    const error = failureOf(() => store.store('key', 'new'))
    expect(error).toMatchObject({ code, applied: errno === 'EIO' ? 'unknown' : 'no' })
    expectOld()
  })

  test("at the sync of the directory is 'unknown', and the new value is there and whole", () => {
    failAt('fsyncSync directory', errno)
    expect(failureOf(() => store.store('key', 'new'))).toMatchObject({ code, applied: 'unknown' })
    fileSystem.fault = () => undefined
    expect(store.load('key')).toBe('new')
    expect(tempsIn(path)).toEqual([])
  })

  test('at the closing of the directory has succeeded: nothing was written through it', () => {
    failAt('closeSync directory', errno)
    store.store('key', 'new')
    fileSystem.fault = () => undefined
    expect(store.load('key')).toBe('new')
  })
})

test('a sync that failed is not tried again on the same file', () => {
  failAt('fsyncSync temp', 'EIO')
  expect(() => store.store('key', 'new')).toThrow(StoreError)
  expect(fileSystem.count('fsyncSync', TEMP)).toBe(1)
})

test('a put whose error cannot be cleaned up after still tells the first error', () => {
  fileSystem.fault = ({ call, path }) => {
    if (call === 'writeSync') return systemError('ENOSPC')
    return call === 'unlinkSync' && TEMP.test(path) ? systemError('EIO') : undefined
  }
  expect(failureOf(() => store.store('key', 'new')).code).toBe('STORE_FULL')
})

describe('a temporary file that is gone at the rename', () => {
  test('is written anew, and the put succeeds', () => {
    let swept = 0
    fileSystem.before = ({ call, path }) => {
      if (call === 'renameSync' && swept++ < 2) rmSync(path)
    }
    store.store('key', 'new')
    expect(fileSystem.count('fsyncSync', TEMP)).toBe(3)
    expect(store.load('key')).toBe('new')
    expect(tempsIn(path)).toEqual([])
  })

  test("every time ends in an error, 'unknown', with the old value in place", () => {
    fileSystem.before = ({ call, path }) => {
      if (call === 'renameSync') rmSync(path)
    }
    const error = failureOf(() => store.store('key', 'new'))
    expect(error).toMatchObject({ code: 'WRITE_FAILURE', applied: 'unknown' })
    expect(fileSystem.count('renameSync', TEMP)).toBe(5)
    expectOld()
  })

  test('is in doubt when the second attempt fails too, however clearly', () => {
    fileSystem.before = ({ call, path }) => {
      if (call !== 'renameSync') return
      rmSync(path)
      fileSystem.fault = failing('writeSync', TEMP, 'ENOSPC')
    }
    expect(failureOf(() => store.store('key', 'new'))).toMatchObject({
      code: 'STORE_FULL',
      applied: 'unknown',
    })
    expectOld()
  })
})

test('a temporary name that is taken is refused, and the file of the other writer left alone', () => {
  let taken = ''
  fileSystem.fault = ({ call, path }) => {
    if (call !== 'openSync' || !TEMP.test(path)) return undefined
    taken = path
    return systemError('EEXIST')
  }
  expect(failureOf(() => store.store('key', 'new'))).toMatchObject({ applied: 'no' })
  expect(fileSystem.calls.filter(({ call, path }) => call === 'unlinkSync' && path === taken)).toEqual([])
})

describe('a rename that Windows refuses for a while', () => {
  const refuseTwice = (errno: string) => {
    let refused = 0
    fileSystem.fault = ({ call }) => (call === 'renameSync' && refused++ < 2 ? systemError(errno) : undefined)
  }

  test.each(['EPERM', 'EBUSY'])('with %s is tried again there', (errno) => {
    vi.stubGlobal('process', Object.create(process, { platform: { value: 'win32' } }))
    refuseTwice(errno)
    store.store('key', 'new')
    expect(fileSystem.count('renameSync', TEMP)).toBe(3)
    vi.unstubAllGlobals()
    expect(store.load('key')).toBe('new')
  })

  test.each(['EPERM', 'EBUSY'])('with %s is an error everywhere else', (errno) => {
    refuseTwice(errno)
    expect(failureOf(() => store.store('key', 'new')).applied).toBe('no')
    expect(fileSystem.count('renameSync', TEMP)).toBe(1)
    expectOld()
  })
})

describe('a remove', () => {
  test('is one unlink and one sync of the directory', () => {
    expect(store.remove('key')).toBe(true)
    expect(steps(fileSystem.calls)).toEqual([
      'openSync directory',
      'unlinkSync record',
      'fsyncSync directory',
      'closeSync directory',
    ])
  })

  test('of an absent key syncs too, for an earlier remove may have failed to', () => {
    failAt('fsyncSync directory', 'EIO')
    expect(failureOf(() => store.remove('key'))).toMatchObject({ code: 'WRITE_FAILURE', applied: 'unknown' })
    fileSystem.fault = () => undefined
    fileSystem.reset()
    expect(store.remove('key')).toBe(false)
    expect(fileSystem.count('fsyncSync', SHARD)).toBe(1)
  })

  test.each([
    ['openSync directory', 'EIO', 'no'],
    ['unlinkSync record', 'EACCES', 'no'],
    ['unlinkSync record', 'EIO', 'unknown'],
  ])("that fails at %s with %s is applied '%s'", (step, errno, applied) => {
    failAt(step, errno)
    expect(failureOf(() => store.remove('key')).applied).toBe(applied)
    expectOld()
  })
})

describe('a batch', () => {
  const entries = Array.from({ length: 40 }, (_, index) => [`key-${index}`, `value ${index}`] as const)

  test('syncs each file, and each directory once for all its renames, after the last of them', () => {
    store.storeMany(entries)
    expect(fileSystem.count('fsyncSync', TEMP)).toBe(40)
    const directories = new Set(entries.map(([key]) => recordFile(path, key).replace(/\/[^/]+$/, '')))
    expect(fileSystem.count('fsyncSync', SHARD)).toBe(directories.size)
    const last = steps(fileSystem.calls).lastIndexOf('renameSync temp')
    expect(steps(fileSystem.calls).indexOf('fsyncSync directory')).toBeGreaterThan(last)
  })

  test('writes what it can, and accounts for every key', () => {
    const failed = recordFile(path, 'key-7').replace(/\/[^/]+$/, '')
    fileSystem.fault = ({ call, path }) =>
      call === 'writeSync' && path.startsWith(failed) ? systemError('ENOSPC') : undefined
    const error = bulkFailureOf(() => store.storeMany(entries))
    expect(error.failures.get('key-7')).toMatchObject({ code: 'STORE_FULL', applied: 'no', key: 'key-7' })
    expect(error.failures.size + error.written.length).toBe(40)
    for (const [key, value] of entries) {
      expect(store.load(key)).toBe(error.written.includes(key) ? value : undefined)
    }
    expect(tempsIn(path)).toEqual([])
  })

  test("counts no key as written whose directory's sync failed", () => {
    const failed = recordFile(path, 'key-7').replace(/\/[^/]+$/, '')
    fileSystem.fault = ({ call, path }) =>
      call === 'fsyncSync' && path === failed ? systemError('EIO') : undefined
    for (const run of [() => store.storeMany(entries), () => store.removeMany(entries.map(([key]) => key))]) {
      const error = bulkFailureOf(run)
      expect(error.failures.get('key-7')).toMatchObject({ code: 'WRITE_FAILURE', applied: 'unknown' })
      const inFailed = entries.filter(([key]) => recordFile(path, key).startsWith(`${failed}/`))
      expect([...error.failures.keys()].sort()).toEqual(inFailed.map(([key]) => key).sort())
      expect(error.written).toHaveLength(40 - inFailed.length)
    }
  })

  test('with an entry that no store could hold writes nothing', () => {
    expect(() => store.storeMany([...entries, ['\ud800', 'value']])).toThrow(StoreError)
    expect(() => store.storeMany([...entries, ['later', undefined as never]])).toThrow(TypeError)
    expect([...store.keys()]).toEqual(['key'])
  })
})

test('a store whose directory is gone says so, and does not answer that the key is absent', () => {
  rmSync(path, { recursive: true })
  for (const durability of ['power', 'process'] as const) {
    const gone = new FsStore<string>({ path, durability })
    rmSync(path, { recursive: true })
    expect(failureOf(() => gone.load('key')).code).toBe('READ_FAILURE')
    expect(failureOf(() => gone.remove('key')).code).toBe('WRITE_FAILURE')
    expect(failureOf(() => gone.store('key', 'new'))).toMatchObject({ code: 'WRITE_FAILURE', applied: 'no' })
    expect(failureOf(() => [...gone.keys()]).code).toBe('READ_FAILURE')
  }
  expect(existsSync(path)).toBe(false)
})

/** Fails one step of a write, named as `steps` names it, every time. */
function failAt(step: string, errno: string): void {
  fileSystem.fault = (recorded) => (steps([recorded])[0] === step ? systemError(errno) : undefined)
}

function expectOld(): void {
  fileSystem.fault = () => undefined
  expect(store.load('key')).toBe('old')
  expect(tempsIn(path)).toEqual([])
}

function bulkFailureOf(call: () => unknown): BulkStoreError<string> {
  try {
    call()
  } catch (error) {
    if (BulkStoreError.is(error)) return error as BulkStoreError<string>
    throw error
  }
  throw new Error('it did not throw')
}
