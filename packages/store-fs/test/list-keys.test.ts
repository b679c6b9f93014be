import { truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { FsStore } from '../src/index.ts'
import { FaultyFileSystem, failing, RECORD, SHARD } from './faulty-file-system.ts'
import { failureOf, openDescriptors, recordFile, temporaryDirectory } from './fixtures.ts'

let path: string
let fileSystem: FaultyFileSystem
let store: FsStore<number>
const keys = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? `tame-${index}` : `Wild ${index}`))

beforeEach(() => {
  path = temporaryDirectory()
  fileSystem = new FaultyFileSystem()
  store = new FsStore<number>({ path, fileSystem, durability: 'process' })
  store.storeMany(keys.map((key, index) => [key, index] as const))
})

test('each key comes once, with nothing held open between two steps', () => {
  const before = openDescriptors()
  const found: string[] = []
  for (const key of store.keys()) {
    expect(openDescriptors()).toBe(before)
    found.push(key)
  }
  expect(found.sort()).toEqual([...keys].sort())
})

test('each key comes once when a directory that changes meanwhile says its name twice', () => {
  class Repeating extends FaultyFileSystem {
    override readdirSync(path: string): string[] {
      const names = super.readdirSync(path)
      return [...names, ...names]
    }
  }
  const again = new FsStore<number>({ path, fileSystem: new Repeating(), durability: 'process' })
  expect([...again.keys()].sort()).toEqual([...keys].sort())
})

test('of a long key is read as far as it goes', () => {
  const long = ['L'.repeat(5000), 'É'.repeat(100_000), 'M'.repeat(4076), 'M'.repeat(4077)]
  for (const key of long) store.store(key, 1)
  expect([...store.keys()].filter((key) => key.length > 100).sort()).toEqual([...long].sort())
})

test('keys that are removed on the way are no error, and the others all come', () => {
  const found = new Set<string>()
  for (const key of store.keys()) {
    found.add(key)
    for (const other of keys.slice(0, 30)) store.remove(other)
  }
  for (const key of keys.slice(30)) expect(found).toContain(key)
})

test('files that are not the store’s are not listed, and not touched', () => {
  const foreign = join(dirname(recordFile(path, 'tame-0')), 'notes.txt')
  writeFileSync(foreign, 'mine')
  expect([...store.keys()]).toHaveLength(60)
  unlinkSync(foreign)
})

test('a record whose key cannot be read hides no other, and is told after the last', () => {
  truncateSync(recordFile(path, 'Wild 1'), 25)
  const found: string[] = []
  const error = failureOf(() => {
    for (const key of store.keys()) found.push(key)
  })
  expect(error.code).toBe('CORRUPT')
  expect(error.message).toContain(recordFile(path, 'Wild 1'))
  expect(found.sort()).toEqual(keys.filter((key) => key !== 'Wild 1').sort())
})

test('a header that the disk cannot read, or a directory, is READ_FAILURE and no missing key', () => {
  fileSystem.fault = failing('readSync', RECORD, 'EIO')
  expect(failureOf(() => [...store.keys()]).code).toBe('READ_FAILURE')
  fileSystem.fault = failing('readdirSync', SHARD, 'EACCES')
  expect(failureOf(() => [...store.keys()]).code).toBe('READ_FAILURE')
})

test('a listing under way ends with CLOSED when the store is closed', () => {
  const listing = store.keys()[Symbol.iterator]()
  expect(listing.next().done).toBe(false)
  store.close()
  expect(failureOf(() => listing.next()).code).toBe('CLOSED')
})
