import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { FsStore } from '../src/index.ts'
import { temporaryDirectory } from './fixtures.ts'

const SEED = 20_261_124
const KEYS = 1500

let around: string
let path: string

beforeEach(() => {
  // Four levels of canaries around the store: what climbs out of it meets one.
  around = temporaryDirectory()
  path = join(around, 'a', 'b', 'store')
  mkdirSync(path, { recursive: true })
  for (const directory of [around, join(around, 'a'), join(around, 'a', 'b')]) {
    for (const name of ['canary', 'x', 'passwd', 'v1', 'key-x', 'temp-x'])
      writeFileSync(join(directory, name), 'alive')
  }
  symlinkSync(join(around, 'canary'), join(around, 'a', 'b', 'link'))
})

test(`whatever the key, nothing outside the store is written, and within it only files of its own, seed ${SEED}`, () => {
  const store = new FsStore<number>({ path, durability: 'process' })
  const before = snapshot(around)
  const random = randomFrom(SEED)
  const keys = new Set(Array.from({ length: KEYS }, () => hostileKey(random, around)))
  for (const [index, key] of [...keys].entries()) {
    store.store(key, index)
    if (index % 3 === 0) expect(store.remove(key), JSON.stringify(key)).toBe(true)
  }
  for (const [index, key] of [...keys].entries()) {
    expect(store.load(key), JSON.stringify(key)).toBe(index % 3 === 0 ? undefined : index)
  }
  const kept = [...keys].filter((_, index) => index % 3 !== 0)
  expect([...store.keys()].sort()).toEqual(kept.sort())
  expect(snapshot(around)).toEqual(before)
  for (const name of readdirSync(path, { recursive: true }) as string[]) {
    expect(name).toMatch(/^v1(\/[0-9a-f](\/(key-[a-z0-9_-]{1,64}|hash-[0-9a-f]{64}))?)?$/)
  }
})

/** All that lies around the store: contents, sizes, times. */
function snapshot(directory: string): string[] {
  return (readdirSync(directory, { recursive: true }) as string[])
    .filter((name) => !join(directory, name).startsWith(path))
    .map((name) => {
      const file = join(directory, name)
      const { mtimeMs, size } = statSync(file)
      return statSync(file).isFile() ? `${name} ${size} ${mtimeMs} ${readFileSync(file)}` : name
    })
}

/** Pieces that file systems, shells and careless code understand, put together at random. */
function hostileKey(random: () => number, directory: string): string {
  const pieces = [
    ...[
      '..',
      '.',
      '/',
      '\\',
      '../',
      '..\\',
      '~',
      '%2e%2e%2f',
      '\0',
      '\n',
      ' ',
      ':',
      '*',
      '$HOME',
      '`',
      '|',
      'C:\\',
    ],
    ...[
      'canary',
      'x',
      'passwd',
      'v1',
      'v1/',
      'key-x',
      'hash-',
      'temp-x',
      'CON',
      'nul.txt',
      'link',
      'é',
      'e\u0301',
      'Ａ',
      '\u202e',
    ],
    ...[`${directory}/`, '/etc/passwd', 'file:///', '\\\\?\\', 'a'.repeat(255), '\uffff', '😀'],
  ]
  const length = Math.floor(random() * 7)
  return Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join('')
}

/** mulberry32 (Tommy Ettinger, 2017). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
