import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AsyncSqliteStore, SqliteStore } from '../src/index.ts'
import { closedAfterTest, compileOnce, databasePath } from './fixtures.ts'

compileOnce()

const SEED = 20_261_124
const KEYS = 1500

let around: string
let path: string
let before: string[]

beforeEach(() => {
  // Three levels of canaries around the database: what climbs out of its directory meets one.
  around = dirname(databasePath())
  path = join(around, 'a', 'b', 'store.db')
  mkdirSync(dirname(path), { recursive: true })
  for (const directory of [around, join(around, 'a'), join(around, 'a', 'b')]) {
    for (const name of ['canary', 'x', 'passwd', 'other.db']) writeFileSync(join(directory, name), 'alive')
  }
  before = snapshot()
})

afterEach(() => {
  expect(snapshot()).toEqual(before)
  // The database, its log and the log's index, and nothing else.
  const own = readdirSync(dirname(path)).filter((name) => name.startsWith('store'))
  expect(
    own.every((name) => /^store\.db(-wal|-shm)?$/.test(name)),
    own.join(),
  ).toBe(true)
})

test(`whatever the key, SqliteStore writes no file but its database, seed ${SEED}`, () => {
  const keys = hostileKeys()
  const store = closedAfterTest(new SqliteStore<number>({ path, durability: 'process' }))
  for (const [index, key] of keys.entries()) {
    store.store(key, index)
    if (index % 3 === 0) expect(store.remove(key), JSON.stringify(key)).toBe(true)
  }
  for (const [index, key] of keys.entries()) {
    expect(store.load(key), JSON.stringify(key)).toBe(index % 3 === 0 ? undefined : index)
  }
  expect([...store.keys()].sort()).toEqual(keys.filter((_, index) => index % 3 !== 0).sort())
})

test(`whatever the key, AsyncSqliteStore writes no file but its database, seed ${SEED}`, async () => {
  const keys = hostileKeys()
  const store = closedAfterTest(new AsyncSqliteStore<number>({ path, durability: 'process' }))
  await Promise.all(keys.map((key, index) => store.store(key, index)))
  const removed = await Promise.all(
    keys.filter((_, index) => index % 3 === 0).map((key) => store.remove(key)),
  )
  expect(removed.every(Boolean)).toBe(true)
  const found = await Promise.all(keys.map((key) => store.load(key)))
  expect(found).toEqual(keys.map((_, index) => (index % 3 === 0 ? undefined : index)))
})

/** All that lies around the database: contents, sizes, times. */
function snapshot(): string[] {
  return (readdirSync(around, { recursive: true }) as string[])
    .filter((name) => !join(around, name).startsWith(path))
    .map((name) => {
      const file = join(around, name)
      const stat = statSync(file)
      return stat.isFile() ? `${name} ${stat.size} ${stat.mtimeMs} ${readFileSync(file)}` : name
    })
}

/** Pieces that file systems, SQL, shells and careless code understand, put together at random. */
function hostileKeys(): string[] {
  const pieces = [
    ...['..', '.', '/', '\\', '../', '..\\', '~', '%2e%2e%2f', '\0', '\n', ' ', ':', '*', '$HOME', '`', '|'],
    ...[
      'canary',
      'x',
      'passwd',
      'other.db',
      'store.db',
      'store.db-wal',
      'store.db-journal',
      'CON',
      'nul.txt',
    ],
    ...["'", '"', "'; ATTACH 'x' AS x; --", "' OR 1=1 --", '?', '?1', ':key', '$key', 'file:x?mode=rwc'],
    ...[`${around}/`, '/etc/passwd', 'file:///', 'a'.repeat(255), '\uffff', '😀', 'é', 'e\u0301', '\u202e'],
  ]
  const random = randomFrom(SEED)
  const piece = () => pieces[Math.floor(random() * pieces.length)]!
  const keys = Array.from({ length: KEYS }, () =>
    Array.from({ length: Math.floor(random() * 7) }, piece).join(''),
  )
  return [...new Set(keys)]
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
