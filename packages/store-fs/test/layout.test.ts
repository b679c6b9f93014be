import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { FsStore } from '../src/index.ts'
import { FaultyFileSystem, failing, SHARD } from './faulty-file-system.ts'
import { failureOf, openDescriptors, recordFile, temporaryDirectory } from './fixtures.ts'

let directory: string

beforeEach(() => {
  directory = temporaryDirectory()
})

test('missing parents are made, for their owner alone, and so are records', () => {
  const path = join(directory, 'a', 'b')
  new FsStore<number>({ path }).store('key', 1)
  for (const made of [join(directory, 'a'), path, join(path, 'v1'), dirname(recordFile(path, 'key'))]) {
    expect(statSync(made).mode & 0o777).toBe(0o700)
  }
  expect(statSync(recordFile(path, 'key')).mode & 0o777).toBe(0o600)
})

test('a relative path means the same store after the working directory has changed', () => {
  const before = process.cwd()
  onTestFinished(() => process.chdir(before))
  process.chdir(directory)
  const store = new FsStore<number>({ path: 'relative' })
  process.chdir(before)
  store.store('key', 1)
  expect(new FsStore<number>({ path: join(directory, 'relative') }).load('key')).toBe(1)
})

describe('every directory on the way is synced before a write is acknowledged', () => {
  const synced = (fileSystem: FaultyFileSystem) =>
    fileSystem.calls.filter(({ call }) => call === 'fsyncSync').map(({ path }) => path)

  test('when this process made it', () => {
    const fileSystem = new FaultyFileSystem()
    const path = join(directory, 'a', 'b')
    new FsStore({ path, fileSystem })
    for (const parent of [directory, join(directory, 'a'), path, join(path, 'v1')]) {
      expect(synced(fileSystem)).toContain(parent)
    }
    const lastMade = fileSystem.calls.findLastIndex(({ call }) => call === 'mkdirSync')
    const firstSynced = fileSystem.calls.findIndex(({ call }) => call === 'fsyncSync')
    expect(firstSynced).toBeGreaterThan(lastMade)
  })

  test('and when it found it: another may have made it and died before its sync', () => {
    const path = join(directory, 'a', 'b')
    new FsStore({ path, durability: 'process' })
    const fileSystem = new FaultyFileSystem()
    new FsStore({ path, fileSystem })
    for (const parent of [directory, join(directory, 'a'), path, join(path, 'v1')]) {
      expect(synced(fileSystem)).toContain(parent)
    }
  })

  test('once: a put syncs its file and its own directory alone', () => {
    const fileSystem = new FaultyFileSystem()
    const store = new FsStore<number>({ path: directory, fileSystem })
    fileSystem.reset()
    for (let index = 0; index < 20; index++) store.store(`key-${index}`, index)
    expect(synced(fileSystem)).toHaveLength(40)
    expect(fileSystem.count('fsyncSync', SHARD)).toBe(20)
  })

  test("none with 'process'", () => {
    const fileSystem = new FaultyFileSystem()
    new FsStore({ path: join(directory, 'a'), fileSystem, durability: 'process' })
    expect(synced(fileSystem)).toEqual([])
  })

  test.each([
    ['a directory that was made and cannot be synced', /\/a$/, 'EINVAL'],
    ['a disk that fails', /^\/$/, 'EIO'],
  ])('or the store does not open: %s', (_, path, errno) => {
    const fileSystem = new FaultyFileSystem()
    fileSystem.fault = failing('fsyncSync', path, errno)
    const before = openDescriptors()
    const error = failureOf(() => new FsStore({ path: join(directory, 'a', 'b'), fileSystem }))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(openDescriptors()).toBe(before)
  })

  test('a parent that was there and is closed to this process is the care of who made it', () => {
    const fileSystem = new FaultyFileSystem()
    fileSystem.fault = failing('openSync', /^\/$/, 'EACCES')
    const store = new FsStore<number>({ path: directory, fileSystem })
    store.store('key', 1)
    expect(store.load('key')).toBe(1)
  })
})

