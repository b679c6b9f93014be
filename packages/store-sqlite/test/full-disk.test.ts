import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError, utf8 } from '@wt/core'
import { describe, expect, test } from 'vitest'
import { AsyncSqliteStore, SqliteStore } from '../src/index.ts'
import { closedAfterTest, compileOnce } from './fixtures.ts'
import { canMount, mountSmallDisk } from './small-disk.ts'

compileOnce()

type Store = SqliteStore<string> | AsyncSqliteStore<string>

const stores: [name: string, open: (path: string) => Store][] = [
  ['SqliteStore', (path) => closedAfterTest(new SqliteStore<string>({ path, codec: utf8() }))],
  ['AsyncSqliteStore', (path) => closedAfterTest(new AsyncSqliteStore<string>({ path, codec: utf8() }))],
]

const someValue = (number: number) => `${number} `.repeat(4000).slice(0, 8000)

// Skipped, and shown so, where no file system can be mounted.
describe.skipIf(!canMount()).each(stores)('%s on a disk that is really full', (_, open) => {
  test("says STORE_FULL, applied 'no', loses nothing, and goes on when there is room", async () => {
    const disk = mountSmallDisk(2048)
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(512 * 1024))
    const path = join(disk, 'store.db')
    const store = open(path)
    const stored = await fill(store)
    expect(stored).toBeGreaterThan(20)

    const expectAll = async (from: Store) => {
      for (let number = 0; number < stored; number++) {
        expect(await from.load(`key ${number}`)).toBe(someValue(number))
      }
      expect(await from.load(`key ${stored}`)).toBeUndefined()
    }
    // More than any room that the log may still have.
    const large = 'x'.repeat(700_000)
    const owed = { code: 'STORE_FULL', applied: 'no' }
    expect(await failureOf(() => store.store('key 3', large))).toMatchObject(owed)
    const tooMuch = ['key 1', 'key 2'].map((key) => [key, large] as const)
    expect(await failureOf(() => store.storeMany(tooMuch))).toMatchObject(owed)
    await expectAll(store)
    await expectAll(open(path))

    rmSync(ballast)
    const batch = [1, 2, 3].map((number) => [`key ${number}`, someValue(9999)] as const)
    await store.storeMany(batch)
    await store.store(`key ${stored}`, someValue(stored))
    expect(await store.remove('key 0')).toBe(true)
    await store.close()
    const again = open(path)
    for (const [key, value] of batch) expect(await again.load(key)).toBe(value)
    expect(await again.load(`key ${stored}`)).toBe(someValue(stored))
    expect(await again.load('key 0')).toBeUndefined()
  })

  test('of writes that share a commit each is told that there was no room, or is there', async () => {
    const store = open(join(mountSmallDisk(1024), 'store.db'))
    const numbers = Array.from({ length: 200 }, (_, number) => number)
    const outcomes = await Promise.all(
      numbers.map((number) =>
        failureOf(() => store.store(`key ${number}`, someValue(number))).catch(() => undefined),
      ),
    )
    const failures = outcomes.filter((outcome) => outcome !== undefined)
    expect(failures.length).toBeGreaterThan(50)
    expect(failures.length).toBeLessThan(195)
    for (const [number, failure] of outcomes.entries()) {
      if (failure !== undefined) expect(failure).toMatchObject({ code: 'STORE_FULL', applied: 'no' })
      const expected = failure === undefined ? someValue(number) : undefined
      expect(await store.load(`key ${number}`), `key ${number}`).toBe(expected)
    }
  })
})

/** Stores until there is no room; how many it took. */
async function fill(store: Store): Promise<number> {
  for (let number = 0; number < 10_000; number++) {
    try {
      await store.store(`key ${number}`, someValue(number))
    } catch (error) {
      // What the disk is filled for.
      expect(error).toMatchObject({ code: 'STORE_FULL', applied: 'no', key: `key ${number}` })
      return number
    }
  }
  throw new Error('the disk does not fill')
}

/** The StoreError that a call ends with. */
async function failureOf(call: () => unknown): Promise<StoreError> {
  try {
    await call()
  } catch (error) {
    // What the caller asks for.
    if (StoreError.is(error)) return error
    throw error
  }
  throw new Error('it did not fail')
}
