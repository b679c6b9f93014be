import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { utf8 } from '@wt/core'
import { describe, expect, test } from 'vitest'
import { SqliteStore } from '../src/index.ts'
import { closedAfterTest, failureOf } from './fixtures.ts'
import { canMount, mountSmallDisk } from './small-disk.ts'

const someValue = (number: number) => `${number} `.repeat(4000).slice(0, 8000)

// Skipped, and shown so, where no file system can be mounted.
describe.skipIf(!canMount())('on a disk that is really full', () => {
  test("a write is STORE_FULL, applied 'no', nothing is lost, and it goes on when there is room", () => {
    const disk = mountSmallDisk(2048)
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(512 * 1024))
    const path = join(disk, 'store.db')
    const store = closedAfterTest(new SqliteStore<string>({ path, codec: utf8() }))
    const stored = fill(store)
    expect(stored).toBeGreaterThan(20)

    const expectAll = (from: SqliteStore<string>) => {
      for (let number = 0; number < stored; number++) {
        expect(from.load(`key ${number}`)).toBe(someValue(number))
      }
      expect(from.load(`key ${stored}`)).toBeUndefined()
    }
    // More than any room that the log may still have.
    const large = 'x'.repeat(700_000)
    expect(failureOf(() => store.store('key 3', large))).toMatchObject({ code: 'STORE_FULL', applied: 'no' })
    const tooMuch = ['key 1', 'key 2'].map((key) => [key, large] as const)
    expect(failureOf(() => store.storeMany(tooMuch))).toMatchObject({ code: 'STORE_FULL', applied: 'no' })
    expectAll(store)
    expectAll(closedAfterTest(new SqliteStore<string>({ path, codec: utf8() })))

    rmSync(ballast)
    const batch = [1, 2, 3].map((number) => [`key ${number}`, someValue(9999)] as const)
    store.storeMany(batch)
    store.store(`key ${stored}`, someValue(stored))
    expect(store.remove('key 0')).toBe(true)
    store.close()
    const again = closedAfterTest(new SqliteStore<string>({ path, codec: utf8() }))
    for (const [key, value] of batch) expect(again.load(key)).toBe(value)
    expect(again.load(`key ${stored}`)).toBe(someValue(stored))
    expect(again.load('key 0')).toBeUndefined()
  })
})

/** Stores until there is no room; how many it took. */
function fill(store: SqliteStore<string>): number {
  for (let number = 0; number < 10_000; number++) {
    try {
      store.store(`key ${number}`, someValue(number))
    } catch (error) {
      // What the disk is filled for.
      expect(error).toMatchObject({ code: 'STORE_FULL', applied: 'no', key: `key ${number}` })
      return number
    }
  }
  throw new Error('the disk does not fill')
}
