import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FsStore } from '../src/index.ts'
import { keyOfName, keyPath, SHARDS } from '../src/key-path.ts'
import { failureOf, temporaryDirectory } from './fixtures.ts'

const awkward = [
  ...['', '.', '..', '/', '\\', '../escaped', '/etc/passwd', 'a/../../b', 'C:\\x', '\0', 'a\0b'],
  ...['con', 'CON', 'nul.txt', 'aux', 'com1', 'trailing.', 'trailing ', ' leading', '~', 'foo~1', '-', '_'],
  ...[
    'a',
    'A',
    'user',
    'User',
    'USER',
    'é',
    'e\u0301',
    'É',
    'ß',
    'ss',
    'İ',
    'i̇',
    '\ufeff',
    '\ufeffa',
    '\ufffd',
  ],
  ...['a:b', 'a/b', 'a_b', 'a-b', 'a%b', 'a%2fb', 'k?q=1', 'k?q=2', '1', '01', 'k*', 'line\nbreak', '👩‍👩‍👧'],
  ...['key-a', 'hash-a', 'temp-a', 'x'.repeat(64), 'x'.repeat(65), 'x'.repeat(300), 'é'.repeat(5000)],
  ...[keyPath('A').name, keyPath('A').name.slice('hash-'.length), keyPath('a').name],
]

describe('the name of a record', () => {
  test('differs for different keys, also where case or Unicode form is not told apart', () => {
    const fold = (key: string) => {
      const { shard, name } = keyPath(key)
      return `${shard}/${name}`.normalize('NFC').toLowerCase()
    }
    expect(new Set(awkward.map(fold)).size).toBe(new Set(awkward).size)
  })

  test.each(awkward)('of %j is lower-case ASCII, short, and reserved nowhere', (key) => {
    const { shard, name } = keyPath(key)
    expect(name).toMatch(/^(key-[a-z0-9_-]{1,64}|hash-[0-9a-f]{64})$/)
    expect(SHARDS).toContain(shard)
  })

  test('is readable for a short tame key', () => {
    expect(keyPath('user-42').name).toBe('key-user-42')
  })

  test('says its key again, or that the record knows it', () => {
    for (const key of awkward) {
      const { shard, name } = keyPath(key)
      expect(keyOfName(shard, name)).toEqual(name.startsWith('key-') ? { key } : 'hashed')
    }
  })

  test.each([
    'temp-0-1-0123456789abcdef-0',
    'key-',
    'key-A',
    'key-a.txt',
    `key-${'x'.repeat(65)}`,
    'hash-00',
    'notes.txt',
  ])('is no name of a record: %s', (name) => {
    for (const shard of SHARDS) expect(keyOfName(shard, name)).toBeUndefined()
  })

  test('in the directory of another key is no record: load would not find it', () => {
    for (const key of ['user', 'A']) {
      const { shard, name } = keyPath(key)
      const elsewhere = SHARDS.filter((other) => other !== shard)
      for (const other of elsewhere) expect(keyOfName(other, name)).toBeUndefined()
    }
  })
})

describe('keys that other stores mix up', () => {
  test('H13: keys that look alike have a record each', () => {
    const store = new FsStore<string>({ path: temporaryDirectory() })
    for (const key of awkward) store.store(key, `value of ${JSON.stringify(key)}`)
    for (const key of awkward) expect(store.load(key)).toBe(`value of ${JSON.stringify(key)}`)
    expect([...store.keys()].sort()).toEqual([...new Set(awkward)].sort())
    expect(store.load('1')).toBeTypeOf('string')
  })

  test('H14: foo, foo:bar and foo/bar live side by side', () => {
    const store = new FsStore<number>({ path: temporaryDirectory() })
    const keys = ['foo', 'foo:bar', 'foo/bar', 'foo/bar/baz', 'foo/']
    for (const [index, key] of keys.entries()) store.store(key, index)
    expect(keys.map((key) => store.load(key))).toEqual([0, 1, 2, 3, 4])
    expect(store.remove('foo')).toBe(true)
    expect(keys.map((key) => store.load(key))).toEqual([undefined, 1, 2, 3, 4])
  })

  test('H22: a lone surrogate is refused by every operation, and collides with nothing', () => {
    const store = new FsStore<number>({ path: temporaryDirectory() })
    store.store('\ufffd', 1)
    for (const key of ['\ud800', 'a\udc00', '\udc00\ud800']) {
      for (const call of [
        () => store.store(key, 2),
        () => store.load(key),
        () => store.remove(key),
        () => store.storeMany([[key, 2]]),
        () => store.loadMany([key]),
        () => store.removeMany([key]),
      ]) {
        expect(failureOf(call)).toMatchObject({ code: 'INVALID_KEY', key, applied: 'no' })
      }
    }
    expect([...store.keys()]).toEqual(['\ufffd'])
    expect(store.load('\ufffd')).toBe(1)
  })

  test('H23: no key reaches out of the directory', () => {
    const outside = temporaryDirectory()
    const path = join(outside, 'inside')
    const store = new FsStore<number>({ path })
    for (const key of [
      '../escaped',
      '../../escaped',
      '..',
      '/escaped',
      'a/../../../escaped',
      '..\\escaped',
    ]) {
      store.store(key, 1)
    }
    expect(readdirSync(outside)).toEqual(['inside'])
    expect(readdirSync(path)).toEqual(['v1'])
    expect(readdirSync(join(path, 'v1')).sort()).toEqual([...SHARDS].sort())
    expect(existsSync(join(dirname(outside), 'escaped'))).toBe(false)
    const files = (readdirSync(path, { recursive: true }) as string[]).map((name) => basename(name))
    expect(files.filter((name) => name.startsWith('hash-'))).toHaveLength(6)
  })
})