describe('a store that cannot be opened', () => {
  test('of a newer format is refused, and nothing in it is touched', () => {
    mkdirSync(join(directory, 'v2'))
    writeFileSync(join(directory, 'v2', 'record'), 'of the future')
    const error = failureOf(() => new FsStore({ path: directory }))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(error.message).toContain('v2')
    expect(readdirSync(directory)).toEqual(['v2'])
    expect(readFileSync(join(directory, 'v2', 'record'), 'utf8')).toBe('of the future')
  })

  test('because a file lies in its place is UNAVAILABLE', () => {
    const file = join(directory, 'file')
    writeFileSync(file, 'mine')
    expect(failureOf(() => new FsStore({ path: file })).code).toBe('UNAVAILABLE')
    expect(failureOf(() => new FsStore({ path: join(file, 'below') })).code).toBe('UNAVAILABLE')
    expect(readFileSync(file, 'utf8')).toBe('mine')
  })

  test.each(['v1', 'v1/7'])('because %s is a symbolic link is UNAVAILABLE: it is not followed', (inside) => {
    new FsStore({ path: directory })
    const elsewhere = temporaryDirectory()
    rmSync(join(directory, inside), { recursive: true })
    symlinkSync(elsewhere, join(directory, inside))
    const error = failureOf(() => new FsStore({ path: directory }))
    expect(error.code).toBe('UNAVAILABLE')
    expect(error.message).toContain('symbolic link')
    expect(readdirSync(elsewhere)).toEqual([])
  })
})

test('a directory of the store that becomes a symbolic link while it is open takes no durable write', () => {
  const store = new FsStore<number>({ path: directory })
  const elsewhere = temporaryDirectory()
  const shard = dirname(recordFile(directory, 'key'))
  rmSync(shard, { recursive: true })
  symlinkSync(elsewhere, shard)
  expect(failureOf(() => store.store('key', 1))).toMatchObject({ code: 'WRITE_FAILURE', applied: 'no' })
  expect(failureOf(() => store.remove('key'))).toMatchObject({ code: 'WRITE_FAILURE', applied: 'no' })
  expect(failureOf(() => store.load('key')).code).toBe('READ_FAILURE')
  expect(readdirSync(elsewhere)).toEqual([])
})

test('the path itself may be a symbolic link', () => {
  const link = join(directory, 'link')
  mkdirSync(join(directory, 'real'))
  symlinkSync(join(directory, 'real'), link)
  new FsStore<number>({ path: link }).store('key', 1)
  expect(new FsStore<number>({ path: join(directory, 'real') }).load('key')).toBe(1)
})

test('files that are not the store’s are left alone', () => {
  const foreign = ['notes.txt', 'vault', 'v1/notes.txt', 'v1/3/notes.txt', 'v1/3/temp-mine', 'v0']
  new FsStore({ path: directory })
  for (const name of foreign) writeFileSync(join(directory, name), name)
  const store = new FsStore<number>({ path: directory })
  store.store('key', 1)
  store.remove('key')
  expect([...store.keys()]).toEqual([])
  for (const name of foreign) expect(readFileSync(join(directory, name), 'utf8')).toBe(name)
})

test('a store on a read-only file system can be read, and says READ_ONLY to a write', () => {
  new FsStore<number>({ path: directory }).store('key', 1)
  const fileSystem = new FaultyFileSystem()
  const writes = failing('openSync', /\/temp-/, 'EROFS')
  const removes = failing('unlinkSync', /./, 'EROFS')
  const makes = failing('mkdirSync', /\/v1/, 'EROFS')
  fileSystem.fault = (call, index) => writes(call, index) ?? removes(call, index) ?? makes(call, index)
  const store = new FsStore<number>({ path: directory, fileSystem })
  expect(store.load('key')).toBe(1)
  expect(failureOf(() => store.store('key', 2))).toMatchObject({ code: 'READ_ONLY', applied: 'no' })
  expect(failureOf(() => store.remove('key'))).toMatchObject({ code: 'READ_ONLY', applied: 'no' })
  expect(store.load('key')).toBe(1)
})
