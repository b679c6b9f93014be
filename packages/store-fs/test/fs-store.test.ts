import { type Codec, bytes, utf8 } from '@wt/core'
import { structured } from '@wt/core/node'
import { beforeEach, describe, expect, test } from 'vitest'
import { FsStore, type FsStoreOptions } from '../src/index.ts'
import { FaultyFileSystem, failing, RECORD } from './faulty-file-system.ts'
import { failureOf, openDescriptors, temporaryDirectory } from './fixtures.ts'

let path: string

beforeEach(() => {
  path = temporaryDirectory()
})

describe('an option that is wrong is refused at once', () => {
  test.each([
    [{ path: '' }, TypeError],
    [{ path: 7 }, TypeError],
    [{ path: 'a\0b' }, TypeError],
    [{}, TypeError],
    [{ path: 'x', codec: {} }, TypeError],
    [{ path: 'x', codec: null }, TypeError],
    [{ path: 'x', durability: 'none' }, RangeError],
    [{ path: 'x', durability: 'Power' }, RangeError],
    [{ path: 'x', durability: null }, RangeError],
    [{ path: 'x', fileSystem: {} }, TypeError],
    [{ path: 'x', fileSystem: null }, TypeError],
  ])('%j', (options, error) => {
    expect(() => new FsStore(options as FsStoreOptions<unknown>)).toThrow(error)
  })

  test("and durability 'none' names what there is instead", () => {
    const options = { path, durability: 'none' } as unknown as FsStoreOptions<unknown>
    expect(() => new FsStore(options)).toThrow(/'power' or 'process'.*InMemoryStore/)
  })
})

test("durability is declared, and 'power' unless asked otherwise", () => {
  expect(new FsStore({ path }).durability).toBe('power')
  expect(new FsStore({ path, durability: 'process' }).durability).toBe('process')
})

test.each([
  ['utf8()', utf8(), 'text\u0000 – ✓'],
  ['bytes()', bytes(), Uint8Array.of(0, 255, 1)],
  ['bytes() of none', bytes(), new Uint8Array(0)],
  ['structured()', structured<unknown>(), { at: new Date(0), seen: new Map([[1, 2n]]) }],
])('values come back through %s', (_, codec, value) => {
  const store = new FsStore<unknown>({ path, codec: codec as Codec<unknown> })
  store.store('key', value)
  expect(new FsStore<unknown>({ path, codec: codec as Codec<unknown> }).load('key')).toEqual(value)
})

describe('a codec', () => {
  test('that keeps what it decodes shares no memory with the store', () => {
    const naive: Codec<Uint8Array> = { encode: (value) => value, decode: (value) => value }
    const store = new FsStore<Uint8Array>({ path, codec: naive })
    const value = Uint8Array.of(1, 2, 3)
    store.store('a', value)
    value.fill(9)
    const first = store.load('a')
    store.store('b', Uint8Array.of(4, 5, 6))
    store.load('b')
    expect(first).toEqual(Uint8Array.of(1, 2, 3))
    first?.fill(7)
    expect(store.load('a')).toEqual(Uint8Array.of(1, 2, 3))
    expect(first?.byteOffset).toBe(0)
  })

  test('that refuses a value leaves the old one, and the error has the key', () => {
    const store = new FsStore<unknown>({ path })
    store.store('key', 1)
    const error = failureOf(() => store.store('key', new Date()))
    expect(error).toMatchObject({ code: 'INVALID_VALUE', key: 'key', applied: 'no' })
    expect(error.message).toContain('"key"')
    expect(store.load('key')).toBe(1)
  })

  test('that cannot decode what another codec stored is CORRUPT', () => {
    new FsStore<string>({ path, codec: utf8() }).store('key', 'no JSON')
    expect(failureOf(() => new FsStore({ path }).load('key'))).toMatchObject({
      code: 'CORRUPT',
      message: expect.stringContaining('another codec'),
    })
  })

  test('that decodes to undefined is CORRUPT: it would read as absence', () => {
    const broken: Codec<unknown> = { encode: () => new Uint8Array(1), decode: () => undefined }
    const store = new FsStore<unknown>({ path, codec: broken })
    store.store('key', 1)
    expect(failureOf(() => store.load('key')).code).toBe('CORRUPT')
  })

  test('that does not encode to bytes is a TypeError', () => {
    const broken = { encode: () => 'text', decode: () => 1 } as unknown as Codec<unknown>
    const store = new FsStore<unknown>({ path, codec: broken })
    expect(() => store.store('key', 1)).toThrow(TypeError)
  })
})

test('a value above 2 GiB is INVALID_VALUE before anything is written', () => {
  const fileSystem = new FaultyFileSystem()
  const huge: Codec<unknown> = { encode: () => new Uint8Array(2 ** 31), decode: () => 1 }
  const store = new FsStore<unknown>({ path, codec: huge, fileSystem })
  fileSystem.reset()
  expect(failureOf(() => store.store('key', 1)).code).toBe('INVALID_VALUE')
  expect(fileSystem.calls).toEqual([])
})

test.each([undefined, null, 7, {}, Symbol('key')])('a key that is no string is a TypeError: %s', (key) => {
  const store = new FsStore<number>({ path, durability: 'process' })
  const wrong = key as unknown as string
  for (const call of [
    () => store.store(wrong, 1),
    () => store.load(wrong),
    () => store.remove(wrong),
    () => store.storeMany([[wrong, 1]]),
    () => store.loadMany([wrong]),
    () => store.removeMany([wrong]),
  ]) {
    expect(call).toThrow(TypeError)
  }
})

test('every operation of a closed store is CLOSED, and close itself may be called again', () => {
  const store = new FsStore<number>({ path })
  store.close()
  store.close()
  for (const call of [
    () => store.store('key', 1),
    () => store.load('key'),
    () => store.remove('key'),
    () => store.storeMany([]),
    () => store.loadMany([]),
    () => store.removeMany([]),
    () => store.keys(),
  ]) {
    expect(failureOf(call)).toMatchObject({ code: 'CLOSED', applied: 'no' })
  }
})

test.each([
  ['openSync', 'EACCES'],
  ['openSync', 'EMFILE'],
  ['readSync', 'EIO'],
] as const)('a load whose %s fails with %s is READ_FAILURE, never a miss', (call, errno) => {
  const fileSystem = new FaultyFileSystem()
  const store = new FsStore<number>({ path, fileSystem })
  store.store('key', 1)
  const before = openDescriptors()
  fileSystem.fault = failing(call, RECORD, errno)
  const error = failureOf(() => store.load('key'))
  expect(error).toMatchObject({ code: 'READ_FAILURE', key: 'key' })
  expect(error.cause).toMatchObject({ code: errno })
  expect(openDescriptors()).toBe(before)
})

test('a load is one open, one read, one close', () => {
  const fileSystem = new FaultyFileSystem()
  const store = new FsStore<string>({ path, fileSystem })
  store.store('key', 'x'.repeat(10_000))
  fileSystem.reset()
  store.load('key')
  expect(fileSystem.calls.map(({ call }) => call)).toEqual(['openSync', 'readSync', 'closeSync'])
})
