import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type Codec, utf8 } from '@wt/core'
import { beforeEach, describe, expect, test } from 'vitest'
import { AsyncFsStore, FsStore, type Verification } from '../src/index.ts'
import { FaultyFileSystem, failing, RECORD, SHARD } from './faulty-file-system.ts'
import { failureOf, recordFile, temporaryDirectory } from './fixtures.ts'

let path: string
const keys = ['tame', 'Wild/key', '', 'other', 'Ünï']

beforeEach(() => {
  path = temporaryDirectory()
  const store = new FsStore<string>({ path, codec: utf8(), durability: 'process' })
  store.storeMany(keys.map((key) => [key, `the value of ${key}`]))
})

/** What both stores find, which is the same. */
async function verified(codec: Codec<string> = utf8()): Promise<Verification> {
  const found = new FsStore<string>({ path, codec }).verify()
  const store = new AsyncFsStore<string>({ path, codec })
  const later = await store.verify()
  await store.close()
  const comparable = ({ checked, damaged }: Verification) => [checked, damaged.map(({ message }) => message)]
  expect(comparable(later)).toEqual(comparable(found))
  return found
}

test('of a store that is whole checks every record and finds nothing', async () => {
  expect(await verified()).toEqual({ checked: 5, damaged: [] })
})

test('of a store with nothing in it has nothing to check', async () => {
  for (const key of keys) new FsStore<string>({ path }).remove(key)
  expect(await verified()).toEqual({ checked: 0, damaged: [] })
})

describe('a damaged record is CORRUPT in the report, with its file, and its key where that can be told', () => {
  /** Every region of a record, by where it begins. */
  const regions = (key: string): [region: string, byte: number, keyIsKnown: boolean][] => [
    ['magic', 0, false],
    ['checksum', 4, true],
    ['version', 8, false],
    ['length of the key', 12, false],
    ['length of the value', 16, true],
    ['key', 20, false],
    ['value', 20 + Buffer.byteLength(key), true],
  ]

  test.each(regions('tame'))('a bit of its %s, when the key stands in the name', async (_region, byte) => {
    flip('tame', byte)
    await expectDamaged('tame', 'tame')
  })

  test.each(regions('Wild/key'))(
    'a bit of its %s, when only the record knows the key',
    async (_region, byte, keyIsKnown) => {
      flip('Wild/key', byte)
      await expectDamaged('Wild/key', keyIsKnown ? 'Wild/key' : undefined)
    },
  )

  test('cut short, emptied, or longer than it was', async () => {
    truncateSync(recordFile(path, 'tame'), 10)
    truncateSync(recordFile(path, 'other'), 0)
    appendFileSync(recordFile(path, 'Wild/key'), 'x')
    const { checked, damaged } = await verified()
    expect(checked).toBe(5)
    expect(damaged.map(({ code, key }) => [code, key]).sort()).toEqual([
      ['CORRUPT', 'Wild/key'],
      ['CORRUPT', 'other'],
      ['CORRUPT', 'tame'],
    ])
  })

  test('swapped with the record of another key', async () => {
    const [one, other] = [recordFile(path, 'tame'), recordFile(path, 'Wild/key')]
    renameSync(one, join(path, 'aside'))
    renameSync(other, one)
    renameSync(join(path, 'aside'), other)
    const { damaged } = await verified()
    expect(damaged.map(({ key }) => key).sort()).toEqual(['tame', undefined])
    for (const file of [one, other]) {
      expect(damaged.filter(({ message }) => message.includes(file))).toHaveLength(1)
    }
  })

  test('a copy of another one', async () => {
    copyFileSync(recordFile(path, 'other'), recordFile(path, 'tame'))
    await expectDamaged('tame', 'tame')
  })

  test('a symbolic link or a directory in its place', async () => {
    const [link, directory] = [recordFile(path, 'tame'), recordFile(path, 'other')]
    renameSync(link, join(path, 'elsewhere'))
    symlinkSync(join(path, 'elsewhere'), link)
    rmSync(directory)
    mkdirSync(directory)
    const { damaged } = await verified()
    expect(damaged.map(({ code, key }) => [code, key]).sort()).toEqual([
      ['CORRUPT', 'other'],
      ['CORRUPT', 'tame'],
    ])
  })

  test('whole, but no value to the codec', async () => {
    const picky: Codec<string> = {
      encode: (value) => Buffer.from(value),
      decode(bytes) {
        const value = Buffer.from(bytes).toString()
        if (value.includes('other')) throw new Error('not this one')
        return value
      },
    }
    const { damaged } = await verified(picky)
    expect(damaged).toMatchObject([{ code: 'CORRUPT', key: 'other' }])
  })
})

test('what load reports as damaged, verify reports, and nothing else', async () => {
  const store = new FsStore<string>({ path, codec: utf8() })
  const record = readFileSync(recordFile(path, 'Wild/key'))
  for (let byte = 0; byte < record.length; byte++) {
    flip('Wild/key', byte)
    expect(failureOf(() => store.load('Wild/key')).code).toBe('CORRUPT')
    expect(store.verify().damaged, `byte ${byte}`).toHaveLength(1)
    writeFileSync(recordFile(path, 'Wild/key'), record)
  }
  expect(store.verify().damaged).toEqual([])
})

test('damage is left as it is, and a put heals it', async () => {
  flip('tame', 30)
  const damaged = readFileSync(recordFile(path, 'tame'))
  expect((await verified()).damaged).toHaveLength(1)
  expect(readFileSync(recordFile(path, 'tame'))).toEqual(damaged)
  new FsStore<string>({ path, codec: utf8() }).store('tame', 'healed')
  expect((await verified()).damaged).toEqual([])
})

test('what is not the store’s is passed over and left alone', async () => {
  const directory = dirname(recordFile(path, 'tame'))
  const foreign = ['notes.txt', 'key-UPPER', 'hash-123', `hash-${'0'.repeat(64)}x`, 'temp-mine', '.hidden']
  for (const name of foreign) writeFileSync(join(directory, name), 'mine')
  writeFileSync(join(path, 'README'), 'mine')
  mkdirSync(join(directory, 'folder'))
  expect(await verified()).toEqual({ checked: 5, damaged: [] })
  expect(readdirSync(directory)).toEqual(expect.arrayContaining([...foreign, 'folder']))
})

test('a record or a directory that cannot be read is READ_FAILURE: then nobody knows', () => {
  const fileSystem = new FaultyFileSystem()
  const store = new FsStore<string>({ path, codec: utf8(), fileSystem })
  fileSystem.fault = failing('readSync', RECORD, 'EIO')
  expect(failureOf(() => store.verify()).code).toBe('READ_FAILURE')
  fileSystem.fault = failing('readdirSync', SHARD, 'EACCES')
  expect(failureOf(() => store.verify()).code).toBe('READ_FAILURE')
})

test('a closed store verifies nothing', () => {
  const store = new FsStore<string>({ path })
  store.close()
  expect(failureOf(() => store.verify()).code).toBe('CLOSED')
})

function flip(key: string, byte: number): void {
  const file = recordFile(path, key)
  const bytes = readFileSync(file)
  bytes[byte] = bytes[byte]! ^ 0x20
  writeFileSync(file, bytes)
}

async function expectDamaged(key: string, told: string | undefined): Promise<void> {
  const { checked, damaged } = await verified()
  expect(checked).toBe(5)
  expect(damaged).toMatchObject([{ code: 'CORRUPT', key: told }])
  expect(damaged[0]?.message).toContain(recordFile(path, key))
}
