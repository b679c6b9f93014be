import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { bytes } from '@wt/core'
import { beforeEach, describe, expect, test } from 'vitest'
import { FsStore } from '../src/index.ts'
import { failureOf, recordFile, temporaryDirectory } from './fixtures.ts'

let path: string
let store: FsStore<string>
let file: string

beforeEach(() => {
  path = temporaryDirectory()
  store = new FsStore<string>({ path, durability: 'process' })
  store.store('key', 'a value')
  store.store('other', 'another value')
  file = recordFile(path, 'key')
})

describe('H18: a damaged record is CORRUPT, and is left as it is', () => {
  test('wherever a bit flips', () => {
    const whole = readFileSync(file)
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole)
      flipped[bit >> 3] = flipped[bit >> 3]! ^ (1 << (bit & 7))
      writeFileSync(file, flipped)
      const error = failureOf(() => store.load('key'))
      expect(error, `bit ${bit}`).toMatchObject({ code: 'CORRUPT', key: 'key' })
    }
  })

  test('wherever it is cut short, the empty file included', () => {
    const { length } = readFileSync(file)
    for (let size = length - 1; size >= 0; size--) {
      truncateSync(file, size)
      expect(failureOf(() => store.load('key')).code).toBe('CORRUPT')
      expect(readFileSync(file)).toHaveLength(size)
    }
  })

  test('when something follows it', () => {
    const { length } = readFileSync(file)
    appendFileSync(file, 'x')
    expect(failureOf(() => store.load('key'))).toMatchObject({
      code: 'CORRUPT',
      message: expect.stringContaining(`it has ${length + 1} bytes where its header says ${length}`),
    })
  })

  test('when it is the whole record of another key', () => {
    copyFileSync(recordFile(path, 'other'), file)
    expect(failureOf(() => store.load('key'))).toMatchObject({
      code: 'CORRUPT',
      message: expect.stringContaining('another key'),
    })
  })

  test('also above 64 KiB, where it is read in pieces', () => {
    const big = new FsStore<Uint8Array>({ path, durability: 'process', codec: bytes() })
    const value = new Uint8Array(200_000).map((_, index) => index * 7)
    big.store('key', value)
    expect(big.load('key')).toEqual(value)
    const whole = readFileSync(file)
    for (const at of [0, 8, 12, 16, 19, 20, 65_535, 65_536, whole.length - 1]) {
      const flipped = Buffer.from(whole)
      flipped[at] = flipped[at]! ^ 0x40
      writeFileSync(file, flipped)
      expect(failureOf(() => big.load('key')).code, `byte ${at}`).toBe('CORRUPT')
    }
    for (const size of [65_536, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, size))
      expect(failureOf(() => big.load('key')).code, `${size} bytes`).toBe('CORRUPT')
    }
    writeFileSync(file, whole)
    appendFileSync(file, 'x')
    expect(failureOf(() => big.load('key')).code, 'one byte more').toBe('CORRUPT')
  })

  test('when something follows one that fills the memory that it is read into', () => {
    const big = new FsStore<Uint8Array>({ path, durability: 'process', codec: bytes() })
    big.store('key', new Uint8Array(64 * 1024 - 23))
    expect(readFileSync(file)).toHaveLength(64 * 1024)
    appendFileSync(file, 'x')
    expect(failureOf(() => big.load('key')).code).toBe('CORRUPT')
  })

  test('and a length that was damaged claims no memory', () => {
    const record = readFileSync(file)
    record.writeUInt32LE(2 ** 30, 16)
    writeFileSync(file, record)
    const before = process.memoryUsage().arrayBuffers
    expect(failureOf(() => store.load('key')).code).toBe('CORRUPT')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 29)
  })

  test('and hides no other key', () => {
    truncateSync(file, 3)
    expect(store.load('other')).toBe('another value')
    expect([...store.keys()].sort()).toEqual(['key', 'other'])
    expect(failureOf(() => store.loadMany(['key', 'other'])).code).toBe('CORRUPT')
  })
})

test.each([64 * 1024 - 25, 64 * 1024 - 24, 64 * 1024 - 23, 64 * 1024 - 22, 100_000])(
  'a value of %i bytes, around the size of one read, comes back whole',
  (length) => {
    const big = new FsStore<Uint8Array>({ path, durability: 'process', codec: bytes() })
    const value = new Uint8Array(length).map((_, index) => index)
    big.store('key', value)
    expect(big.load('key')).toEqual(value)
  },
)

describe('H19: a put heals a damaged record', () => {
  const damages: [name: string, damage: () => void][] = [
    ['empty', () => truncateSync(file, 0)],
    ['overwritten', () => writeFileSync(file, 'something else altogether')],
    [
      'a symbolic link',
      () => {
        unlinkSync(file)
        symlinkSync(recordFile(path, 'other'), file)
      },
    ],
  ]

  test.each(damages)('that is %s', (_, damage) => {
    damage()
    expect(failureOf(() => store.load('key')).code).toBe('CORRUPT')
    store.store('key', 'healed')
    expect(store.load('key')).toBe('healed')
    expect(store.load('other')).toBe('another value')
  })

  test.each(damages)('and a remove removes one that is %s', (_, damage) => {
    damage()
    expect(store.remove('key')).toBe(true)
    expect(store.load('key')).toBeUndefined()
    expect(store.load('other')).toBe('another value')
  })
})

test('a symbolic link in the place of a record is not followed, nor written through', () => {
  const outside = join(path, 'outside')
  copyFileSync(file, outside)
  unlinkSync(file)
  symlinkSync(outside, file)
  expect(failureOf(() => store.load('key'))).toMatchObject({
    code: 'CORRUPT',
    message: expect.stringContaining('symbolic link'),
  })
  const before = readFileSync(outside)
  store.store('key', 'new')
  expect(readFileSync(outside)).toEqual(before)
})

test('a directory in the place of a record is CORRUPT to read, an error to write, and left alone', () => {
  unlinkSync(file)
  mkdirSync(file)
  expect(failureOf(() => store.load('key')).code).toBe('CORRUPT')
  expect(failureOf(() => store.store('key', 'new')).applied).toBe('no')
  expect(failureOf(() => store.remove('key')).applied).toBe('no')
  expect(existsSync(file)).toBe(true)
})

test('a record of a newer format is CORRUPT, and the message says why', () => {
  const record = readFileSync(file)
  record.writeUInt32LE(2, 8)
  writeFileSync(file, record)
  expect(failureOf(() => store.load('key'))).toMatchObject({
    code: 'CORRUPT',
    message: expect.stringContaining('format version is 2'),
  })
})
